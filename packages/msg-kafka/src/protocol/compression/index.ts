import type { CompressionName } from './limit.ts'
import { compressLz4, decompressLz4 } from './lz4.ts'
import { compressSnappy, decompressSnappy } from './snappy.ts'
import { compressGzip, compressZstd, decompressGzip, decompressZstd } from './zlib.ts'

export { defaultMaxOutputBytes, type CompressionName } from './limit.ts'
export { compressGzip, compressLz4, compressSnappy, compressZstd }
export { decompressGzip, decompressLz4, decompressSnappy, decompressZstd }

/** How the records of a batch are made shorter. Both directions are pure and borrow their input. */
export interface Codec {
  compress(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>
  /**
   * @throws DriverError `protocol` for bytes that are not of this codec, `too_large` where they stand for more than
   *   `maxOutputBytes`
   */
  decompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array | Promise<Uint8Array>
}

/** A codec that answers at once. */
export interface SyncCodec {
  compress(bytes: Uint8Array): Uint8Array
  /** As {@link Codec}'s. */
  decompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array
}

/** Kafka's four codecs. */
export const codecs: Readonly<Record<CompressionName, SyncCodec>> = {
  gzip: { compress: compressGzip, decompress: decompressGzip },
  snappy: { compress: compressSnappy, decompress: decompressSnappy },
  lz4: { compress: compressLz4, decompress: decompressLz4 },
  zstd: { compress: compressZstd, decompress: decompressZstd },
}

/** By the number that the lowest three bits of a batch's attributes hold. */
const byNumber = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** The codec that the attributes of a record batch name; undefined for a number that Kafka does not define. */
export function compressionOf(attributes: number): CompressionName | 'none' | undefined {
  return byNumber[attributes & 7]
}
