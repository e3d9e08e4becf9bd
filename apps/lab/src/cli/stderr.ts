import type { Writable } from 'node:stream'

/**
 * Goes on where nobody hears what is said to people: the reader of standard error has gone, or its disk is full. The work
 * and the exit code do not depend on it, and an error that nobody listens to would end the process as a mismatch does.
 */
export function goOnUnheard(stderr: Writable): void {
  stderr.on('error', () => {})
}
