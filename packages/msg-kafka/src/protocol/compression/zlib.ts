import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { corrupt, overLimit } from './limit.ts'

/** One gzip member. */
export function compressGzip(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes)
}

/** @throws DriverError `protocol` for bytes that are not gzip, `too_large` above the limit */
export function decompressGzip(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  return bounded('gzip', maxOutputBytes, () => gunzipSync(bytes, { maxOutputLength: maxOutputBytes }))
}

/** One zstd frame. */
export function compressZstd(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes)
}

/**
 * Reads frames, one after the other.
 *
 * @throws DriverError `protocol` for bytes that are not zstd, `too_large` above the limit
 */
export function decompressZstd(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  const parts: Uint8Array[] = []
  let total = 0
  let rest = bytes
  do {
    const left = maxOutputBytes - total
    const { buffer, consumed } = bounded('zstd', maxOutputBytes, () => readFrame(rest, left))
    parts.push(buffer)
    total += buffer.length
    rest = rest.subarray(consumed)
  } while (rest.length > 0)
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total)
}

/** Node stops after the first frame without a word; `info` gives the engine, which has counted what it read. */
function readFrame(bytes: Uint8Array, maxOutputBytes: number): { readonly buffer: Buffer; readonly consumed: number } {
  // A limit of 0 bytes is not one that Node knows.
  const options = { maxOutputLength: Math.max(maxOutputBytes, 1), info: true }
  const read = zstdDecompressSync(bytes, options) as unknown as {
    readonly buffer: Buffer
    readonly engine: { readonly bytesWritten: number }
  }
  if (read.buffer.length > maxOutputBytes) throw new RangeError('the last byte is one too many')
  return { buffer: read.buffer, consumed: read.engine.bytesWritten }
}

function bounded<T>(codec: 'gzip' | 'zstd', maxOutputBytes: number, decompress: () => T): T {
  try {
    return decompress()
  } catch (cause) {
    if (cause instanceof RangeError) throw overLimit(codec, maxOutputBytes, cause)
    throw corrupt(codec, cause instanceof Error ? cause.message : String(cause), cause)
  }
}
