import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { escapeControls, oneLine, whyFailed } from '@x07-lab/msg-core/kit'
import { exitCodes } from '../user-error.ts'
import type { Console } from './console.ts'
import { dress } from '@x07-lab/msg-core/command-line'

/** Writes lines for people: what they quote of a cassette, a broker or a file name cannot steer a terminal. */
export function printLines(stdout: Writable, lines: readonly string[]): void {
  stdout.write(`${lines.map((line) => dress(oneLine(line), stdout)).join('\n')}\n`)
}

/** Writes text that may have line ends and tabs of the caller's own, and waits until there is room. */
export async function printText(stdout: Writable, text: string): Promise<void> {
  const safe = text
    .split(/([\n\t])/)
    .map((part) => (part === '\n' || part === '\t' ? part : oneLine(part)))
    .join('')
  if (!stdout.write(`${safe}\n`)) await once(stdout, 'drain')
}

/**
 * Writes one JSON document as a line, and waits until there is room. Characters that would steer a terminal stand as JSON's
 * escapes, so the document is the same; where it holds none, and is canonical, so are the bytes.
 */
export async function printJson(stdout: Writable, json: string): Promise<void> {
  if (!stdout.write(`${escapeControls(json)}\n`)) await once(stdout, 'drain')
}

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
