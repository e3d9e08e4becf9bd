import { closeSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { openReplacement, whyFailed } from '@x07-lab/msg-core/kit'
import { say } from '../report/say.ts'

/** No report is there where one was asked for. */
const environmentError = 3

interface Report {
  readonly exit_code: number
  readonly [name: string]: unknown
}

/** Standard output and the like by their names, which are the person's own. */
const streams = /^\/dev\/(?:stdout|stderr|fd\/\d+|tty|null)$/

/**
 * Writes a report as JSON where one was asked for: whole, and not through a symlink that a repository can carry.
 *
 * @returns the exit code; of a run that went well, 3 where the report cannot be written, which is told
 */
export function writeReport(file: string | undefined, document: Report): number {
  if (file === undefined) return document.exit_code
  try {
    write(file, `${JSON.stringify(document, null, 2)}\n`)
    return document.exit_code
  } catch (cause) {
    say(`write report ${file}: ${whyFailed(cause)}; give another file with --report`)
    return document.exit_code === 0 ? environmentError : document.exit_code
  }
}

function write(file: string, text: string): void {
  if (streams.test(file)) return writeFileSync(file, text)
  const { fd, keep, discard } = openReplacement(process.cwd(), resolve(file))
  try {
    try {
      writeFileSync(fd, text)
    } finally {
      closeSync(fd)
    }
    keep()
  } catch (error) {
    discard()
    throw error
  }
}
