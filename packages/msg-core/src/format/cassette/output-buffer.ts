import { U32_MAX } from './limits.ts'

/** First size of an output buffer: a few entries of ordinary size. */
const INITIAL_BYTES = 4096

/** A growing run of bytes that an encoder writes into; `bytes[0, length)` is what was written. */
export class OutputBuffer {
  bytes: Buffer
  length = 0

  constructor(initialBytes: number = INITIAL_BYTES) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes)
  }

  /** Makes room for `count` more bytes; what was written is kept. `bytes` may be another array afterwards. */
  reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    if (needed > U32_MAX) throw new RangeError(`encode: ${needed} bytes, more than ${U32_MAX} can be held`)
    const grown = Buffer.allocUnsafeSlow(Math.min(U32_MAX, Math.max(needed, this.bytes.length * 2)))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  /** The bytes written so far, borrowed: the next write may change or move them. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  /** Forgets what was written, keeps the memory. */
  clear(): void {
    this.length = 0
  }
}
