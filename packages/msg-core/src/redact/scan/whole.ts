import { isUtf8 } from 'node:buffer'
import { brotliDecompressSync, inflateRawSync, inflateSync } from 'node:zlib'
import { attempt, maxUnpackedBytes, mayBeSnappy, unsnappy } from './unpack.ts'

// What is packed without a mark of its own: it is looked for only where a value begins.

const options = { maxOutputLength: maxUnpackedBytes } as const

/** What may be packed so, and what a finding calls it. */
interface WholePacking {
  readonly how: string
  readonly mayBe: (bytes: Uint8Array, start: number, end: number) => boolean
  readonly open: (bytes: Buffer) => Buffer
}

const packings: readonly WholePacking[] = [
  { how: 'snappy', mayBe: mayBeSnappy, open: unsnappy },
  { how: 'deflate', mayBe: mayBeRawDeflate, open: (bytes) => inflateRawSync(bytes, options) },
  // A window of another size than writers of files take: RFC 1950, 2.2.
  { how: 'zlib', mayBe: mayBeZlib, open: (bytes) => inflateSync(bytes, options) },
  { how: 'UTF-16', mayBe: mayBeUtf16, open: (bytes) => Buffer.from(narrowed(bytes)) },
  { how: 'brotli', mayBe: mayBeBrotli, open: (bytes) => brotliDecompressSync(bytes, options) },
]

/** Whether bytes may be one of them; nearly none are, and a look costs far less than to open them. */
export function mayBeWhole(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
  // JSON, which most values are, begins as none of them does.
  if (bytes[start] === 0x7b && bytes[start + 1] === 0x22) return false
  return packings.some(({ mayBe }) => mayBe(bytes, start, end))
}

/** What a whole value is packed in, and what it holds; undefined where it is not packed. */
export function unpackWhole(bytes: Buffer): readonly [how: string, inner: Buffer] | undefined {
  for (const { how, mayBe, open } of packings) {
    if (!mayBe(bytes, 0, bytes.length)) continue
    const inner = attempt(() => open(bytes))
    if (inner !== undefined && inner.length > 0) return [how, inner]
  }
  return undefined
}

/** Bytes of a value that tell text from other bytes. */
const headBytes = 16

/** Whether a value begins as a text does: what is packed has other bytes among its first. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  const to = Math.min(end, start + headBytes)
  let isAscii = true
  for (let at = start; at < to; at++) {
    const byte = bytes[at]!
    if (byte < 0x20 ? byte !== 0x09 && byte !== 0x0a && byte !== 0x0d : byte === 0x7f) return false
    if (byte > 0x7f) isAscii = false
  }
  if (isAscii) return true
  // A character may be cut at the end.
  for (let cut = 0; cut < 4 && to === start + headBytes; cut++) if (isUtf8(bytes.subarray(start, to - cut))) return true
  return isUtf8(bytes.subarray(start, to))
}

/** Each other byte of the first is 0, as in UTF-16 of most languages' markup; in front there may be a mark of the order of bytes. */
function mayBeUtf16(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < headBytes || (end - start) % 2 === 1) return false
  for (const zero of [0, 1]) {
    let at = start + 2 + zero
    while (at < start + headBytes && bytes[at] === 0 && bytes[zero === 0 ? at + 1 : at - 1] !== 0) at += 2
    if (at >= start + headBytes) return true
  }
  return false
}

function narrowed(bytes: Buffer): string {
  return bytes[2] === 0 ? Buffer.from(bytes).swap16().toString('utf16le') : bytes.toString('utf16le')
}

/** CMF and FLG, as a number, are a multiple of 31, and no dictionary is asked for. */
function mayBeZlib(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 8 || (bytes[start]! & 0x0f) !== 8 || bytes[start]! > 0x78) return false
  return (bytes[start]! * 256 + bytes[start + 1]!) % 31 === 0 && (bytes[start + 1]! & 0x20) === 0
}

/** A stream of less is of one block, the last. */
const leastBlocks = 1024
/** So many bytes for one are what text is packed to at most, but for the same over and over. */
const mostGain = 200

/**
 * RFC 7932, 9.1 and 9.2: a window of 4 or of 16 MiB, the defaults of libraries and of the command, and in front of a first block a
 * length that the bytes behind it can come to.
 */
