import { snappyCompress, snappyUncompressor } from 'hysnappy'
import { corrupt, overLimit } from './limit.ts'

/**
 * How snappy blocks stand in a batch. `raw`: one block, as librdkafka writes it. `xerial`: the stream of snappy-java, as the
 * Java client writes it and every client reads it:
 *
 *     82 53 4e 41 50 50 59 00 | int32 version = 1 | int32 lowest compatible version = 1
 *     then per block: int32 length | block
 */
export type SnappyFraming = 'raw' | 'xerial'

const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const headerBytes = 16
/** Input of one xerial block, as snappy-java's default. */
const blockBytes = 32_768
/** A copy of 64 bytes takes 3: no valid block is denser. */
const maxRatio = 22

/** @param framing default `xerial`, the one that the broker's own client writes */
export function compressSnappy(bytes: Uint8Array, framing: SnappyFraming = 'xerial'): Uint8Array {
  // A compressor that is used twice finds its first input in its table; a fresh one costs less than a tenth of a millisecond.
  if (framing === 'raw') return snappyCompress(bytes)
  const header = Buffer.alloc(headerBytes)
  header.set(magic)
  header.writeInt32BE(1, 8)
  header.writeInt32BE(1, 12)
  const parts: Uint8Array[] = [header]
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = snappyCompress(bytes.subarray(at, at + blockBytes))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/** Reads either framing. @throws DriverError `protocol` for bytes that are not snappy, `too_large` above the limit */
export function decompressSnappy(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!startsStream(input, 0)) return readBlock(input, maxOutputBytes, maxOutputBytes)
  const parts: Uint8Array[] = []
  let total = 0
  let at = 0
  while (at < input.length) {
    // Streams written one after the other are one stream.
    if (startsStream(input, at)) {
      at += headerBytes
      continue
    }
    if (at + 4 > input.length) throw corrupt('snappy', `the stream ends inside a length at byte ${at}`)
    const length = input.readInt32BE(at)
    at += 4
    if (length < 0 || length > input.length - at) {
      throw corrupt('snappy', `a block of ${length} bytes at byte ${at}, of which ${input.length - at} are there`)
    }
    const block = readBlock(input.subarray(at, at + length), maxOutputBytes - total, maxOutputBytes)
    parts.push(block)
    total += block.length
    at += length
  }
  return Buffer.concat(parts, total)
}

function startsStream(input: Buffer, at: number): boolean {
  return input.length - at >= headerBytes && input.compare(magic, 0, magic.length, at, at + magic.length) === 0
}

/** One with memory of its own, which never shrinks: it is kept only while blocks are of a common size, in bytes. */
let uncompress: ReturnType<typeof snappyUncompressor> | undefined
const commonBytes = 4 * 1_048_576

function readBlock(block: Buffer, room: number, maxOutputBytes: number): Uint8Array {
  const length = readLength(block)
  if (length > room) throw overLimit('snappy', maxOutputBytes)
  if (length > block.length * maxRatio) throw corrupt('snappy', `${block.length} bytes cannot stand for ${length}`)
  uncompress ??= snappyUncompressor()
  try {
    const bytes = uncompress(block, length)
    if (length > commonBytes) uncompress = undefined
    return bytes
  } catch (cause) {
    // Its memory is in no known state.
    uncompress = undefined
    throw corrupt('snappy', cause instanceof Error ? cause.message : String(cause), cause)
  }
}

/** A block begins with its uncompressed length: a varint of at most 32 bits. */
function readLength(block: Buffer): number {
  let length = 0
  for (let n = 0; n < 5; n++) {
    const byte = block[n]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * n)
    if (byte < 0x80 && length <= 0xffff_ffff) return length
  }
  throw corrupt('snappy', 'the block does not begin with its length')
}
