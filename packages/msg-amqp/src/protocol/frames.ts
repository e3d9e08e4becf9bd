import { malformed, type ByteWriter } from './bytes.ts'
import { putBytes, putU16, putU32, u16At, u32At } from './in-place.ts'

/**
 * A frame as it comes: payloads are not decoded, and borrow from the bytes that were fed. `protocol-header` is no frame but
 * the eight bytes with which a client begins, and with which a broker answers that it speaks another version.
 */
export type Frame =
  | { readonly type: 'method' | 'header' | 'body' | 'heartbeat'; readonly channel: number; readonly payload: Buffer }
  | { readonly type: 'protocol-header'; readonly payload: Buffer }

/** `AMQP`, protocol id 0, version 0-9-1. */
export const protocolHeader: Uint8Array = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1)

/** Bytes of a frame beside its payload: type, channel and size before it, the frame end after it. */
export const frameOverheadBytes = 8

/** The smallest frame-max that peers may agree on (AMQP 0-9-1, 1.2); frames before `tune-ok` keep to it. */
export const frameMinBytes = 4_096

/** Bytes of a frame before its payload. */
export const frameHeaderBytes = 7
export const frameEnd = 0xce
export const methodFrame = 1
export const headerFrame = 2
export const bodyFrame = 3
const heartbeatFrame = 8

const typeByCode: Readonly<Record<number, 'method' | 'header' | 'body' | 'heartbeat'>> = {
  [methodFrame]: 'method',
  [headerFrame]: 'header',
  [bodyFrame]: 'body',
  [heartbeatFrame]: 'heartbeat',
}
const codeByType = { method: methodFrame, header: headerFrame, body: bodyFrame, heartbeat: heartbeatFrame }

/** Largest frame that is read unless told otherwise: far above any frame-max in use (RabbitMQ's is 131,072). */
export const defaultMaxFrameBytes = 16 * 1_048_576

/** Cuts one direction of a connection into frames, however its bytes arrive. */
export interface FrameReader {
  /**
   * Takes the next bytes and gives the frames that are whole now.
   *
   * @throws DriverError `protocol` for bytes that are not frames, or a frame above the limit; nothing is to be read after that
   */
  feed(chunk: Uint8Array): Frame[]
  /** Bytes of a frame that is not whole yet. At the end of a connection they are a frame that was cut off. */
  readonly pendingBytes: number
}

/**
 * Frames := u8 type | u16 channel | u32 size | payload | 0xCE, in either direction, with the protocol header in front of a
 * client's. A size is checked before anything is kept for it.
 *
 * @param maxFrameBytes largest frame, its {@link frameOverheadBytes} included
 */
export function frameReader(maxFrameBytes: number = defaultMaxFrameBytes): FrameReader {
  let frames: Frame[] = []
  const cutter = frameCutter((type, channel, payload) => {
    frames.push(type === 'protocol-header' ? { type, payload } : { type, channel, payload })
  }, maxFrameBytes)
  return {
    get pendingBytes() {
      return cutter.pendingBytes
    },
    feed(chunk) {
      frames = []
      cutter.feed(chunk)
      return frames
    },
  }
}

/** Takes a frame as it comes; the payload borrows from the bytes that were fed. A protocol header has channel 0. */
export type FrameSink = (type: Frame['type'], channel: number, payload: Buffer) => void

/** As {@link FrameReader}, for who handles thousands of frames. */
export interface FrameCutter {
  feed(chunk: Uint8Array): void
  /** So many bytes behind what was fed were read elsewhere: places in errors are counted with them. Only where none are pending. */
  skip(bytes: number): void
  /** How many bytes the next frame needs before more of it is known: the rest of its head, then of the whole. */
  readonly neededBytes: number
  readonly pendingBytes: number
}

/** As {@link frameReader}; each frame is told to `sink` before `feed` returns. */
export function frameCutter(sink: FrameSink, maxFrameBytes: number = defaultMaxFrameBytes): FrameCutter {
  let chunks: Buffer[] = []
  let pending = 0
  /** What the next frame needs before it can be looked at again: chunks are joined once for a frame, not once for a chunk. */
  let wanted = frameHeaderBytes
  let offset = 0
  return {
    get pendingBytes() {
      return pending
    },
    get neededBytes() {
      return wanted - pending
    },
    skip(bytes) {
      offset += bytes
    },
    feed(chunk) {
      const fresh = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      if (fresh.length === 0) return
      if (pending > 0 || fresh.length < wanted) {
        chunks.push(fresh)
        pending += fresh.length
        if (pending < wanted) return
      }
      const bytes = chunks.length === 0 ? fresh : chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, pending)
      let at = 0
      wanted = frameHeaderBytes
      while (bytes.length - at >= frameHeaderBytes) {
        const size = frameSize(bytes, at, maxFrameBytes, offset)
        if (bytes.length - at < size) {
          wanted = size
          break
        }
        tellFrame(sink, bytes, at, size, offset)
        at += size
        offset += size
      }
      pending = bytes.length - at
      if (pending > 0) chunks = [bytes.subarray(at)]
      else if (chunks.length > 0) chunks = []
    },
  }
}

function isProtocolHeader(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x41 && bytes[at + 1] === 0x4d && bytes[at + 2] === 0x51 && bytes[at + 3] === 0x50
}

function frameSize(bytes: Buffer, at: number, maxFrameBytes: number, offset: number): number {
  if (isProtocolHeader(bytes, at)) return protocolHeader.length
  const code = bytes[at] ?? 0
  if (typeByCode[code] === undefined) {
    throw malformed(`read a frame at byte ${offset}: type ${code}, expected one of 1, 2, 3, 8`)
  }
  const size = u32At(bytes, at + 3) + frameOverheadBytes
  if (size > maxFrameBytes) {
    throw malformed(`read a frame at byte ${offset}: ${size} bytes, at most ${maxFrameBytes} are allowed`)
  }
  return size
}

function tellFrame(sink: FrameSink, bytes: Buffer, at: number, size: number, offset: number): void {
  const type = typeByCode[bytes[at]!]
  if (type === undefined) return sink('protocol-header', 0, bytes.subarray(at, at + size))
  const end = at + size - 1
  if (bytes[end] !== frameEnd) {
    const seen = (bytes[end] ?? 0).toString(16).padStart(2, '0')
    throw malformed(`read a frame at byte ${offset}: it ends with 0x${seen}, expected 0xce`)
  }
  sink(type, u16At(bytes, at + 1), bytes.subarray(at + frameHeaderBytes, end))
}

/** Writes one frame, or the protocol header. `payload` is called to write its content. */
export function writeFrame(
  writer: ByteWriter,
  type: keyof typeof codeByType,
  channel: number,
  payload: () => void,
): void {
  writer.u8(codeByType[type])
  writer.u16(channel)
  writer.sized(payload)
  writer.u8(frameEnd)
}

/** Puts a frame into memory that has room for it, its payload in `[from, to)` of `source`; gives where it ends. */
export function putFrame(
  out: Buffer,
  at: number,
  type: keyof typeof codeByType,
  channel: number,
  source: Uint8Array,
  from: number,
  to: number,
): number {
  const size = to - from
  out[at] = codeByType[type]
  putU16(out, at + 1, channel)
  putU32(out, at + 3, size)
  const start = at + frameHeaderBytes
  putBytes(out, start, source, from, to)
  out[start + size] = frameEnd
  return start + size + 1
}