function mayBeBrotli(bytes: Uint8Array, start: number, end: number): boolean {
  const [length, window] = [end - start, bytes[start]! & 0x0f]
  if (length < 8 || (window !== 0x0b && window !== 0x0f) || isText(bytes, start, end)) return false
  const bits = new BitReader(bytes, start, end, 4)
  const isLast = bits.next(1) === 1
  if (!isLast && length < leastBlocks) return false
  if (isLast && bits.next(1) === 1) return false
  const nibbles = bits.next(2) + 4
  if (nibbles > 6) return false
  const unpacked = bits.next(4 * nibbles) + 1
  if (nibbles > 4 && unpacked >>> (4 * (nibbles - 1)) === 0) return false
  return !isLast || (unpacked > length / 2 - 16 && unpacked < length * mostGain)
}

function mayBeRawDeflate(bytes: Uint8Array, start: number, end: number): boolean {
  const kind = (bytes[start]! >>> 1) & 3
  if (end - start < 8 || kind === 0 || kind === 3 || isText(bytes, start, end)) return false
  return kind === 1 ? mayBeFixed(bytes, start, end) : mayBeDynamic(bytes, start, end)
}

/** Bits of bytes, the lowest of each first; 0 behind the end. */
class BitReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number

  /** @param skip bits of the first byte that were read */
  constructor(bytes: Uint8Array, start: number, end: number, skip: number) {
    this.#bytes = bytes
    this.#at = 8 * start + skip
    this.#end = 8 * end
  }

  get left(): number {
    return this.#end - this.#at
  }

  next(count: number): number {
    let value = 0
    for (let bit = 0; bit < count; bit++, this.#at++) {
      if (this.#at < this.#end) value |= ((this.#bytes[this.#at >>> 3]! >>> (this.#at & 7)) & 1) << bit
    }
    return value
  }

  /** The bits of a code of Huffman, the highest first. */
  code(count: number, before = 0): number {
    let value = before
    for (let bit = 0; bit < count; bit++) value = (value << 1) | this.next(1)
    return value
  }
}

/** So many literals and copies that fit say that a block is one. */
const enoughSymbols = 48

/** RFC 1951, 3.2.6: a copy from before the beginning, which other bytes soon make, is none. */
function mayBeFixed(bytes: Uint8Array, start: number, end: number): boolean {
  const bits = new BitReader(bytes, start, end, 3)
  for (let count = 0, length = 0; count < enoughSymbols; count++) {
    if (bits.left <= 0) return false
    const seven = bits.code(7)
    if (seven > 0x17) {
      const eight = bits.code(1, seven)
      if (eight >= 0xc8) bits.code(1)
      // 286 and 287 stand for nothing.
      if (eight >= 0xc6 && eight < 0xc8) return false
      if (eight < 0xc0 || eight >= 0xc8) {
        length++
        continue
      }
      length += copyLength(eight - 0xc0 + 280, bits)
    } else if (seven === 0) {
      return bits.left >= 0 && bits.left < 8
    } else {
      length += copyLength(256 + seven, bits)
    }
    const distance = bits.code(5)
    if (distance > 29) return false
    const extra = distance < 4 ? 0 : (distance >> 1) - 1
    const from = distance < 4 ? distance + 1 : ((2 + (distance & 1)) << extra) + 1 + bits.next(extra)
    if (from > length) return false
  }
  return true
}

/** RFC 1951, 3.2.5. */
function copyLength(code: number, bits: BitReader): number {
  if (code === 285) return 258
  if (code < 265) return code - 254
  const extra = (code - 261) >> 2
  return ((4 + ((code - 261) & 3)) << extra) + 3 + bits.next(extra)
}

/** Of the codes for lengths of codes, in the order in which they are written (RFC 1951, 3.2.7). */
function mayBeDynamic(bytes: Uint8Array, start: number, end: number): boolean {
  const bits = new BitReader(bytes, start, end, 3)
  if (bits.next(5) > 29 || bits.next(5) > 29) return false
  let room = 128
  for (let left = bits.next(4) + 4; left > 0; left--) {
    const length = bits.next(3)
    if (length > 0) room -= 128 >> length
  }
  return room === 0
}
