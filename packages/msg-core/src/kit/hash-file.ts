import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, readSync } from 'node:fs'
import { NotAFileError, openRegular } from './own-file.ts'

/** Bytes read at a time: files may be larger than memory. */
const chunkBytes = 1_048_576

/** No cassette has more, and nothing else that is hashed: a sparse file of terabytes takes no place on a disk, and hours here. */
const maxFileBytes = 0xffff_ffff

/**
 * SHA-256, in hex, of the first bytes of a file, and how many there were.
 *
 * @param most bytes to hash; default all of it, which is 4 GiB or less
 * @throws NotAFileError for a pipe, a device or a folder, and for a longer file; else the system's error
 */
export function hashFile(
  path: string,
  most = Number.POSITIVE_INFINITY,
): { readonly bytes: number; readonly sha256: string } {
  const file = openRegular(path, constants.O_RDONLY)
  try {
    if (Math.min(most, fstatSync(file).size) > maxFileBytes) {
      throw new NotAFileError(`it is longer than ${maxFileBytes} bytes`)
    }
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
