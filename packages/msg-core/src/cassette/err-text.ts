/** Largest magnitude of `err` that X07 reads; the smallest i32 is one further and cannot be read. */
const ERR_MAX = 0x7fff_ffff

/**
 * Reads the text of an entry's `err` as X07 does: an optional `-`, then digits, magnitude at most 2147483647.
 * Undefined where the text is anything else (`1.5`, empty, `-`, `-2147483648`).
 */
export function parseErr(bytes: Uint8Array, at: number, length: number): number | undefined {
  const end = at + length
  const negative = length > 0 && bytes[at] === 0x2d
  let position = negative ? at + 1 : at
  if (position === end) return undefined
  let value = 0
  for (; position < end; position++) {
    const digit = bytes[position]! - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
    if (value > ERR_MAX) return undefined
  }
  return negative && value !== 0 ? -value : value
}
