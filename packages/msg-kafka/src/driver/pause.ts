/** Waits; resolves early, without an error, when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal?.aborted === true) return Promise.resolve()
  const timer = setTimeout(done, ms)
  signal?.addEventListener('abort', done, { once: true })
  function done(): void {
    clearTimeout(timer)
    signal?.removeEventListener('abort', done)
    resolve()
  }
  return promise
}
