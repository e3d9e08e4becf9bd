import { U32_MAX } from './limits.ts'

/** Largest magnitude of `err` that X07 reads; the smallest i32 is one further and cannot be read. */
const ERR_MAX = 0x7fff_ffff

/** Reads digits, leading zeros allowed; -1 where there are none, another byte, or a value above 4294967295. */
export function parseU32(bytes: Uint8Array, at: number, length: number): number {
  if (length === 0) return -1
  const end = at + length
  let value = 0
  for (let index = at; index < end; index++) {
    const digit = bytes[index]! - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
    if (value > U32_MAX) return -1
  }
  return value
}

/**
 * Reads the text of an entry's `err` as X07 does: an optional `-`, then digits, magnitude at most 2147483647.
 * Undefined where the text is anything else (`1.5`, empty, `-`, `-2147483648`).
 */
export function parseErr(bytes: Uint8Array, at: number, length: number): number | undefined {
  const negative = length > 0 && bytes[at] === 0x2d
  const magnitude = negative ? parseU32(bytes, at + 1, length - 1) : parseU32(bytes, at, length)
  if (magnitude < 0 || magnitude > ERR_MAX) return undefined
  return negative && magnitude !== 0 ? -magnitude : magnitude
}
