import { randomBytes } from 'node:crypto'
import { existsSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DriverError } from '../port/index.ts'
import { CASSETTE_FOLDER } from '../rr/index.ts'
import { partialName } from './partial-name.ts'

/** Where a recording is written until it is complete: a file beside its cassette, with a name that no other run has. */
export interface RecordingFile {
  /** Below `.x07_rr/`. */
  readonly name: string
  readonly path: string
  /**
   * Gives the complete recording the cassette's name.
   *
   * @throws DriverError `precondition_failed` where another recording has got it since this one began
   */
  complete(): void
}

export function recordingFile(root: string, cassette: string): RecordingFile {
  const name = partialName(cassette, randomBytes(4).toString('hex'))
  const [path, final] = [join(root, CASSETTE_FOLDER, name), join(root, CASSETTE_FOLDER, cassette)]
  const before = versionOf(final)
  return {
    name,
    path,
    complete() {
      if (!existsSync(path)) return
      if (versionOf(final) !== before) {
        throw new DriverError(
          'precondition_failed',
          `record ${cassette}: another recording of it ended in the meantime and stands; this one is in ` +
            `${join(CASSETTE_FOLDER, name)}; give every driver and every program a cassette of its own`,
        )
      }
      renameSync(path, final)
    },
  }
}

/** Tells a file from one that has taken its place; undefined where there is none. */
function versionOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat && `${stat.ino} ${stat.size} ${stat.mtimeNs}`
}
