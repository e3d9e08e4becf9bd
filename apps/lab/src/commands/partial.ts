import { existsSync, linkSync, renameSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { makeFolder } from '@x07-lab/msg-core/kit'
import { type RrMode } from '@x07-lab/msg-core/rr'
import { partialEnding, partialName } from '@x07-lab/msg-core/run'
import { refusal } from './record-action.ts'

/** Where a recording is written until it is complete. */
export interface PartialCassette {
  /** Path of the recording under way. */
  readonly path: string
  /** The same as a cassette path below `.x07_rr/`. */
  readonly name: string
  /** Puts the complete recording in its place; in `record_v1` only where none has come there meanwhile. */
  readonly complete: () => void
  /** Keeps what a failed run recorded, and says where; undefined where it recorded nothing. */
  readonly keep: () => string | undefined
}

/**
 * A file beside the cassette `name`, with a name of its own: two recordings at once into one cassette do not touch each
 * other, and the last to end stands.
 *
 * @param id letters and digits that no other run has
 */
export function partialCassette(root: string, name: string, mode: RrMode, id: string): PartialCassette {
  const ownName = partialName(name, id)
  const inFolder = (file: string): string => join(root, CASSETTE_FOLDER, file)
  const [path, final] = [inFolder(ownName), inFolder(name)]
  makeFolder(dirname(path))
  return {
    path,
    name: ownName,
    complete() {
      if (mode !== 'record_v1') return renameSync(path, final)
      if (existsSync(final) && statSync(final).size > 0) throw refusal(name, mode)
      renameSync(path, final)
    },
    keep() {
      if (!existsSync(path)) return undefined
      if (statSync(path).size === 0) {
        rmSync(path)
        return undefined
      }
      if (moveToNew(path, final)) {
        return `what was recorded until then is in ${join(CASSETTE_FOLDER, name)}, unsealed`
      }
      const beside = `${name.replace(/\.rrbin$/, '')}${partialEnding}`
      renameSync(path, inFolder(beside))
      return `what was recorded until then is in ${join(CASSETTE_FOLDER, beside)}, ${join(CASSETTE_FOLDER, name)} is as it was`
    },
  }
}

/** Moves a file where nothing stands; false where something does. */
function moveToNew(from: string, to: string): boolean {
  try {
    linkSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    // A file system without hard links: the look and the move are two steps there.
    if (existsSync(to)) return false
    renameSync(from, to)
    return true
  }
  unlinkSync(from)
  return true
}
