import type { Awaited } from '@x07-lab/msg-core/driver'

/** So long a program may do nothing where the recording says nothing of a pause, in milliseconds. */
const leastMs = 2_000

/** Clients wait a random time before they try again: one of these pauses may be so much longer than the recorded one. */
const jitter = 1.5

/** So far ahead of the recording a replay is waited for, in milliseconds: beyond that a stall would be told too late. */
const mostLeadMs = 8_000

/**
 * How long a program may take for what the recording waits for. What it did after a pause of 12 s when it was recorded it may do
 * after 12 s again. Where the broker's answers come sooner now, a timer of the program fires as late as it did then: within
 * `mostLeadMs` it is waited for. A replay that lags behind the recording, on a slower machine, may lag so much to its end.
 */
export class Pace {
  #beganAt: number | undefined
  #movedAt = 0
  /** How far the replay was behind the recording at most, in milliseconds. */
  #lagMs = 0

  /** @param now of the program's time, in milliseconds */
  moved(now: number): void {
    this.#beganAt ??= now
    this.#movedAt = now
  }

  /**
   * Milliseconds from the last movement on.
   *
   * @param awaited what the broker's next event waits for
   * @param end for a program that has all behind it: when its recording ended, and how long it idled before that
   */
  allowedMs(
    awaited: readonly Awaited[],
    { endMs, idleMs }: { readonly endMs: number; readonly idleMs: number },
  ): number {
    const elapsed = this.#movedAt - (this.#beganAt ?? this.#movedAt)
    const [first] = awaited
    if (first === undefined) return leastMs + Math.max(idleMs, Math.min(mostLeadMs, endMs + this.#lagMs - elapsed))
    if (first.time !== undefined) this.#lagMs = Math.max(this.#lagMs, elapsed - first.time.at)
    let pauseMs = 0
    for (const { time } of awaited) {
      if (time === undefined) continue
      const leadMs = Math.min(mostLeadMs, time.at + this.#lagMs - elapsed)
      pauseMs = Math.max(pauseMs, jitter * time.since, leadMs)
    }
    return leastMs + pauseMs
  }
}
