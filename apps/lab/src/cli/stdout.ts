import type { Writable } from 'node:stream'
import { whyFailed } from '../system-error.ts'
import { exitCodes } from '../user-error.ts'
import type { Console } from './console.ts'

/**
 * Ends the process when its results cannot be written. A reader that has seen enough (`lab cassette dump … | head`) is no
 * failure; a full disk is one.
 */
export function endWhenUnwritable(stdout: Writable, console: Console): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok)
    console.note(`lab: write to standard output: ${whyFailed(error)}; send it somewhere with room`)
    process.exit(exitCodes.environment)
  })
}
