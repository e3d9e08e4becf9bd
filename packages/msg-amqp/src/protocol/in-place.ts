import { bytesAt } from '@x07-lab/msg-core/format'

// Numbers and parts of frames where they stand, for who handles thousands of them: no view is made. Nothing is checked.

export function u16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

export function u32At(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
}

export function putU16(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 8
  out[at + 1] = value
}

export function putU32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24
  out[at + 1] = value >>> 16
  out[at + 2] = value >>> 8
  out[at + 3] = value
}

/** Up to so many bytes a loop takes less than a view, or a call into Node. */
export const shortBytes = 64

/** Copies the bytes `[from, to)` of a source to a place that has room for them. */
export function putBytes(out: Uint8Array, at: number, source: Uint8Array, from: number, to: number): void {
  if (to - from > shortBytes) out.set(bytesAt(source, from, to - from), at)
  else for (let index = from; index < to; index++) out[at + index - from] = source[index]!
}
