import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Writes a file through a temporary sibling and a rename, so that a reader sees the old text or the new. A device or a
 * pipe is written to as it stands: a rename would put a regular file in the place of `/dev/null`.
 */
export function writeFileWhole(path: string, text: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat !== undefined && !stat.isFile() && !stat.isDirectory()) {
    writeFileSync(path, text)
    return
  }
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text, { flag: 'wx' })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
