import { growingPause, pause } from '@x07-lab/msg-core/kit'

/** How long a live run waits for a broker. A replay waits for nothing: all its answers are there. */
export interface Patience {
  /** Resolves after `ms`, or at once when the signal fires. */
  pause(ms: number, signal: AbortSignal): Promise<void>
  /**
   * Time without a delivery, once all is published, after which messages that did not come are lost; sooner where the broker says that
   * it has none, three times as long while it says that it has some.
   */
  readonly lostAfterMs: number
}

/** Pauses of the machine's own clock. */
export const patience = (lostAfterMs: number): Patience => ({ lostAfterMs, pause })

const firstPauseMs = 50
const longestPauseMs = 2_000
/** A broker that refuses for so long does not only catch its breath. */
const refusedForMs = 30_000

/**
 * Pause before the next try of a message that was refused `tries` times; undefined when it is given up. The pauses grow, and end
 * after 30 seconds in all: the number of tries does not depend on a clock, so that a replay makes as many.
 */
export function pauseBefore(tries: number): number | undefined {
  let total = 0
  for (let n = 1; n <= tries; n++) total += growingPause(n, firstPauseMs, longestPauseMs)
  return total > refusedForMs ? undefined : growingPause(tries, firstPauseMs, longestPauseMs)
}
