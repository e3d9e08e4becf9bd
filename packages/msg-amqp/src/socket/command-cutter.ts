import { defaultMaxFrameBytes, frameOverheadBytes } from '../protocol/index.ts'
import { encodeStored, hasContent, storedReader } from './stored.ts'

/** Takes a command as an entry keeps it; `stored` is borrowed, and another command's after the call. */
export type TakeStored = (channel: number, stored: Buffer) => void

const [methodFrame, headerFrame, bodyFrame] = [1, 2, 3]
const frameEnd = 0xce
const headBytes = frameOverheadBytes - 1
/** Least of a method: its class and number. Least of a content header: class, weight, body size, flags. */
const [leastMethod, leastHeader] = [4, 14]

/**
 * Cuts one direction of a connection into stored commands, as {@link storedReader} does with `encodeStored` behind it. Commands
 * whose frames are whole in what is fed, one behind another, are nearly all: they are copied once from where they stand.
 *
 * @throws DriverError `protocol` for bytes that are not AMQP 0-9-1
 */
export function commandCutter(take: TakeStored): (bytes: Uint8Array) => void {
  const reader = storedReader()
  let scratch = Buffer.allocUnsafeSlow(4_096)

  const roomFor = (bytes: number): Buffer => {
    if (bytes > scratch.length) scratch = Buffer.allocUnsafeSlow(bytes * 2)
    return scratch
  }

  /** Takes whole commands from a place on; gives the place of the first that is not whole there, or not plain. */
  const cut = (bytes: Buffer, from: number): number => {
    for (let at = from; ;) {
      if (bytes[at] !== methodFrame) return at
      const methodEnd = endOf(bytes, at)
      const methodBytes = methodEnd - at - headBytes
      if (methodBytes < leastMethod) return at
      if (!hasContent(u32(bytes, at + headBytes))) {
        const out = roomFor(8 + methodBytes)
        putU32(out, 0, methodBytes)
        copy(bytes, at + headBytes, methodEnd, out, 4)
        putU32(out, 4 + methodBytes, 0)
        take(u16(bytes, at + 1), out.subarray(0, 8 + methodBytes))
        at = methodEnd + 1
        continue
      }
      const end = contentEnd(bytes, methodEnd + 1, u16(bytes, at + 1))
      if (end < 0) return at
      const out = roomFor(end - at)
      putU32(out, 0, methodBytes)
      copy(bytes, at + headBytes, methodEnd, out, 4)
      let filled = 4 + methodBytes
      const headerEnd = endOf(bytes, methodEnd + 1)
      putU32(out, filled, headerEnd - methodEnd - 1 - headBytes)
      filled += 4
      for (let frame = methodEnd + 1; frame < end;) {
        const last = endOf(bytes, frame)
        copy(bytes, frame + headBytes, last, out, filled)
        filled += last - frame - headBytes
        frame = last + 1
      }
      take(u16(bytes, at + 1), out.subarray(0, filled))
      at = end
    }
  }

  return (chunk) => {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let at = 0; at < bytes.length;) {
      if (!reader.isWithin) {
        const next = cut(bytes, at)
        reader.skip(next - at)
        at = next
        if (at === bytes.length) return
      }
      const end = Math.min(bytes.length, at + reader.neededBytes)
      for (const command of reader.feed(bytes.subarray(at, end))) take(command.channel, encodeStored(command))
      at = end
    }
  }
}

/** Where the end byte of the frame at a place is; -1 where it is not whole. */
function endOf(bytes: Buffer, at: number): number {
  if (at + headBytes > bytes.length) return -1
  const size = u32(bytes, at + 3)
  const end = at + headBytes + size
  return end < bytes.length && bytes[end] === frameEnd && size + frameOverheadBytes <= defaultMaxFrameBytes ? end : -1
}

/** Where a content whose header begins at a place ends; -1 where it is not whole, or not frame behind frame of its channel. */
function contentEnd(bytes: Buffer, header: number, channel: number): number {
  if (bytes[header] !== headerFrame || u16(bytes, header + 1) !== channel) return -1
  const headerEnd = endOf(bytes, header)
  const payload = header + headBytes
  if (headerEnd - payload < leastHeader || u32(bytes, payload + 4) !== 0) return -1
  let left = u32(bytes, payload + 8)
  let at = headerEnd + 1
  while (left > 0) {
    if (bytes[at] !== bodyFrame || u16(bytes, at + 1) !== channel) return -1
    const end = endOf(bytes, at)
    if (end < 0) return -1
    left -= end - at - headBytes
    at = end + 1
  }
  return left === 0 ? at : -1
}

/** Up to so many bytes a loop takes less than a view. */
const loopBytes = 96

function copy(from: Buffer, start: number, end: number, to: Buffer, at: number): void {
  if (end - start > loopBytes) from.copy(to, at, start, end)
  else for (let index = start; index < end; index++) to[at + index - start] = from[index]!
}

function u16(bytes: Buffer, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

function u32(bytes: Buffer, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

function putU32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
