import { DriverError } from '@x07-lab/msg-core'

/** The names of Kafka's compression codecs, as clients configure them. */
export type CompressionName = 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** A few kilobytes can stand for gigabytes: no batch is decompressed to more than this, in bytes, unless the caller says so. */
export const defaultMaxOutputBytes = 128 * 1_048_576

/** Bytes that are not what their batch says they are. */
export function corrupt(codec: CompressionName, reason: string, cause?: unknown): DriverError {
  return new DriverError('protocol', `decompress ${codec} records: ${reason}`, { cause })
}

/** Bytes that stand for more than the caller allows. */
export function overLimit(codec: CompressionName, maxOutputBytes: number, cause?: unknown): DriverError {
  return new DriverError('too_large', `decompress ${codec} records: the batch has more than ${maxOutputBytes} bytes`, {
    cause,
  })
}
