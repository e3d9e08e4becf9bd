/** A timer that runs once, at a virtual time. */
export interface QueuedTimer {
  /** Virtual milliseconds. */
  readonly due: number
  /** Milliseconds of the program's clock, before which it does not fire. */
  readonly wallDue: number
  readonly seq: number
  readonly fire: () => void
  isGone: boolean
}

/** Timers by their time, those of one time in the order in which they were set: a binary heap. */
export class TimerQueue {
  readonly #heap: QueuedTimer[] = []

  push(timer: QueuedTimer): void {
    const heap = this.#heap
    let at = heap.push(timer) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      if (!isBefore(timer, heap[up]!)) break
      heap[at] = heap[up]!
      at = up
    }
    heap[at] = timer
  }

  /** The first one that was not cancelled. */
  peek(): QueuedTimer | undefined {
    while (this.#heap[0]?.isGone === true) this.#shift()
    return this.#heap[0]
  }

  /** Takes the first one. */
  shift(): QueuedTimer | undefined {
    const first = this.peek()
    if (first !== undefined) this.#shift()
    return first
  }

  #shift(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= heap.length) break
      if (down + 1 < heap.length && isBefore(heap[down + 1]!, heap[down]!)) down++
      if (!isBefore(heap[down]!, last)) break
      heap[at] = heap[down]!
      at = down
    }
    heap[at] = last
  }
}

function isBefore(a: QueuedTimer, b: QueuedTimer): boolean {
  return a.due < b.due || (a.due === b.due && a.seq < b.seq)
}
