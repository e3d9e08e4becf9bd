import { readU32 } from './u32.ts'
import { KIND_BOOL, KIND_MAP, KIND_NULL, KIND_NUMBER, KIND_SEQ, KIND_STRING, MAX_DEPTH } from './value.ts'

/** What {@link skipValue} gives for a value that is not well formed. */
export const MALFORMED = -1

/**
 * Walks over one value without building it. Gives the position after it, or {@link MALFORMED} where it runs past `end`,
 * has an unknown kind, or nests deeper than {@link MAX_DEPTH}.
 *
 * Counts and lengths are only ever compared with the bytes that are there: a hostile one costs nothing.
 */
export function skipValue(bytes: Uint8Array, at: number, end: number, depth = 0): number {
  if (depth > MAX_DEPTH || at >= end) return MALFORMED
  switch (bytes[at]) {
    case KIND_NULL:
      return at + 1
    case KIND_BOOL:
      return end - at < 2 ? MALFORMED : at + 2
    case KIND_NUMBER:
    case KIND_STRING:
      return skipBytes(bytes, at + 1, end)
    case KIND_SEQ:
      return skipItems(bytes, at + 1, end, depth + 1, false)
    case KIND_MAP:
      return skipItems(bytes, at + 1, end, depth + 1, true)
    default:
      return MALFORMED
  }
}

/** Walks over a length and that many bytes. */
export function skipBytes(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 4) return MALFORMED
  const length = readU32(bytes, at)
  return length > end - at - 4 ? MALFORMED : at + 4 + length
}

function skipItems(bytes: Uint8Array, at: number, end: number, depth: number, keyed: boolean): number {
  if (end - at < 4) return MALFORMED
  const count = readU32(bytes, at)
  let position = at + 4
  for (let index = 0; index < count; index++) {
    if (keyed) {
      position = skipBytes(bytes, position, end)
      if (position === MALFORMED) return MALFORMED
    }
    position = skipValue(bytes, position, end, depth)
    if (position === MALFORMED) return MALFORMED
  }
  return position
}
