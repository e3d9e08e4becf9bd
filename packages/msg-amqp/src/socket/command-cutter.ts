import {
  bodyFrame,
  defaultMaxFrameBytes,
  frameEnd,
  frameHeaderBytes,
  frameOverheadBytes,
  headerFrame,
  methodFrame,
  putBytes,
  putU32,
  u16At,
  u32At,
} from '../protocol/index.ts'
import { encodeStored, hasContent, storedReader } from './stored.ts'

/** Takes a command as an entry keeps it; `stored` is borrowed, and another command's after the call. */
export type TakeStored = (channel: number, stored: Buffer) => void

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
      const methodBytes = methodEnd - at - frameHeaderBytes
      if (methodBytes < leastMethod) return at
      if (!hasContent(u32At(bytes, at + frameHeaderBytes))) {
        const out = roomFor(8 + methodBytes)
        putU32(out, 0, methodBytes)
        putBytes(out, 4, bytes, at + frameHeaderBytes, methodEnd)
        putU32(out, 4 + methodBytes, 0)
        take(u16At(bytes, at + 1), out.subarray(0, 8 + methodBytes))
        at = methodEnd + 1
        continue
      }
      const end = contentEnd(bytes, methodEnd + 1, u16At(bytes, at + 1))
      if (end < 0) return at
      const out = roomFor(end - at)
      putU32(out, 0, methodBytes)
      putBytes(out, 4, bytes, at + frameHeaderBytes, methodEnd)
      let filled = 4 + methodBytes
      const headerEnd = endOf(bytes, methodEnd + 1)
      putU32(out, filled, headerEnd - methodEnd - 1 - frameHeaderBytes)
      filled += 4
      for (let frame = methodEnd + 1; frame < end;) {
        const last = endOf(bytes, frame)
        putBytes(out, filled, bytes, frame + frameHeaderBytes, last)
        filled += last - frame - frameHeaderBytes
        frame = last + 1
      }
      take(u16At(bytes, at + 1), out.subarray(0, filled))
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
  if (at + frameHeaderBytes > bytes.length) return -1
  const size = u32At(bytes, at + 3)
  const end = at + frameHeaderBytes + size
  return end < bytes.length && bytes[end] === frameEnd && size + frameOverheadBytes <= defaultMaxFrameBytes ? end : -1
}

/** Where a content whose header begins at a place ends; -1 where it is not whole, or not frame behind frame of its channel. */
function contentEnd(bytes: Buffer, header: number, channel: number): number {
  if (bytes[header] !== headerFrame || u16At(bytes, header + 1) !== channel) return -1
  const headerEnd = endOf(bytes, header)
  const payload = header + frameHeaderBytes
  if (headerEnd - payload < leastHeader || u32At(bytes, payload + 4) !== 0) return -1
  let left = u32At(bytes, payload + 8)
  let at = headerEnd + 1
  while (left > 0) {
    if (bytes[at] !== bodyFrame || u16At(bytes, at + 1) !== channel) return -1
    const end = endOf(bytes, at)
    if (end < 0) return -1
    left -= end - at - frameHeaderBytes
    at = end + 1
  }
  return left === 0 ? at : -1
}
