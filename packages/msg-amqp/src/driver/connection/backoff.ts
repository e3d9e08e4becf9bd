import { growingPause } from '@x07-lab/msg-core/kit'
import type { RetryOptions } from '../options.ts'

export const defaultRetry: Required<RetryOptions> = {
  openAttempts: 1,
  attempts: 12,
  firstDelayMs: 100,
  maxDelayMs: 5_000,
  jitter: 0.2,
}

/** Milliseconds to wait before attempt `attempt` (from 1) after a loss: doubling, bounded, shortened by chance. */
export function delayBefore(attempt: number, retry: Required<RetryOptions>, random: () => number): number {
  const whole = growingPause(attempt, retry.firstDelayMs, retry.maxDelayMs)
  return Math.round(whole * (1 - retry.jitter * random()))
}
