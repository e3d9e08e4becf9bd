import { corrupt, overLimit } from './limit.ts'

/*
 * An LZ4 block is a row of sequences, the last of which has literals only:
 *
 *     token: high 4 bits literal length, low 4 bits match length - 4
 *     literal length, continued where it is 15: bytes that are added up, until one is not 255
 *     literals
 *     uint16 little endian: how far back the match begins, 1 to 65535
 *     match length, continued where it is 15, in the same way
 *
 * See https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md.
 */

/** What is decompressed so far: matches reach back into it. */
export interface Lz4Output {
  bytes: Uint8Array
  length: number
  readonly maxBytes: number
}

/** Makes room for `count` more bytes. @throws DriverError `too_large` above the limit */
export function reserve(output: Lz4Output, count: number): void {
  const needed = output.length + count
  if (needed <= output.bytes.length) return
  if (needed > output.maxBytes) throw overLimit('lz4', output.maxBytes)
  const larger = new Uint8Array(Math.min(Math.max(needed, output.bytes.length * 2, 1_024), output.maxBytes))
  larger.set(output.bytes.subarray(0, output.length))
  output.bytes = larger
}

/** Appends what a block stands for. @throws DriverError `protocol` for bytes that are not a block, `too_large` above the limit */
export function decompressBlock(block: Uint8Array, output: Lz4Output): void {
  const end = block.length
  let at = 0
  while (at < end) {
    const token = block[at++]!
    let literals = token >>> 4
    if (literals === 15) {
      let more: number | undefined
      do {
        more = block[at++]
        if (more === undefined) throw endsEarly()
        literals += more
      } while (more === 255)
    }
    if (literals > end - at) throw endsEarly()
    reserve(output, literals)
    output.bytes.set(block.subarray(at, at + literals), output.length)
    output.length += literals
    at += literals
    if (at === end) return
    if (at + 2 > end) throw endsEarly()
    const distance = block[at]! | (block[at + 1]! << 8)
    at += 2
    if (distance === 0 || distance > output.length) {
      throw corrupt('lz4', `a match begins ${distance} bytes back, ${output.length} are there`)
    }
    let match = token & 15
    if (match === 15) {
      let more: number | undefined
      do {
        more = block[at++]
        if (more === undefined) throw endsEarly()
        match += more
      } while (more === 255)
    }
    match += minMatch
    reserve(output, match)
    copyMatch(output, distance, match)
  }
  throw endsEarly()
}

/** A match may reach into what it makes itself: then the copied part doubles until it is long enough. */
function copyMatch(output: Lz4Output, distance: number, length: number): void {
  const { bytes } = output
  const start = output.length
  const from = start - distance
  for (let done = 0; done < length;) {
    const step = Math.min(distance + done, length - done)
    bytes.copyWithin(start + done, from, from + step)
    done += step
  }
  output.length += length
}

function endsEarly() {
  return corrupt('lz4', 'a block ends inside a sequence')
}

const minMatch = 4
/** No match begins in the last 12 bytes of a block, and the last 5 bytes are literals: decoders rely on it. */
const lastMatchBegin = 12
const lastLiterals = 5
const hashBits = 12

/**
 * A block of at most 65,536 bytes: greedy, one candidate a position, the match length where it ends first.
 *
 * @returns the block, or undefined where it would not be shorter than the input
 */
export function compressBlock(input: Uint8Array): Uint8Array | undefined {
  const out = Buffer.allocUnsafe(input.length)
  const table = new Int32Array(1 << hashBits).fill(-1)
  const lastBegin = input.length - lastMatchBegin
  const lastEnd = input.length - lastLiterals
  let written = 0
  let anchor = 0
  let at = 0
  while (at <= lastBegin) {
    const sequence = word(input, at)
    const slot = Math.imul(sequence, 0x9e37_79b1) >>> (32 - hashBits)
    const candidate = table[slot]!
    table[slot] = at
    if (candidate < 0 || word(input, candidate) !== sequence) {
      // What does not compress is passed over in growing steps.
      at += 1 + ((at - anchor) >>> 6)
      continue
    }
    let length = minMatch
    while (at + length < lastEnd && input[candidate + length] === input[at + length]) length++
    if (written + sequenceBytes(at - anchor, length) > out.length) return undefined
    written = writeLiterals(out, written, input.subarray(anchor, at), length - minMatch)
    written = out.writeUInt16LE(at - candidate, written)
    if (length - minMatch >= 15) written = writeLength(out, written, length - minMatch - 15)
    at += length
    anchor = at
  }
  if (written + sequenceBytes(input.length - anchor, 0) > out.length) return undefined
  written = writeLiterals(out, written, input.subarray(anchor), 0)
  return written < input.length ? out.subarray(0, written) : undefined
}

/** The most that a sequence takes. */
function sequenceBytes(literals: number, match: number): number {
  return literals + Math.floor(literals / 255) + Math.floor(match / 255) + 5
}

function writeLiterals(out: Buffer, at: number, literals: Uint8Array, match: number): number {
  out[at] = (Math.min(literals.length, 15) << 4) | Math.min(match, 15)
  const begin = literals.length >= 15 ? writeLength(out, at + 1, literals.length - 15) : at + 1
  out.set(literals, begin)
  return begin + literals.length
}

function writeLength(out: Buffer, at: number, length: number): number {
  let rest = length
  let next = at
  for (; rest >= 255; rest -= 255) out[next++] = 255
  out[next++] = rest
  return next
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
