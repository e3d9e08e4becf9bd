import { growingPause } from '@x07-lab/msg-core/kit'

/** Pauses between tries and the end of trying, from an injected clock and randomness. */
export interface BackoffOptions {
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** Counted from the last success. */
  readonly giveUpAfterMs: number
  readonly now: () => number
  /** A number in [0, 1). */
  readonly random: () => number
}

/** The tries of one call, or of one consumer. */
export interface Backoff {
  /** The pause before the next try in milliseconds, or undefined when retries are used up. */
  next(): number | undefined
  /** Something succeeded: start again with the first pause and the whole time. */
  succeeded(): void
  /** How long it has been failing, in milliseconds. */
  failingFor(): number
  /** Whether one pause at most was asked for since the last success: what is told once is told then. */
  isFirst(): boolean
}

/** Exponential pauses with equal jitter: between half of the step and the whole, so that clients do not return in step. */
export function backoff({ firstDelayMs, maxDelayMs, giveUpAfterMs, now, random }: BackoffOptions): Backoff {
  let since = now()
  let pauses = 0
  return {
    next() {
      if (now() - since >= giveUpAfterMs) return undefined
      const step = growingPause(++pauses, firstDelayMs, maxDelayMs)
      return step / 2 + (random() * step) / 2
    },
    succeeded() {
      since = now()
      pauses = 0
    },
    failingFor: () => now() - since,
    isFirst: () => pauses <= 1,
  }
}
