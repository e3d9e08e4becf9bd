import { createHash } from 'node:crypto'
import { closeSync, constants, readSync } from 'node:fs'
import { openRegular } from './own-file.ts'

/** Bytes read at a time: files may be larger than memory. */
const chunkBytes = 1_048_576

/**
 * SHA-256, in hex, of the first bytes of a file, and how many there were.
 *
 * @param most bytes to hash; default all of it
 * @throws NotAFileError for a pipe, a device or a folder; else the system's error
 */
export function hashFile(
  path: string,
  most = Number.POSITIVE_INFINITY,
): { readonly bytes: number; readonly sha256: string } {
  const file = openRegular(path, constants.O_RDONLY)
  try {
    const digest = createHash('sha256')
    const chunk = Buffer.allocUnsafe(chunkBytes)
    let bytes = 0
    for (;;) {
      const read = readSync(file, chunk, 0, Math.min(chunkBytes, most - bytes), bytes)
      if (read === 0) return { bytes, sha256: digest.digest('hex') }
      digest.update(chunk.subarray(0, read))
      bytes += read
    }
  } finally {
    closeSync(file)
  }
}
