import { readSync } from 'node:fs'

import { readU32 } from '../data-model/u32.ts'
import { errorCode } from './open-file.ts'
import { RrError } from './rr-error.ts'

/** Bytes read at a time while a file is walked; a file no larger is read whole and may be kept. */
const CHUNK_BYTES = 1024 * 1024

/** A frame from this size on is not read, but handed on by its place. */
export const LARGE_FRAME_BYTES = 8 * 1024 * 1024

/** Called for each whole frame: its payload is `bytes[start, end)`, good until the call returns. */
export type FrameVisitor = (bytes: Uint8Array, start: number, end: number, frameOffset: number, index: number) => void

/** Called in place of {@link FrameVisitor} for a frame too large to be held: its payload is `[start, end)` of the file. */
export type LargeVisitor = (start: number, end: number, frameOffset: number, index: number) => void

/** Where and why the frames end before the file does. */
export interface Tear {
  readonly offset: number
  readonly entry: number
  readonly problem: string
}

/** Outcome of a walk. `whole` holds the file's bytes where it fitted one chunk. */
export interface FrameWalk {
  readonly frames: number
  readonly tear: Tear | undefined
  readonly whole: Uint8Array | undefined
}

/**
 * Walks over the frames of a file, `u32 length, payload` each, in large chunks and one buffer. A length that claims more
 * than the file holds is a tear, told before anything is allocated for it; a frame from `largeBytes` on is not read at all.
 *
 * @throws RrError 2002 where the file ends before the size it had; and whatever `visit` throws
 */
export function walkFrames(
  fd: number,
  size: number,
  visit: FrameVisitor,
  visitLarge: LargeVisitor,
  options: {
    readonly chunkBytes?: number
    /** Memory to read into, for who walks often; in place of `chunkBytes`. */
    readonly buffer?: Uint8Array<ArrayBuffer> | undefined
    readonly largeBytes?: number
    /** The frame to begin with; default the first of the file. */
    readonly from?: { readonly offset: number; readonly entry: number }
    /** Frames at most; default all. */
    readonly frames?: number
  } = {},
): FrameWalk {
  const { largeBytes = LARGE_FRAME_BYTES, from, frames = Number.POSITIVE_INFINITY } = options
  const chunkBytes = options.buffer?.length ?? options.chunkBytes ?? CHUNK_BYTES
  const fits = size <= chunkBytes
  let buffer = fits ? new Uint8Array(size) : (options.buffer ?? new Uint8Array(chunkBytes))
  let base = from?.offset ?? 0
  let filled = readFully(fd, buffer, 0, Math.min(buffer.length, size - base), base)
  let at = 0
  let index = from?.entry ?? 0
  const end = index + frames
  while (base + at < size && index < end) {
    const left = size - base - at
    if (left < 4) return { frames: index, tear: tornHeader(base + at, index, left), whole: fits ? buffer : undefined }
    if (filled - at < 4) {
      ;[buffer, filled] = refill(fd, size, buffer, base, at, 4)
      base += at
      at = 0
    }
    const length = readU32(buffer, at)
    if (length > left - 4) {
      return { frames: index, tear: tornPayload(base + at, index, length, left - 4), whole: fits ? buffer : undefined }
    }
    if (length >= largeBytes && !fits) {
      visitLarge(base + at + 4, base + at + 4 + length, base + at, index++)
      base += at + 4 + length
      at = 0
      filled = readFully(fd, buffer, 0, Math.min(buffer.length, size - base), base)
      continue
    }
    if (filled - at < 4 + length) {
      ;[buffer, filled] = refill(fd, size, buffer, base, at, 4 + length)
      base += at
      at = 0
    }
    visit(buffer, at + 4, at + 4 + length, base + at, index)
    at += 4 + length
    index++
  }
  return { frames: index, tear: undefined, whole: fits ? buffer : undefined }
}

// Moves the rest of the buffer to its front and reads on behind it. Grows only for a frame that the file really holds.
function refill(
  fd: number,
  size: number,
  buffer: Uint8Array<ArrayBuffer>,
  base: number,
  at: number,
  needed: number,
): [buffer: Uint8Array<ArrayBuffer>, filled: number] {
  const kept = Math.min(buffer.length, size - base) - at
  const target = needed > buffer.length ? new Uint8Array(needed) : buffer
  target.set(buffer.subarray(at, at + kept))
  const wanted = Math.min(target.length - kept, size - base - at - kept)
  return [target, kept + readFully(fd, target, kept, wanted, base + at + kept)]
}

/** Reads exactly `length` bytes. @throws RrError 2002 where the file ends before or cannot be read */
export function readFully(fd: number, target: Uint8Array, at: number, length: number, position: number): number {
  let done = 0
  while (done < length) {
    const count = readSome(fd, target, at + done, length - done, position + done)
    if (count === 0) {
      throw new RrError(2002, `read cassette: it ends at byte ${position + done}, it was longer when it was opened`, {
        offset: position + done,
      })
    }
    done += count
  }
  return done
}

function readSome(fd: number, target: Uint8Array, at: number, length: number, position: number): number {
  try {
    return readSync(fd, target, at, length, position)
  } catch (cause) {
    throw new RrError(2002, `read cassette at byte ${position}: ${errorCode(cause)}`, { offset: position, cause })
  }
}

function tornHeader(offset: number, entry: number, left: number): Tear {
  return { offset, entry, problem: `${left} of the 4 bytes of a frame length are there` }
}

function tornPayload(offset: number, entry: number, length: number, left: number): Tear {
  return { offset, entry, problem: `a frame of ${length} bytes is announced, ${left} are there` }
}
