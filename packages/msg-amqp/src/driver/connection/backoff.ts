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
  const whole = Math.min(retry.maxDelayMs, retry.firstDelayMs * 2 ** Math.min(attempt - 1, 30))
  return Math.round(whole * (1 - retry.jitter * random()))
}
