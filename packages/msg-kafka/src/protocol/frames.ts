import { maxFrameBytes } from './headers.ts'
import { ProtocolError } from './protocol-error.ts'

/**
 * Cuts a stream of bytes into frames: int32 size, then so many bytes. A frame that arrives in one chunk is a view into it;
 * one that arrives in pieces is put together once, whatever their number.
 */
export class FrameSplitter {
  /** The pieces of the unfinished frame, its size among them. */
  #pieces: Buffer[] = []
  #held = 0
  /** Bytes of the unfinished frame with its size; unknown before the first four came. */
  #wanted = 4

  /** Bytes of a frame that has not ended. */
  get held(): number {
    return this.#held
  }

  /**
   * The frames that end in this chunk, without their size, borrowed.
   *
   * @throws ProtocolError `invalid` for a negative size, `too_large` for one above {@link maxFrameBytes}
   */
  *push(chunk: Uint8Array): Generator<Buffer> {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    while (rest.length > 0) {
      if (this.#held === 0 && rest.length >= 4) {
        const end = 4 + frameSize(rest)
        if (rest.length >= end) {
          yield rest.subarray(4, end)
          rest = rest.subarray(end)
          continue
        }
        this.#wanted = end
      }
      const piece = rest.subarray(0, this.#wanted - this.#held)
      rest = rest.subarray(piece.length)
      this.#pieces.push(piece)
      this.#held += piece.length
      if (this.#held < this.#wanted) continue
      const joined = Buffer.concat(this.#pieces)
      if (this.#wanted === 4) {
        this.#pieces = [joined]
        this.#wanted = 4 + frameSize(joined)
        if (this.#wanted > 4) continue
      }
      this.#pieces = []
      this.#held = 0
      this.#wanted = 4
      yield joined.subarray(4)
    }
  }
}

function frameSize(bytes: Buffer): number {
  const size = bytes.readInt32BE(0)
  if (size < 0) throw new ProtocolError('invalid', `read a frame: size ${size} is negative`)
  if (size > maxFrameBytes) {
    throw new ProtocolError('too_large', `read a frame: size ${size} exceeds ${maxFrameBytes} bytes`)
  }
  return size
}
