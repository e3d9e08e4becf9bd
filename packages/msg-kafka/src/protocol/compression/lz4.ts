import { corrupt, overLimit } from './limit.ts'
import { compressBlock, decompressBlock, reserve, type Lz4Output } from './lz4-block.ts'
import { xxhash32 } from './xxhash32.ts'

/*
 * An LZ4 frame, numbers little endian:
 *
 *     uint32 magic 184d2204
 *     FLG: bits 7-6 version = 1, 5 independent blocks, 4 block checksums, 3 content size, 2 content checksum, 0 dictionary
 *     BD: bits 6-4 largest block: 4 to 7 for 64 KiB, 256 KiB, 1 MiB, 4 MiB
 *     [uint64 content size] [uint32 dictionary id] | header checksum: second byte of xxHash32 of FLG to here
 *     per block: uint32 length, bit 31 set for a block that is not compressed | block | [uint32 checksum]
 *     uint32 0 | [uint32 content checksum]
 *
 * See https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md. Written here and not taken from a package: those in
 * JavaScript do not check what they read (the package's README tells more), and native ones cannot be loaded under Node's
 * permission model.
 */

const frameMagic = 0x184d_2204
/** Sixteen numbers from here on stand for frames that a reader passes over. */
const skippableMagic = 0x184d_2a50
const notCompressed = 0x8000_0000

const flags = {
  version: 0x40,
  independent: 0x20,
  blockChecksum: 0x10,
  contentSize: 8,
  contentChecksum: 4,
  dictionary: 1,
}
/** 64 KiB, as the Java client's default. */
const blockSizeCode = 4
const blockBytes = 65_536

/** One frame of independent blocks of 64 KiB without checksums, as the Java client writes it; the batch has its own checksum. */
export function compressLz4(bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(7)
  header.writeUInt32LE(frameMagic)
  header[4] = flags.version | flags.independent
  header[5] = blockSizeCode << 4
  header[6] = (xxhash32(header.subarray(4, 6)) >>> 8) & 0xff
  const parts: Uint8Array[] = [header]
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const input = bytes.subarray(at, at + blockBytes)
    const block = compressBlock(input)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(block === undefined ? (notCompressed | input.length) >>> 0 : block.length)
    parts.push(length, block ?? input)
  }
  parts.push(Buffer.alloc(4))
  return Buffer.concat(parts)
}

/**
 * Reads frames, one after the other, and verifies every checksum that is there.
 *
 * @throws DriverError `protocol` for bytes that are not LZ4 frames, or that need a dictionary, `too_large` above the limit
 */
export function decompressLz4(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const output: Lz4Output = {
    bytes: new Uint8Array(Math.min(input.length * 3, maxOutputBytes)),
    length: 0,
    maxBytes: maxOutputBytes,
  }
  let at = 0
  while (at < input.length) {
    const magic = uint32(input, at)
    if (magic >= skippableMagic && magic < skippableMagic + 16) at += 8 + uint32(input, at + 4)
    else if (magic === frameMagic) at = readFrame(input, at + 4, output)
    else throw corrupt('lz4', `no frame begins at byte ${at}`)
  }
  if (at > input.length) throw endsEarly()
  return output.bytes.subarray(0, output.length)
}

interface Descriptor {
  readonly flag: number
  readonly maxBlock: number
  readonly contentSize: bigint | undefined
  readonly next: number
}

function readFrame(input: Buffer, start: number, output: Lz4Output): number {
  const { flag, maxBlock, contentSize, next } = readDescriptor(input, start)
  const before = output.length
  if (contentSize !== undefined && contentSize > BigInt(output.maxBytes - before))
    throw overLimit('lz4', output.maxBytes)
  let at = next
  for (;;) {
    const head = uint32(input, at)
    at += 4
    if (head === 0) break
    const length = head & ~notCompressed
    if (length > maxBlock)
      throw corrupt('lz4', `a block of ${length} bytes at byte ${at}, its frame allows ${maxBlock}`)
    if (length > input.length - at) throw endsEarly()
    const block = input.subarray(at, at + length)
    at += length
    if ((flag & flags.blockChecksum) !== 0) {
      verify(input, at, block, 'block')
      at += 4
    }
    if (head >= notCompressed) append(output, block)
    else decompressBlock(block, output)
  }
  const content = output.bytes.subarray(before, output.length)
  if (contentSize !== undefined && contentSize !== BigInt(content.length)) {
    throw corrupt('lz4', `a frame of ${content.length} bytes says that it has ${contentSize}`)
  }
  if ((flag & flags.contentChecksum) === 0) return at
  verify(input, at, content, 'frame')
  return at + 4
}

function readDescriptor(input: Buffer, start: number): Descriptor {
  const flag = input[start]
  const size = input[start + 1]
  if (flag === undefined || size === undefined) throw endsEarly()
  if (flag >>> 6 !== 1) throw corrupt('lz4', `the frame has version ${flag >>> 6}, expected 1`)
  if ((flag & flags.dictionary) !== 0) throw corrupt('lz4', 'the frame needs a dictionary')
  const sizeCode = (size >>> 4) & 7
  if (sizeCode < 4) throw corrupt('lz4', `the frame has the block size ${sizeCode}, expected 4 to 7`)
  const sized = (flag & flags.contentSize) !== 0
  const end = start + (sized ? 10 : 2)
  const checksum = input[end]
  if (checksum === undefined) throw endsEarly()
  // Kafka before 0.10 took the magic number into the checksum.
  const expected = [start, start - 4].map((from) => (xxhash32(input.subarray(from, end)) >>> 8) & 0xff)
  if (!expected.includes(checksum)) throw corrupt('lz4', 'the checksum of a frame header does not match')
  return {
    flag,
    maxBlock: 1 << (2 * sizeCode + 8),
    contentSize: sized ? input.readBigUInt64LE(start + 2) : undefined,
    next: end + 1,
  }
}

function append(output: Lz4Output, block: Uint8Array): void {
  reserve(output, block.length)
  output.bytes.set(block, output.length)
  output.length += block.length
}

function verify(input: Buffer, at: number, bytes: Uint8Array, what: string): void {
  if (uint32(input, at) !== xxhash32(bytes)) throw corrupt('lz4', `the checksum of a ${what} does not match`)
}

function uint32(input: Buffer, at: number): number {
  if (at + 4 > input.length) throw endsEarly()
  return input.readUInt32LE(at)
}

function endsEarly() {
  return corrupt('lz4', 'the bytes end inside a frame')
}
