// Bytes as lists of numbers: `[109,121]`, `[109, 121]`, the JSON of a Buffer, and `{"0":109,"1":121}`, which is the JSON of other arrays.

const lineEnd = 0x0a
/** Fewer numbers say nothing. */
const leastNumbers = 6

/** Whether a list that begins at a place is of bytes, by its first numbers. */
export function isListOfBytes(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at + 1]!
  // Most lists in JSON are of objects and texts.
  if (first > 0x39 || (first === 0x22 && bytes[at] !== 0x7b)) return false
  let count = 0
  for (const value of numbersFrom(bytes, at)) {
    if (value > 255) return false
    if (++count === leastNumbers) return true
  }
  return false
}

/** Puts the bytes that lists say into memory, a line end behind each. */
export function decodeLists(bytes: Uint8Array, places: readonly number[], room: Buffer): Buffer {
  let filled = 0
  for (const place of places) {
    for (const value of numbersFrom(bytes, place)) room[filled++] = value
    room[filled++] = lineEnd
  }
  return room.subarray(0, filled)
}

/** The numbers of a list, each at most 256 for any that is larger; ends where it does, or is not one of numbers. */
function* numbersFrom(bytes: Uint8Array, from: number): Generator<number> {
  const isObject = bytes[from] === 0x7b
  let isName = isObject
  let value = -1
  for (let at = from + 1; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte >= 0x30 && byte <= 0x39) {
      value = Math.min(256, 10 * Math.max(0, value) + byte - 0x30)
    } else if (byte === 0x3a && isName) {
      isName = false
      value = -1
    } else if (byte === 0x2c || byte === 0x5d || byte === 0x7d) {
      if (value >= 0) yield value
      value = -1
      isName = isObject
      if (byte !== 0x2c) return
    } else if (byte !== 0x20 && byte !== lineEnd && byte !== 0x0d && !(isObject && byte === 0x22)) {
      return
    }
  }
}
