import { readU32 } from '../data-model/u32.ts'
import { LARGE_FRAME_BYTES, readFully } from './frame-walk.ts'
import { RrError } from './rr-error.ts'

/** Read ahead where reading goes on behind a chunk that was read before. */
const SEQUENTIAL_BYTES = 256 * 1024

/** Read around an entry that is asked for out of order. */
const RANDOM_BYTES = 16 * 1024

/** Chunks kept: a few lanes that are served at different places of the file. */
const CHUNKS = 8

interface Chunk {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
}

const nothing: Chunk = { start: 0, end: 0, bytes: new Uint8Array(0) }

/**
 * Serves frames of a file from a few recently read chunks. A chunk's memory is never written again, so what was handed
 * out stays good for as long as it is held; unless the cache is told to use it again, for who looks at each entry once.
 */
export class ChunkCache {
  readonly #fd: number
  #size: number
  readonly #reuses: boolean
  // Most recently loaded last; the one in use is tried first.
  readonly #chunks: Chunk[] = []
  #current: Chunk = nothing

  /** @param reuses whether what was handed out may be written over once seven other chunks were read */
  constructor(fd: number, size: number, reuses = false) {
    this.#fd = fd
    this.#size = size
    this.#reuses = reuses
  }

  /** The file is longer now. */
  grow(size: number): void {
    this.#size = size
  }

  /**
   * The payload of the frame in `[offset, end)` of the file, borrowed.
   *
   * @throws RrError 2002 where the file no longer holds a frame of that length there
   */
  frame(offset: number, end: number, index: number, name: string): Uint8Array {
    let chunk = this.#current
    if (offset < chunk.start || end > chunk.end) {
      chunk = this.#chunks.find((other) => offset >= other.start && end <= other.end) ?? this.#load(offset, end)
      if (chunk.bytes.length <= LARGE_FRAME_BYTES) this.#current = chunk
    }
    const at = offset - chunk.start
    if (readU32(chunk.bytes, at) !== end - offset - 4) {
      const message = `read entry ${index} of cassette "${name}" at byte ${offset}: the file has changed since it was opened`
      throw new RrError(2002, message, { offset, entry: index })
    }
    return chunk.bytes.subarray(at + 4, end - chunk.start)
  }

  /** Lets go of all chunks; what was handed out stays good, unless the cache uses its memory again. */
  clear(): void {
    this.#chunks.length = 0
    this.#current = nothing
  }

  #load(offset: number, end: number): Chunk {
    // Several lanes may be read on at once, each in its order and at its own place, stepping over the entries of others.
    const goesOn =
      offset === 0 || this.#chunks.some((chunk) => offset > chunk.start && offset <= chunk.end + RANDOM_BYTES)
    const window = goesOn ? SEQUENTIAL_BYTES : RANDOM_BYTES
    const length = Math.min(Math.max(window, end - offset), this.#size - offset)
    const bytes = this.#room(length)
    readFully(this.#fd, bytes, 0, length, offset)
    const chunk = { start: offset, end: offset + length, bytes }
    // A large entry is its reader's alone: eight of them would be held otherwise.
    if (length > LARGE_FRAME_BYTES) return chunk
    this.#chunks.push(chunk)
    if (this.#chunks.length > CHUNKS) this.#chunks.shift()
    return chunk
  }

  #room(length: number): Uint8Array {
    const [oldest] = this.#chunks
    if (!this.#reuses || this.#chunks.length < CHUNKS || length > SEQUENTIAL_BYTES) return unfilled(length)
    this.#chunks.shift()
    const { buffer } = oldest!.bytes
    return buffer.byteLength < length
      ? unfilled(SEQUENTIAL_BYTES).subarray(0, length)
      : new Uint8Array(buffer, 0, length)
  }
}

/** Memory that is not filled with zeros: it is read into at once, or never handed out. */
function unfilled(length: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
}
