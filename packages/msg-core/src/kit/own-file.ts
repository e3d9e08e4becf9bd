import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs'
import { randomBytes } from 'node:crypto'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'

// The one place where files are opened that others could have put something else in the place of: a repository can carry a
// symlink, and a working folder a pipe.

/** A path that is not what it has to be: the message says what it is, and what was expected. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError'
}

/** More than any contract, manifest or policy; they are read whole, so something has to bound them. */
export const SMALL_FILE_BYTES = 16 * 1024 * 1024

/**
 * Reads a regular file whole. A pipe, a device, a socket or a folder is refused without waiting for it, and so is a file
 * that is longer than `maxBytes` or has no end.
 *
 * @throws NotAFileError, or the system's error
 */
export function readRegularFile(path: string, maxBytes: number = SMALL_FILE_BYTES): Uint8Array {
  const fd = openRegular(path, constants.O_RDONLY)
  try {
    const parts: Uint8Array[] = []
    let length = 0
    for (;;) {
      // A file of the kernel's says that it is empty and is not, so the size is no guide.
      const part = Buffer.allocUnsafe(Math.min(maxBytes + 1 - length, Math.max(4096, fstatSync(fd).size + 1 - length)))
      const read = readSync(fd, part, 0, part.length, null)
      if (read === 0) return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
      length += read
      if (length > maxBytes) throw new NotAFileError(`it is longer than ${maxBytes} bytes`)
      parts.push(part.subarray(0, read))
    }
  } finally {
    closeSync(fd)
  }
}

/**
 * Opens a regular file without waiting for a pipe or touching a device.
 *
 * @param flags as `open` has them; with `O_NOFOLLOW` a symlink is refused
 * @throws NotAFileError, or the system's error
 */
export function openRegular(path: string, flags: number): number {
  const noFollow = (flags & constants.O_NOFOLLOW) !== 0
  const before = (noFollow ? lstatSync : statSync)(path, { throwIfNoEntry: false })
  if (before !== undefined) refuseOther(before)
  const fd = openSync(path, flags | constants.O_NONBLOCK, 0o644)
  try {
    refuseOther(fstatSync(fd))
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Why something is not a regular file; undefined where it is one. */
export function otherKind(stat: Stats): string | undefined {
  if (stat.isFile()) return undefined
  if (stat.isDirectory()) return 'it is a folder, expected a file'
  if (stat.isSymbolicLink()) return 'it is a symlink, expected the file itself'
  if (stat.isFIFO()) return 'it is a pipe, expected a file'
  return stat.isSocket() ? 'it is a socket, expected a file' : 'it is a device, expected a file'
}

function refuseOther(stat: Stats): void {
  const kind = otherKind(stat)
  if (kind !== undefined) throw new NotAFileError(kind)
}

/**
 * Refuses a path whose file, or a folder on its way from `root`, is a symlink, and one that is not below `root`. What is not
 * there yet is fine.
 *
 * @throws NotAFileError naming the link
 */
export function checkOwnPath(root: string, path: string): void {
  const below = relative(root, path)
  if (below === '' || below.startsWith(`..${sep}`) || below === '..' || isAbsolute(below)) {
    throw new NotAFileError(`it is not below ${root}`)
  }
  let at = root
  for (const part of below.split(sep)) {
    at = join(at, part)
    const stat = lstatSync(at, { throwIfNoEntry: false })
    if (stat === undefined) return
    if (stat.isSymbolicLink()) {
      throw new NotAFileError(`${relative(root, at)} is a symlink, which may lead anywhere`)
    }
  }
}

/** A file that is being written beside the one that it will replace. */
export interface Replacement {
  /** Open for writing; the caller closes it. */
  readonly fd: number
  /** Gives it the name. What stands there, another name of a file elsewhere too, is replaced and not written through. */
  readonly keep: () => void
  readonly discard: () => void
}

/**
 * Opens a sibling of a file that is to be replaced: a reader sees the old bytes or the new. Below `root` no folder on the way may be a
 * symlink; elsewhere the person said which folder is meant, and only the file itself may be none.
 *
 * @throws NotAFileError; the system's error
 */
export function openReplacement(root: string, path: string): Replacement {
  const below = relative(root, path)
  if (below !== '' && !below.startsWith('..') && !isAbsolute(below)) checkOwnPath(root, path)
  const before = lstatSync(path, { throwIfNoEntry: false })
  if (before !== undefined) refuseOther(before)
  const sibling = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const fd = openSync(sibling, flags, before === undefined ? 0o644 : before.mode & 0o777)
  return {
    fd,
    keep: () => renameSync(sibling, path),
    discard: () => rmSync(sibling, { force: true }),
  }
}

/**
 * Writes a file of the project's through a sibling and a rename: a reader sees the old bytes or the new, and what stands in
 * its place, a link to elsewhere too, is replaced and not written through.
 *
 * @throws NotAFileError as {@link checkOwnPath}; the system's error
 */
export function replaceOwnFile(root: string, path: string, bytes: Uint8Array): void {
  checkOwnPath(root, path)
  const { fd, keep, discard } = openReplacement(root, path)
  try {
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done)
    } finally {
      closeSync(fd)
    }
    keep()
  } catch (error) {
    discard()
    throw error
  }
}
