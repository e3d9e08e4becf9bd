/** Timers as a driver needs them, so that a test can hold time still. */
export interface Timers {
  /** Runs `run` once after `ms` milliseconds; the result cancels that. */
  after(ms: number, run: () => void): () => void
}

/** The timers of the machine. */
export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms` milliseconds, or at once, without an error, when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal, timers: Timers = systemTimers): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = (): void => {
    cancel()
    signal?.removeEventListener('abort', done)
    resolve()
  }
  const cancel = timers.after(ms, done)
  signal?.addEventListener('abort', done, { once: true })
  return promise
}

/** Milliseconds before try `attempt` (from 1) when each pause is twice the one before, up to the longest. */
export function growingPause(attempt: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 30))
}
