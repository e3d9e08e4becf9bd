import type { Writable } from 'node:stream'

/** The signals by which a person, or who supervises the program, asks it to stop. */
export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What a program says that stops because it was asked to. */
export const stoppedLine = 'stopped on request'

/**
 * Ends the program with one line when it is asked to stop, as long as nothing runs that has to stop in order. It ends by the
 * signal itself: `process.exit` waits for reads that are under way, of a FIFO that nobody writes to for ever.
 */
export function endWhenAsked(stderr: Writable): void {
  for (const signal of stopSignals) {
    process.on(signal, () => {
      stderr.write(`lab: ${stoppedLine}\n`)
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    })
  }
}

/** Calls `stop` when the program is asked to stop, in place of whatever else would be done, until the result is called. */
export function insteadWhenAsked(stop: (signal: NodeJS.Signals) => void): () => void {
  const replaced = stopSignals.map((signal) => ({ signal, listeners: process.listeners(signal) }))
  // A signal without any listener is no longer watched, and one on its way is lost: the new come before the old go.
  for (const { signal, listeners } of replaced) {
    process.on(signal, stop)
    for (const listener of listeners) process.off(signal, listener)
  }
  return () => {
    for (const { signal, listeners } of replaced) {
      for (const listener of listeners) process.on(signal, listener)
      process.off(signal, stop)
    }
  }
}
