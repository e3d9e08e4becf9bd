import type { FilePath } from './open-file.ts'
import type { Tear } from './frame-walk.ts'
import { RrError } from './rr-error.ts'

/** The error of a file that ends inside a frame. */
export function tornError(name: string, tear: Tear): RrError {
  return new RrError(
    2014,
    `read cassette "${name}": entry ${tear.entry} at byte ${tear.offset} is cut short: ${tear.problem}; ` +
      `run "lab cassette repair ${name}" to keep the ${tear.entry} whole entries before it`,
    { offset: tear.offset, entry: tear.entry },
  )
}

/** A path as it is shown to people. */
export function displayPath(path: FilePath): string {
  return typeof path === 'string' ? path : new TextDecoder().decode(path)
}
