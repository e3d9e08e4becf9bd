import { inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'

/** What one packed part may come to, in bytes: more would be a bomb. */
export const maxUnpackedBytes = 16 * 1024 * 1024

const options = { maxOutputLength: maxUnpackedBytes } as const

/**
 * What is packed inside bytes: gzip, zlib, zstd, lz4 frames, snappy streams of three framings. What does not unpack was not packed.
 *
 * @param places where something of each of {@link packings} may begin
 * @param maxParts how many of them are tried at most
 */
export function* unpack(
  bytes: Buffer,
  places: readonly (readonly number[] | undefined)[],
  maxParts: number,
): Generator<Buffer> {
  let tried = 0
  for (const [kind, { open, mayOpen }] of packings.entries()) {
    for (const at of places[kind] ?? []) {
      if (mayOpen?.(bytes, at) === false) continue
      if (++tried > maxParts) return
      const inner = attempt(() => open(bytes.subarray(at)))
      if (inner !== undefined && inner.length > 0) yield inner
    }
  }
}

/**
 * Whether bytes begin as a block of snappy does, and have a length that one of what they announce can have: at most
 * 32 + n + n/6 bytes for n, and at least 3 for each 64.
 */
export function mayBeSnappy(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
  let length = 0
  let at = start
  for (let shift = 0; shift <= 28; shift += 7) {
    if (at >= end) return false
    const byte = bytes[at++]!
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  // Nothing is there yet that could be copied.
  if (at >= end || (bytes[at]! & 3) !== 0 || length > maxUnpackedBytes) return false
  return end - start <= 32 + length + length / 6 && end - at >= (length / 64) * 3
}

/** Undefined for what does not open. */
export function attempt(open: () => Buffer): Buffer | undefined {
  try {
    return open()
  } catch {
    return undefined
  }
}

/** What tells that something is packed, and what unpacks it from there. */
export interface Packing {
  readonly magic: Buffer
  readonly open: (bytes: Buffer) => Buffer
  /** False where it is seen without opening that nothing would come of it. */
  readonly mayOpen?: (bytes: Buffer, at: number) => boolean
}

/** In the order in which they are tried. */
export const packings: readonly Packing[] = [
  // RFC 1952
  { magic: Buffer.of(0x1f, 0x8b, 0x08), open: gunzipLeading },
  // RFC 1950, with the levels that writers write
  zlibOf(0x9c),
  zlibOf(0x5e),
  zlibOf(0xda),
  zlibOf(0x01),
  // APPNOTE of ZIP, 4.3.7: the header of a file
  { magic: Buffer.of(0x50, 0x4b, 0x03, 0x04), open: unzip },
  // RFC 8878
  { magic: Buffer.of(0x28, 0xb5, 0x2f, 0xfd), open: (bytes) => zstdDecompressSync(bytes, options) },
  // https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
  { magic: Buffer.of(0x04, 0x22, 0x4d, 0x18), open: unlz4 },
  // https://github.com/google/snappy/blob/main/framing_format.txt
  { magic: Buffer.from([0xff, 0x06, 0x00, 0x00, ...Buffer.from('sNaPpY')]), open: unsnappyFramed },
  // snappy-java's stream
  { magic: Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0x00]), open: unsnappyJava },
]

function zlibOf(flags: number): Packing {
  const magic = Buffer.of(0x78, flags)
  return { magic, open: (bytes) => inflateSync(bytes, options), mayOpen: (bytes, at) => mayBeDeflated(bytes, at + 2) }
}

/**
 * Whether bytes may be a first block of deflate (RFC 1951, 3.2.3). Two bytes are a short magic: a length of 376 begins with it in
 * every message of that length, and a stream of zlib that fails costs a hundred times as much as a look.
 */
export function mayBeDeflated(bytes: Uint8Array, at: number): boolean {
  const kind = (bytes[at]! >>> 1) & 3
  if (kind !== 0) return kind !== 3
  // A stored block: its length, and the same with every bit the other way round.
  return (bytes[at + 1]! ^ bytes[at + 3]!) === 0xff && (bytes[at + 2]! ^ bytes[at + 4]!) === 0xff
}

/** Node's gunzip refuses what follows a member and is not one, as in a larger thing; its inflate passes that over. */
function gunzipLeading(bytes: Buffer): Buffer {
  const flags = byteAt(bytes, 3)
  let at = 10
  if ((flags & 4) !== 0) at += 2 + sliceOf(bytes, at, 2).readUInt16LE(0)
  for (const bit of [8, 16]) if ((flags & bit) !== 0) at = bytes.indexOf(0, at) + 1
  if ((flags & 2) !== 0) at += 2
  return inflateRawSync(bytes.subarray(at), options)
}

function unzip(bytes: Buffer): Buffer {
  const head = sliceOf(bytes, 0, 30)
  if (head.readUInt16LE(8) !== 8) throw new RangeError('not deflated')
  return inflateRawSync(bytes.subarray(30 + head.readUInt16LE(26) + head.readUInt16LE(28)), options)
}

