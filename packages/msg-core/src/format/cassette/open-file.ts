import { closeSync, constants, fstatSync, openSync } from 'node:fs'

/** A file's path: text, or bytes where it is not UTF-8. */
export type FilePath = string | Uint8Array

/** What was found at a path: an open regular file, or why there is none. */
export type OpenedFile =
  | { readonly kind: 'file'; readonly fd: number; readonly bytes: number }
  | { readonly kind: 'absent'; readonly cause: unknown }
  | { readonly kind: 'directory' }
  | { readonly kind: 'refused'; readonly why: string; readonly cause?: unknown }

// Nothing stands at such a path: no entry, a file where a folder should be, a name that no file can have.
const ABSENT_CODES = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'])

/**
 * Opens a regular file. A pipe or a device is refused without waiting for it. With `noFollow` a symlink as the last
 * component is refused, for paths that were resolved before.
 */
export function openRegularFile(path: FilePath, flags: number, noFollow: boolean): OpenedFile {
  let fd: number
  try {
    fd = openSync(nodePath(path), flags | constants.O_NONBLOCK | (noFollow ? constants.O_NOFOLLOW : 0), 0o644)
  } catch (cause) {
    const code = errorCode(cause)
    if (code === 'EISDIR') return { kind: 'directory' }
    return ABSENT_CODES.has(code) ? { kind: 'absent', cause } : { kind: 'refused', why: code, cause }
  }
  const stat = fstatSync(fd)
  if (stat.isFile()) return { kind: 'file', fd, bytes: stat.size }
  closeSync(fd)
  return stat.isDirectory() ? { kind: 'directory' } : { kind: 'refused', why: 'not a regular file' }
}

/** A path in the form that Node's functions take. */
export function nodePath(path: FilePath): string | Buffer {
  return typeof path === 'string' ? path : Buffer.from(path.buffer, path.byteOffset, path.length)
}

/** The code of a system error (`ENOENT`), or its text where it has none. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return String(error)
}
