import { createWriteStream, lstatSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { checkOwnPath, makeFolder, NotAFileError, openReplacement, whyFailed } from '@x07-lab/msg-core/kit'
import { exitCodes, UserError } from '../user-error.ts'

/**
 * Writes the file that `--out` names, whole or not at all: what stands there, another name of a file elsewhere too, is replaced.
 *
 * @param root the project: within it no folder on the way may be a symlink, which a repository can carry
 * @param makes makes the folder of the file where it is missing
 * @throws UserError where it cannot be written
 */
export async function writeOutput(root: string, out: string, parts: Iterable<string>, makes = false): Promise<void> {
  const path = resolve(out)
  try {
    checkWayTo(root, path)
    if (makes) makeFolder(dirname(path))
    const { fd, keep, discard } = openReplacement(root, path)
    try {
      await pipeline(Readable.from(parts), createWriteStream(path, { fd }))
      keep()
    } catch (error) {
      discard()
      throw error
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    throw new UserError(`write ${out}: ${whyFailed(cause)}; give another file with --out`, exitCodes.environment, {
      cause,
    })
  }
}

/**
 * Refuses a symlink on the way to what is to be written: below the project each folder, elsewhere, where the person said which folder
 * is meant, the last name alone.
 *
 * @throws NotAFileError naming the link
 */
export function checkWayTo(root: string, path: string): void {
  const below = relative(root, path)
  if (below !== '' && !below.startsWith('..') && !isAbsolute(below)) checkOwnPath(root, path)
  else if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    throw new NotAFileError('it is a symlink, expected the file itself')
  }
}
