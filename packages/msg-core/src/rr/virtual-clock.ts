/**
 * The time that latencies of a replay pass on. Units are the ticks of the entries; nothing ties them to the wall clock.
 */
export interface VirtualClock {
  /** Ticks that have passed. */
  now(): number
  /** Resolves when the clock stands `ticks` further than now. Waits that run at the same time overlap. */
  wait(ticks: number): Promise<void>
}

interface Waiter {
  readonly at: number
  readonly order: number
  readonly wake: () => void
}

/**
 * A clock that jumps: once all tasks that can run have run, it moves to the earliest time that any of them waits for.
 * Sequential waits add up, concurrent ones overlap, as with X07's scheduler.
 *
 * `whenIdle` runs a callback once the tasks that can run have run; by default after all pending promise reactions and what
 * they cause. Tasks that wait for something outside, a timer or a file, do not count.
 */
export function createVirtualClock(whenIdle: (callback: () => void) => void = afterPromises): VirtualClock {
  const waiters: Waiter[] = []
  let now = 0
  let order = 0
  let scheduled = false

  function advance(): void {
    scheduled = false
    const next = pop(waiters)
    if (next === undefined) return
    now = next.at
    next.wake()
    // One at a time: what this one's task does next may be due before the others.
    schedule()
  }

  function schedule(): void {
    if (scheduled || waiters.length === 0) return
    scheduled = true
    whenIdle(advance)
  }

  return {
    now: () => now,
    wait: (ticks) =>
      new Promise((wake) => {
        push(waiters, { at: now + ticks, order: order++, wake })
        schedule()
      }),
  }
}

// Ticks queued by a tick come before the promise reactions that it caused, hence the step over a microtask.
function afterPromises(callback: () => void): void {
  queueMicrotask(() => process.nextTick(callback))
}

// A binary heap, earliest first; equal times in the order of asking.
function push(heap: Waiter[], waiter: Waiter): void {
  let child = heap.length
  heap.push(waiter)
  while (child > 0) {
    const parent = (child - 1) >> 1
    if (!isBefore(waiter, heap[parent]!)) break
    heap[child] = heap[parent]!
    child = parent
  }
  heap[child] = waiter
}

function pop(heap: Waiter[]): Waiter | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (last === undefined || last === first) return first
  let parent = 0
  for (;;) {
    let child = parent * 2 + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
    if (!isBefore(heap[child]!, last)) break
    heap[parent] = heap[child]!
    parent = child
  }
  heap[parent] = last
  return first
}

function isBefore(a: Waiter, b: Waiter): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
