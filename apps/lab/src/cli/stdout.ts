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

/** Text that may have line ends and tabs of the caller's own. */
export function safeText(text: string): string {
  if (!/[\n\t]/.test(text)) return oneLine(text)
  return text
    .split(/([\n\t])/)
    .map((part) => (part === '\n' || part === '\t' ? part : oneLine(part)))
    .join('')
}

/**
 * One JSON document in a line. Characters that would steer a terminal stand as JSON's escapes, so the document is the same;
 * where it holds none, and is canonical, so are the bytes.
 */
export const safeJson: (json: string) => string = escapeControls

/** Writes {@link safeJson} as a line, and waits until there is room. */
export async function printJson(stdout: Writable, json: string): Promise<void> {
  if (!stdout.write(`${safeJson(json)}\n`)) await once(stdout, 'drain')
}

/** Characters that are collected before they are written. */
const collected = 65_536

/** Writes many lines in few calls of the system. */
export class LineWriter {
  readonly #stdout: Writable
  #text = ''

  constructor(stdout: Writable) {
    this.#stdout = stdout
  }

  /** Adds a line that is safe to show. @returns undefined where the next may follow at once; else wait, for there is no room */
  add(line: string): Promise<void> | undefined {
    this.#text += `${line}\n`
    return this.#text.length < collected ? undefined : this.flush()
  }

  /** Writes what is collected. */
  async flush(): Promise<void> {
    const text = this.#text
    this.#text = ''
    if (text !== '' && !this.#stdout.write(text)) await once(this.#stdout, 'drain')
  }
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
