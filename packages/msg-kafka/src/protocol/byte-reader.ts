import { ProtocolError } from './protocol-error.ts'

/** Reads the primitive types of the protocol, big-endian, from bytes that it borrows. @throws ProtocolError past the end */
export class ByteReader {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = at
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  int8(): number {
    return this.bytes.readInt8(this.#take(1))
  }

  int16(): number {
    return this.bytes.readInt16BE(this.#take(2))
  }

  uint16(): number {
    return this.bytes.readUInt16BE(this.#take(2))
  }

  int32(): number {
    return this.bytes.readInt32BE(this.#take(4))
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.#take(4))
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.#take(8))
  }

  float64(): number {
    return this.bytes.readDoubleBE(this.#take(8))
  }

  /** At most five bytes. */
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.#take(1)]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new ProtocolError('invalid', `read a varint at byte ${this.at}: it has more than five bytes`)
  }

  /** Zigzag, at most five bytes. */
  varint(): number {
    const value = this.uvarint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** Zigzag, at most ten bytes. */
  varlong(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.#take(1)]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
    }
    throw new ProtocolError('invalid', `read a varlong at byte ${this.at}: it has more than ten bytes`)
  }

  /** The next bytes, borrowed. */
  take(length: number): Buffer {
    const start = this.#take(length)
    return this.bytes.subarray(start, start + length)
  }

  #take(length: number): number {
    const start = this.at
    if (length < 0 || start + length > this.bytes.length) {
      throw new ProtocolError(
        'truncated',
        `read ${length} bytes at byte ${start}: ${this.bytes.length - start} bytes are left`,
      )
    }
    this.at = start + length
    return start
  }
}
