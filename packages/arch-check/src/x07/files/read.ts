import { closeSync, fstatSync, openSync, readSync, constants as fsConstants } from 'node:fs'
import { systemReason } from './system-reason.ts'

/** What came of reading a file. */
export type ReadResult =
  | { ok: true; bytes: Uint8Array }
  | { ok: false; missing: boolean; reason: string }
  /** Larger than the limit; nothing was read. `size` counts bytes. */
  | { ok: false; missing: false; tooLarge: true; size: number; reason: string }

/** More than any contract; a file is read whole, so something must bound it. */
export const MAX_FILE_BYTES = 512 * 1024 * 1024

/**
 * Reads a regular file whole. Folders, sockets and pipes are refused without waiting on them, and a file that grows
 * while it is read ends in an error, not in an endless read.
 */
export function readRegularFile(path: string, maxBytes: number = MAX_FILE_BYTES): ReadResult {
  let descriptor: number
  try {
    // Without O_NONBLOCK the open of a named pipe would wait for a writer.
    descriptor = openSync(path, fsConstants.O_RDONLY | fsConstants.O_NONBLOCK)
  } catch (error) {
    return failure(error)
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) return { ok: false, missing: false, reason: 'it is not a regular file' }
    const limit = Math.min(maxBytes, MAX_FILE_BYTES)
    if (stat.size > limit) {
      const reason = `it has ${stat.size} bytes, more than ${limit}`
      return { ok: false, missing: false, tooLarge: true, size: stat.size, reason }
    }
    // One byte more than the size: a read that ends before it has met the end of the file.
    const bytes = Buffer.allocUnsafe(stat.size + 1)
    let length = 0
    while (length <= stat.size) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, null)
      length += read
      if (read === 0 || length === stat.size) return { ok: true, bytes: bytes.subarray(0, length) }
    }
    return { ok: false, missing: false, reason: `it grew past ${stat.size} bytes while it was read` }
  } catch (error) {
    return failure(error)
  } finally {
    closeSync(descriptor)
  }
}

function failure(error: unknown): ReadResult {
  const { code, reason } = systemReason(error)
  return { ok: false, missing: code === 'ENOENT', reason }
}
