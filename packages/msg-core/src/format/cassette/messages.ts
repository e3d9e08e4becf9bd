import type { FilePath } from './open-file.ts'
import type { Tear } from './frame-walk.ts'
import type { EntryScan } from './entry-scan-result.ts'
import { RrError } from './rr-error.ts'
import type { RrErrorCode } from './rr-error.ts'

/** The error of a file that ends inside a frame. */
export function tornError(name: string, tear: Tear): RrError {
  return new RrError(
    2014,
    `read cassette "${name}": entry ${tear.entry} at byte ${tear.offset} is cut short: ${tear.problem}; ` +
      repairHint(name, tear.entry),
    { offset: tear.offset, entry: tear.entry },
  )
}

/** The error of an entry that the check refused: `scan` says where and why, `start` is where its bytes began there. */
export function entryError(name: string, code: RrErrorCode, scan: EntryScan, start: number, frame: Frame): RrError {
  const offset = frame.offset + 4 + scan.failedAt - start
  const remedy = code === 2008 ? repairHint(name, frame.entry) : raiseHint
  const message = `read cassette "${name}": entry ${frame.entry} at byte ${offset}: ${scan.problem}; ${remedy}`
  return new RrError(code, message, { offset, entry: frame.entry })
}

/** What to do about a budget that a cassette exceeds. */
export const raiseHint = 'raise the budget in its policy or record less'

interface Frame {
  readonly offset: number
  readonly entry: number
}

function repairHint(name: string, entries: number): string {
  // The repair refuses to leave nothing.
  if (entries === 0) return 'no whole entry comes before it, so check that this is a cassette, or record it again'
  const kept = entries === 1 ? 'the whole entry' : `the ${entries} whole entries`
  return `run "lab cassette repair ${name}" to keep ${kept} before it`
}

/** A path as it is shown to people. */
export function displayPath(path: FilePath): string {
  return typeof path === 'string' ? path : new TextDecoder().decode(path)
}
