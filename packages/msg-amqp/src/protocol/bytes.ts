import { isUtf8 } from 'node:buffer'
import { DriverError } from '@x07-lab/msg-core'
import { shortAscii } from '@x07-lab/msg-core/format'

/** A string of the wire: text where it is UTF-8, else its bytes, borrowed. AMQP 0-9-1 sets no character set for them. */
export type Text = string | Uint8Array

/** Names, routing keys and other short strings have an octet for their length. */
export const shortStringMaxBytes = 255

/** Bytes that are not AMQP 0-9-1, or a value that AMQP 0-9-1 cannot carry. */
export function malformed(message: string): DriverError {
  return new DriverError('protocol', message)
}

/** Reads big-endian values one after the other, and never past the end. Byte results borrow from `bytes`. */
export class ByteReader {
  readonly bytes: Buffer
  /** The next byte to be read. */
  at: number
  readonly #what: string

  /** @param what what the bytes are, for messages: `message headers` */
  constructor(bytes: Buffer, what: string, at = 0) {
    this.bytes = bytes
    this.#what = what
    this.at = at
  }

  get done(): boolean {
    return this.at >= this.bytes.length
  }

  /**
   * Moves past `size` bytes and gives where they start.
   *
   * @throws DriverError `protocol` where fewer are left
   */
  skip(size: number): number {
    const start = this.at
    if (size > this.bytes.length - start) {
      throw malformed(
        `read ${this.#what}: cut off at byte ${start}, ${size} bytes expected, ${this.bytes.length - start} left`,
      )
    }
    this.at = start + size
    return start
  }

  u8(): number {
    return this.bytes[this.skip(1)] ?? 0
  }

  u16(): number {
    return this.bytes.readUInt16BE(this.skip(2))
  }

  u32(): number {
    return this.bytes.readUInt32BE(this.skip(4))
  }

  u64(): bigint {
    return this.bytes.readBigUInt64BE(this.skip(8))
  }

  take(size: number): Buffer {
    const start = this.skip(size)
    return this.bytes.subarray(start, this.at)
  }

  shortString(): Text {
    const start = this.skip(this.u8())
    const text = shortAscii(this.bytes, start, this.at)
    return text ?? textOf(this.bytes.subarray(start, this.at))
  }

  longBytes(): Buffer {
    return this.take(this.u32())
  }

  /** @throws DriverError `protocol` where bytes are left */
  end(): void {
    const left = this.bytes.length - this.at
    if (left > 0) throw malformed(`read ${this.#what}: ${left} bytes too many from byte ${this.at}`)
  }
}

/** Text where the bytes are UTF-8, else the bytes themselves. */
export function textOf(bytes: Buffer): Text {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes
}

/** Writes big-endian values one after the other into memory that grows. */
export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor(initialBytes = 256) {
    this.#bytes = Buffer.allocUnsafe(initialBytes)
  }

  get length(): number {
    return this.#length
  }

  u8(value: number): void {
    // Room first: it may replace the memory.
    const at = this.#room(1)
    this.#bytes[at] = value
  }

  u16(value: number): void {
    const at = this.#room(2)
    this.#bytes.writeUInt16BE(value, at)
  }

  u32(value: number): void {
    const at = this.#room(4)
    this.#bytes.writeUInt32BE(value, at)
  }

  u64(value: bigint): void {
    const at = this.#room(8)
    this.#bytes.writeBigUInt64BE(BigInt.asUintN(64, value), at)
  }

  f32(value: number): void {
    const at = this.#room(4)
    this.#bytes.writeFloatBE(value, at)
  }

  f64(value: number): void {
    const at = this.#room(8)
    this.#bytes.writeDoubleBE(value, at)
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** @throws DriverError `protocol` for more than 255 bytes, or text that is not well-formed Unicode */
  shortString(text: Text, what: string): void {
    const size = byteLength(text, what)
    if (size > shortStringMaxBytes) {
      throw malformed(`write ${what}: ${size} bytes, a short string has at most ${shortStringMaxBytes}`)
    }
    this.u8(size)
    this.#text(text, size)
  }

  /** @throws DriverError `protocol` for text that is not well-formed Unicode */
  longString(text: Text, what: string): void {
    const size = byteLength(text, what)
    this.u32(size)
    this.#text(text, size)
  }

  /** Writes a 32 bit length in front of whatever `content` writes. */
  sized(content: () => void): void {
    const at = this.#room(4)
    content()
    this.#bytes.writeUInt32BE(this.#length - at - 4, at)
  }

  /** What was written so far; borrowed until the next write. */
  result(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #text(text: Text, size: number): void {
    const at = this.#room(size)
    if (typeof text === 'string') this.#bytes.write(text, at, size, 'utf8')
    else this.#bytes.set(text, at)
  }

  /** Makes room for `size` bytes and gives where it starts. */
  #room(size: number): number {
    const at = this.#length
    this.#length += size
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#length, this.#bytes.length * 2))
      this.#bytes.copy(grown, 0, 0, at)
      this.#bytes = grown
    }
    return at
  }
}

function byteLength(text: Text, what: string): number {
  if (typeof text !== 'string') return text.length
  if (!text.isWellFormed()) throw malformed(`write ${what}: the text is not well-formed Unicode`)
  return Buffer.byteLength(text)
}
