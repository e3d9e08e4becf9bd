import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '@x07-lab/msg-core/kit'
import { systemReason } from './system-reason.ts'

/**
 * Writes a file through a temporary sibling and a rename, so that a reader sees the old text or the new. A device or a
 * pipe is written to as it stands: a rename would put a regular file in the place of `/dev/null`. A file that was there
 * is not opened to more people than before.
 * @throws {Error} where the system refuses; the message names the path and the reason
 */
export function writeFileWhole(path: string, text: string): void {
  try {
    write(path, text)
  } catch (cause) {
    const { code, reason } = systemReason(cause)
    throw new Error(`write ${path}: ${code === 'ENOENT' ? 'its folder takes no files' : reason}`, { cause })
  }
}

function write(path: string, text: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat !== undefined && !stat.isFile() && !stat.isDirectory()) {
    writeFileSync(path, text)
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
