import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'

/** Time as the broker functions see it: a monotonic reading and a wait, both in milliseconds. */
export type Clock = {
  readonly now: () => number
  /** @throws AbortError when the signal is aborted before the time is over */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }),
}
