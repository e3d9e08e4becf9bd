import { isUtf8 } from 'node:buffer'

/**
 * Whether bytes are exactly the RFC 8785 form of some JSON value. Reads the bytes once and builds nothing: parsing and
 * writing them again to compare, which says the same, took a quarter of a replay.
 */
export function isCanonicalJson(bytes: Uint8Array): boolean {
  if (!isUtf8(bytes)) return false
  let depth = 0
  let at = 0
  for (;;) {
    // A value begins.
    const byte = bytes[at]
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      const isObject = byte === OPEN_BRACE
      if (bytes[at + 1] !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
        keyStarts[depth] = isObject ? NO_KEY : IN_ARRAY
        at = isObject ? endOfKey(bytes, at + 1, depth) : at + 1
        if (at < 0) return false
        depth++
        continue
      }
      at += 2
    } else {
      at = byte === QUOTE ? endOfString(bytes, at) : endOfScalar(bytes, at)
      if (at < 0) return false
    }
    // A value has ended, and with it every container that is closed here.
    for (;;) {
      if (depth === 0) return at === bytes.length
      const isObject = keyStarts[depth - 1] !== IN_ARRAY
      const next = bytes[at++]
      if (next === COMMA) {
        if (isObject) at = endOfKey(bytes, at, depth - 1)
        if (at < 0) return false
        break
      }
      if (next !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) return false
      depth--
    }
  }
}

/**
 * Of each container that is open, by its depth: where its last key starts, or what it has instead; where that key ends, quotes
 * included. Used again for every payload.
 */
const keyStarts: number[] = []
const keyEnds: number[] = []
const NO_KEY = -1
const IN_ARRAY = -2

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** So many digits come back from a double as they were, whatever they are. */
const SAFE_DIGITS = 15

const NONE = -1

/** Reads a key and its colon; NONE where the key is not above the one before in the container at `depth`. */
function endOfKey(bytes: Uint8Array, start: number, depth: number): number {
  const end = bytes[start] === QUOTE ? endOfString(bytes, start) : NONE
  if (end === NONE || bytes[end] !== COLON) return NONE
  const keyAt = keyStarts[depth] ?? NO_KEY
  if (keyAt !== NO_KEY && !isAscending(bytes, keyAt, keyEnds[depth] ?? 0, start, end)) return NONE
  keyStarts[depth] = start
  keyEnds[depth] = end
  return end + 1
}

/** Whether one key sorts before another by UTF-16 code units. */
function isAscending(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  const length = Math.min(aEnd - a, bEnd - b)
  for (let index = 1; index < length; index++) {
    const left = bytes[a + index] ?? 0
    const right = bytes[b + index] ?? 0
    if (left === BACKSLASH || right === BACKSLASH || left > 0x7f || right > 0x7f) {
      // Escapes, and characters beyond the basic plane, stand elsewhere in UTF-16 than their bytes do.
      return textOf(bytes, a, aEnd) < textOf(bytes, b, bEnd)
    }
    // The closing quote of a key is its end, below every character.
    if (left !== right) return index === aEnd - a - 1 || (index !== bEnd - b - 1 && left < right)
  }
  return false
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return JSON.parse(textIn(bytes, start, end, 'utf8')) as string
}

/** The end of the string that starts at `start`; NONE where it is not written as RFC 8785 writes it. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) return at + 1
    if (byte < 0x20) return NONE
    if (byte !== BACKSLASH) continue
    at = endOfEscape(bytes, at)
    if (at === NONE) return NONE
  }
  return NONE
}

/** The last byte of an escape: the two-character ones, and `\u00` with lower-case digits for other control characters. */
function endOfEscape(bytes: Uint8Array, at: number): number {
  const letter = String.fromCharCode(bytes[at + 1] ?? 0)
  if ('"\\bfnrt'.includes(letter)) return at + 1
  return /^\\u00(?:0[0-7be-f]|1[0-9a-f])$/.test(textIn(bytes, at, at + 6, 'latin1')) ? at + 5 : NONE
}

/** The end of a number, true, false or null. */
function endOfScalar(bytes: Uint8Array, start: number): number {
  const number = endOfShortNumber(bytes, start)
  if (number !== NONE) return number
  let at = start
  while (isPartOfScalar(bytes[at])) at++
  const text = textIn(bytes, start, at, 'latin1')
  if (text === 'true' || text === 'false' || text === 'null') return at
  return /^-?\d/.test(text) && text === String(Number(text)) ? at : NONE
}

/**
 * The end of a number with few enough digits that no other such text is the same double, written without a digit too much:
 * it is what RFC 8785 writes, unless it is so small that an exponent would be. NONE for any other.
 */
function endOfShortNumber(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start
  let at = endOfDigits(bytes, first)
  const whole = at - first
  // Minus zero is written without its sign; below 0.1 zeros follow the point, and at last an exponent.
  const isZero = bytes[first] === ZERO
  if (whole === 0 || (isZero && whole > 1)) return NONE
  if (bytes[at] === POINT) {
    if (isZero && bytes[at + 1] === ZERO) return NONE
    const end = endOfDigits(bytes, at + 1)
    if (end === at + 1 || bytes[end - 1] === ZERO) return NONE
    at = end
  } else if (isZero && first > start) return NONE
  return at - first <= SAFE_DIGITS && !isPartOfScalar(bytes[at]) ? at : NONE
}

function endOfDigits(bytes: Uint8Array, start: number): number {
  let at = start
  for (let byte = bytes[at]; byte !== undefined && byte >= ZERO && byte <= NINE; byte = bytes[++at]) {
    // Only the end is looked for.
  }
  return at
}

/** What numbers and literals are made of. */
function isPartOfScalar(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return (
    (byte >= ZERO && byte <= NINE) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2b ||
    byte === MINUS ||
    byte === POINT
  )
}

const { latin1Slice, utf8Slice } = Buffer.prototype

function textIn(bytes: Uint8Array, start: number, end: number, encoding: 'latin1' | 'utf8'): string {
  return (encoding === 'latin1' ? latin1Slice : utf8Slice).call(bytes, start, Math.min(end, bytes.length))
}
