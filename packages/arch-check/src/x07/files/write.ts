import { closeSync, constants, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder, NotAFileError, otherKind } from '@x07-lab/msg-core/kit'
import { systemReason } from './system-reason.ts'

/**
 * Writes a file through a temporary sibling and a rename, so that a reader sees the old text or the new. A device or a
 * pipe is written to as it stands: a rename would put a regular file in the place of `/dev/null`. A pipe that nothing reads
 * from is refused and not waited for. A file that was there is not opened to more people than before.
 * @throws {Error} where the system refuses; the message names the path and the reason
 */
export function writeFileWhole(path: string, text: string): void {
  saying(path, () => write(path, text, true))
}

/**
 * {@link writeFileWhole} for what the repository holds, such as a lock: nothing is written to a device or a pipe that a
 * commit has put in its place.
 * @throws {Error} as there
 */
export function writeOwnFile(path: string, text: string): void {
  saying(path, () => write(path, text, false))
}

function saying(path: string, act: () => void): void {
  try {
    act()
  } catch (cause) {
    if (cause instanceof NotAFileError) throw new Error(`write ${path}: ${cause.message}`, { cause })
    const { code, reason } = systemReason(cause)
    throw new Error(`write ${path}: ${code === 'ENOENT' ? 'its folder takes no files' : reason}`, { cause })
  }
}

function write(path: string, text: string, special: boolean): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat !== undefined && !stat.isFile() && !stat.isDirectory()) {
    if (!special) throw new NotAFileError(otherKind(stat))
    // An open without a wait comes first: it fails where a pipe has no reader.
    const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    try {
      writeFileSync(path, text)
    } finally {
      closeSync(fd)
    }
    return
  }
  makeFolder(dirname(path))
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text, { flag: 'wx', ...(stat !== undefined && { mode: stat.mode & 0o777 }) })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