/** An output that grows to a bound. */
class Output {
  bytes = Buffer.alloc(4096)
  length = 0

  reserve(count: number): void {
    const needed = this.length + count
    if (needed > maxUnpackedBytes) throw new RangeError('too much')
    if (needed <= this.bytes.length) return
    const grown = Buffer.alloc(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  put(part: Uint8Array): void {
    this.reserve(part.length)
    this.bytes.set(part, this.length)
    this.length += part.length
  }

  copyBack(distance: number, count: number): void {
    if (distance === 0 || distance > this.length) throw new RangeError('a copy from before the beginning')
    this.reserve(count)
    if (distance >= count) {
      this.bytes.copyWithin(this.length, this.length - distance, this.length - distance + count)
      this.length += count
      return
    }
    for (let done = 0; done < count; done++) this.bytes[this.length++] = this.bytes[this.length - 1 - distance]!
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.length)
  }
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new RangeError('cut short')
  return byte
}

function sliceOf(bytes: Buffer, at: number, length: number): Buffer {
  if (length > bytes.length - at) throw new RangeError('cut short')
  return bytes.subarray(at, at + length)
}

/** One block of snappy: https://github.com/google/snappy/blob/main/format_description.txt */
export function unsnappy(bytes: Buffer): Buffer {
  let [length, at] = [0, 0]
  for (let shift = 0; ; shift += 7) {
    const byte = byteAt(bytes, at++)
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
    if (shift > 28) throw new RangeError('no length')
  }
  if (length > maxUnpackedBytes) throw new RangeError('too much')
  const output = new Output()
  while (at < bytes.length) {
    const tag = byteAt(bytes, at++)
    const high = tag >>> 2
    if ((tag & 3) === 0) {
      const extra = high < 60 ? 0 : high - 59
      const count = extra === 0 ? high + 1 : sliceOf(bytes, at, extra).readUIntLE(0, extra) + 1
      at += extra
      output.put(sliceOf(bytes, at, count))
      at += count
    } else if ((tag & 3) === 1) {
      output.copyBack(((tag & 0xe0) << 3) | byteAt(bytes, at++), 4 + (high & 7))
    } else {
      const wide = (tag & 3) === 2 ? 2 : 4
      output.copyBack(sliceOf(bytes, at, wide).readUIntLE(0, wide), high + 1)
      at += wide
    }
  }
  if (output.length !== length) throw new RangeError('another length')
  return output.done()
}

function unsnappyFramed(bytes: Buffer): Buffer {
  const output = new Output()
  let at = 10
  while (at + 4 <= bytes.length) {
    const kind = byteAt(bytes, at)
    const length = bytes.readUIntLE(at + 1, 3)
    // What follows the stream in a larger thing ends it.
    if (kind > 1 && kind < 0x80) break
    const chunk = bytes.subarray(at + 4, at + 4 + length)
    if (kind === 0) output.put(unsnappy(chunk.subarray(4)))
    if (kind === 1) output.put(chunk.subarray(4))
    at += 4 + length
  }
  return output.done()
}

function unsnappyJava(bytes: Buffer): Buffer {
  const output = new Output()
  let at = 16
  while (at + 4 <= bytes.length) {
    const length = bytes.readUInt32BE(at)
    const block = length > bytes.length - at - 4 ? undefined : bytes.subarray(at + 4, at + 4 + length)
    const inner = block === undefined ? undefined : attempt(() => unsnappy(block))
    if (inner === undefined) break
    output.put(inner)
    at += 4 + length
  }
  return output.done()
}

/** Frames without a dictionary; checksums are not looked at, for nothing depends on what is found. */
function unlz4(bytes: Buffer): Buffer {
  const flags = byteAt(bytes, 4)
  if (flags >>> 6 !== 1) throw new RangeError('another version')
  let at = 6 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4) + 1
  const output = new Output()
  for (;;) {
    const size = sliceOf(bytes, at, 4).readUInt32LE(0)
    if (size === 0) return output.done()
    const length = size & 0x7fff_ffff
    const block = sliceOf(bytes, at + 4, length)
    if (size > 0x7fff_ffff) output.put(block)
    else unlz4Block(block, output)
    at += 4 + length + ((flags & 16) === 0 ? 0 : 4)
  }
}

function unlz4Block(block: Buffer, output: Output): void {
  let at = 0
  const more = (nibble: number): number => {
    let length = nibble
    if (nibble < 15) return length
    for (;;) {
      const byte = byteAt(block, at++)
      length += byte
      if (byte < 255) return length
    }
  }
  while (at < block.length) {
    const token = byteAt(block, at++)
    const literals = more(token >>> 4)
    output.put(sliceOf(block, at, literals))
    at += literals
    if (at >= block.length) return
    const distance = sliceOf(block, at, 2).readUInt16LE(0)
    at += 2
    output.copyBack(distance, 4 + more(token & 15))
  }
}
