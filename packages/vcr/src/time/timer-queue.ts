/** A timer that runs once, at a virtual time. */
export interface QueuedTimer {
  /** Virtual milliseconds. */
  readonly due: number
  /** Milliseconds of the program's clock, before which it does not fire. */
  readonly wallDue: number
  readonly seq: number
  readonly fire: () => void
  /**
   * Whether a broker's event that comes later waits for it: it is one of the program, and not of a loop that does nothing but
   * look again.
   */
  readonly holds: boolean
  /** Whether it is one that comes again and again: what it does it has done before. */
  readonly repeats: boolean
  isGone: boolean
}

/** Size from which a queue is rid of its cancelled timers when it has doubled. */
const leastSize = 1_024

/** Timers by their time, those of one time in the order in which they were set: a binary heap. */
export class TimerQueue {
  #heap: QueuedTimer[] = []
  #tidyAt = leastSize

  push(timer: QueuedTimer): void {
    if (this.#heap.length >= this.#tidyAt) this.#tidy()
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

  /** A timeout for each message, cancelled when the answer came, would keep all of them until the first is due. */
  #tidy(): void {
    // A sorted list is a heap.
    this.#heap = this.#heap.filter(({ isGone }) => !isGone).sort((a, b) => (isBefore(a, b) ? -1 : 1))
    this.#tidyAt = Math.max(leastSize, 2 * this.#heap.length)
  }

  /** All that were not cancelled, in no order. */
  *[Symbol.iterator](): Generator<QueuedTimer> {
    for (const timer of this.#heap) if (!timer.isGone) yield timer
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
