// Bytes to bytes, into memory that is there: what is decoded is no longer than what it stood in.

const lineEnd = 0x0a
const percentSign = 0x25
const equalsSign = 0x3d
const backslash = 0x5c
const carriageReturn = 0x0d
const letterU = 0x75
const letterX = 0x78
const brace = 0x7b
const closingBrace = 0x7d

/** By a byte: the value of a hex digit; 255 for another character. */
const hexValue = new Uint8Array(256).fill(255)
for (const digits of ['0123456789abcdef', '0123456789ABCDEF']) {
  for (const [value, digit] of Buffer.from(digits).entries()) hexValue[digit] = value
}

/** By a byte: the value of a character of Base64, in both alphabets (RFC 4648, 4 and 5). */
const base64Value = new Uint8Array(256)
for (const alphabet of ['+/', '-_']) {
  const all = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${alphabet}`
  for (const [value, character] of Buffer.from(all).entries()) base64Value[character] = value
}

/** 1 for the characters of both alphabets. */
const isBase64 = new Uint8Array(256)
for (const character of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_')) {
  isBase64[character] = 1
}

/** What stands for the second byte of `\n` and the like; others stand for themselves. */
const shortEscapes: Readonly<Record<number, number>> = { 0x6e: lineEnd, 0x72: carriageReturn, 0x74: 0x09 }

/** Puts bytes with each `%41` as the byte that it says into memory; gives where they end there. */
export function decodePercent(bytes: Buffer, start: number, end: number, room: Buffer, at: number): number {
  let filled = at
  for (let from = start; from < end; from++) {
    const byte = bytes[from]!
    const value = byte === percentSign && from + 2 < end ? hexAt(bytes, from + 1, 2) : -1
    room[filled++] = value < 0 ? byte : value
    if (value >= 0) from += 2
  }
  return filled
}

/**
 * Puts bytes with the escapes of JSON, and `\x41`, `\101` and `\u{41}` of other languages, as what they say into memory, `\u` in UTF-8; a line
 * end is not escaped.
 */
export function unescapeJson(bytes: Buffer, start: number, end: number, room: Buffer, at: number): number {
  let filled = at
  for (let from = start; from < end; from++) {
    const byte = bytes[from]!
    const next = byte === backslash && from + 1 < end ? bytes[from + 1]! : lineEnd
    if (next === lineEnd || next === carriageReturn) {
      room[filled++] = byte
      continue
    }
    const byteValue = next === letterX && from + 3 < end ? hexAt(bytes, from + 2, 2) : octalAt(bytes, from + 1, end)
    if (byteValue >= 0) {
      room[filled++] = byteValue
      from += 3
      continue
    }
    const braced = next === letterU && bytes[from + 2] === brace ? bracedAt(bytes, from + 3, end) : undefined
    if (braced !== undefined) {
      filled += room.write(String.fromCodePoint(braced.code), filled)
      from = braced.close
      continue
    }
    const unit = next === letterU && from + 5 < end ? hexAt(bytes, from + 2, 4) : -1
    if (unit < 0) {
      room[filled++] = shortEscapes[next] ?? next
      from++
    } else {
      filled += room.write(String.fromCharCode(unit), filled)
      from += 5
    }
  }
  return filled
}

/** The character that `41}` says, as JavaScript and Rust have it behind `\u{`, and where its brace is. */
function bracedAt(
  bytes: Buffer,
  at: number,
  end: number,
): { readonly code: number; readonly close: number } | undefined {
  let code = 0
  for (let close = at; close < end && close - at <= 6; close++) {
    if (bytes[close] === closingBrace) return close > at && code <= 0x10_ffff ? { code, close } : undefined
    const digit = hexValue[bytes[close]!]!
    if (digit > 15) return undefined
    code = code * 16 + digit
  }
  return undefined
}

/** Puts text in UTF-16, of ASCII, as that into memory; what is no such text beside it, with more than one 0 in a row, stays apart. */
export function narrow(bytes: Buffer, start: number, end: number, room: Buffer, at: number): number {
  let filled = at
  for (let from = start; from < end; from++) {
    if (bytes[from] !== 0) room[filled++] = bytes[from]!
    else if (bytes[from + 1] === 0) room[filled++] = lineEnd
  }
  return filled
}

/** Names of entities, and the character of each. */
const entityNames = new Map([
  ['amp', 0x26],
  ['lt', 0x3c],
  ['gt', 0x3e],
  ['quot', 0x22],
  ['apos', 0x27],
])
/** `&`, the name or number of an entity, `;`. */
const longestEntity = 10

/** Puts bytes with each entity of HTML and XML as the character that it says, in UTF-8, into memory. */
export function decodeEntities(bytes: Buffer, start: number, end: number, room: Buffer, at: number): number {
  let filled = at
  for (let from = start; from < end; from++) {
    const close = bytes[from] === 0x26 ? bytes.subarray(from, Math.min(end, from + longestEntity)).indexOf(0x3b) : -1
    const name = close > 1 ? bytes.toString('latin1', from + 1, from + close) : ''
    const code = name.startsWith('#') ? Number(name.slice(1).replace(/^[xX]/, '0x')) : entityNames.get(name)
    if (code !== undefined && code > 0 && code <= 0x10_ffff) {
      filled += room.write(String.fromCodePoint(code), filled)
      from += close
    } else {
      room[filled++] = bytes[from]!
    }
  }
  return filled
}

/** Puts quoted-printable (RFC 2045, 6.7) as what it says into memory; lines that go on are joined. */
export function decodeQuotedPrintable(bytes: Buffer, start: number, end: number, room: Buffer, at: number): number {
  let filled = at
  for (let from = start; from < end; from++) {
    const byte = bytes[from]!
    const value = byte === equalsSign && from + 2 < end ? hexAt(bytes, from + 1, 2) : -1
    if (value >= 0) {
      room[filled++] = value
      from += 2
    } else if (byte === equalsSign && nextLine(bytes, from + 1) > from + 1) {
      from = nextLine(bytes, from + 1) - 1
    } else {
      room[filled++] = byte
    }
  }
  return filled
}

/** The shortest line of Base64 that goes on in the next: others break at 64 or 76. */
const leastLine = 40

/** Puts Base64 that is broken into lines, as MIME and PEM have it, without its line ends into memory. */
export function joinBase64Lines(bytes: Buffer, places: readonly number[], room: Buffer): Buffer {
  let filled = 0
  let joined = 0
  for (let place = 0; place < places.length; place += 2) {
    const [from, to] = [places[place]!, places[place + 1]!]
    if (from < joined || to - from < leastLine || nextLine(bytes, to) === to) continue
    bytes.copy(room, filled, from, to)
    filled += to - from
    joined = to
    for (let start = nextLine(bytes, to); start > joined; start = nextLine(bytes, joined)) {
      joined = start
      while (joined < bytes.length && isBase64[bytes[joined]!] === 1) room[filled++] = bytes[joined++]!
      if (joined - start < leastLine) break
    }
    // No line end: what comes behind is another.
    room[filled++] = 0x20
  }
  return room.subarray(0, filled)
}

/** Where the line behind a place begins; the place itself where no line ends there. */
function nextLine(bytes: Buffer, at: number): number {
  const end = bytes[at] === carriageReturn ? at + 1 : at
  return bytes[end] === lineEnd ? end + 1 : at
}

/** Fewer digits in a row, of hex or of Base32, say nothing or are a word. */
const leastDigits = 16

/**
 * Where so many digits in a row begin in `[at, to)`, by a table of the values of characters of which those below `base` are digits;
 * `to` where there are none.
 */
function digitsFrom(bytes: Buffer, at: number, to: number, values: Uint8Array, base: number): number {
  for (let from = at; from + leastDigits <= to;) {
    // Nearly every run has another character in its way, and is left after one look at each sixteen.
    let back = from + leastDigits - 1
    while (back >= from && values[bytes[back]!]! < base) back--
    if (back < from) return from
    from = back + 1
  }
  return to
}

/** Puts the bytes that runs of hex digits say into memory, a line end behind each. */
export function decodeHexRuns(bytes: Buffer, places: readonly number[], room: Buffer): Buffer {
  let filled = 0
  for (let place = 0; place < places.length; place += 2) {
    const to = places[place + 1]!
    for (let at = places[place]!; (at = digitsFrom(bytes, at, to, hexValue, 16)) < to;) {
      let end = at + leastDigits
      while (end < to && hexValue[bytes[end]!]! < 16) end++
      for (; at + 2 <= end; at += 2) room[filled++] = (hexValue[bytes[at]!]! << 4) | hexValue[bytes[at + 1]!]!
      room[filled++] = lineEnd
      at = end
    }
  }
  return room.subarray(0, filled)
}

/** By a byte: the value of a character of Base32 (RFC 4648, 6), in capitals and, in the second, in small letters; else 255. */
const base32Values = ['ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 'abcdefghijklmnopqrstuvwxyz234567'].map((alphabet) => {
  const values = new Uint8Array(256).fill(255)
  for (const [value, character] of Buffer.from(alphabet).entries()) values[character] = value
  return values
})

/** Puts the bytes that runs of Base32 say into memory, a line end behind each. */
export function decodeBase32Runs(bytes: Buffer, places: readonly number[], room: Buffer): Buffer {
  let filled = 0
  for (const values of base32Values) {
    for (let place = 0; place < places.length; place += 2) {
      const to = places[place + 1]!
      for (let at = places[place]!; (at = digitsFrom(bytes, at, to, values, 32)) < to;) {
        let [bits, count] = [0, 0]
        for (; at < to && values[bytes[at]!]! < 32; at++) {
          bits = ((bits << 5) | values[bytes[at]!]!) & 0xfff
          count += 5
          if (count >= 8) room[filled++] = bits >>> (count -= 8)
        }
        room[filled++] = lineEnd
      }
    }
  }
  return room.subarray(0, filled)
}

/** The byte that three octal digits say; -1 where they are not. */
function octalAt(bytes: Buffer, at: number, end: number): number {
  if (at + 3 > end) return -1
  let value = 0
  for (let index = at; index < at + 3; index++) {
    const digit = bytes[index]! - 0x30
    if (digit < 0 || digit > 7) return -1
    value = value * 8 + digit
  }
  return value > 255 ? -1 : value
}

/** The number that so many hex digits say; -1 where they are not. */
function hexAt(bytes: Buffer, at: number, digits: number): number {
  let value = 0
  for (let index = at; index < at + digits; index++) {
    const digit = hexValue[bytes[index]!]!
    if (digit > 15) return -1
    value = value * 16 + digit
  }
  return value
}

/** Runs in a table of those that were decoded, and how long one of them may be. */
const [knownRuns, longestKnown] = [256, 128]

/** By a hash, where a run is that was decoded, and its length. Kept by who decodes again and again. */
export function knownRunsTable(): Int32Array {
  return new Int32Array(2 * knownRuns)
}

/**
 * Decodes runs of the characters of Base64, a line end behind each; one that is there again is left out.
 *
 * @param places starts and ends, in turn
 * @param known a {@link knownRunsTable}, whatever it holds
 * @returns where in the room each is, without its line end
 */
export function* decodeBase64Runs(
  bytes: Buffer,
  places: readonly number[],
  room: Buffer,
  known: Int32Array,
): Generator<readonly [start: number, end: number]> {
  known.fill(0)
  let filled = 0
  for (let place = 0; place < places.length; place += 2) {
    const [from, to] = [places[place]!, places[place + 1]!]
    if (isKnown(bytes, from, to, known)) continue
    const start = filled
    let at = from
    for (; at + 4 <= to; at += 4) {
      const four =
        (base64Value[bytes[at]!]! << 18) |
        (base64Value[bytes[at + 1]!]! << 12) |
        (base64Value[bytes[at + 2]!]! << 6) |
        base64Value[bytes[at + 3]!]!
      room[filled] = four >>> 16
      room[filled + 1] = four >>> 8
      room[filled + 2] = four
      filled += 3
    }
    if (to - at >= 2) {
      const [first, second] = [base64Value[bytes[at]!]!, base64Value[bytes[at + 1]!]!]
      room[filled++] = (first << 2) | (second >>> 4)
      if (to - at === 3) room[filled++] = (second << 4) | (base64Value[bytes[at + 2]!]! >>> 2)
    }
    yield [start, filled]
    room[filled++] = lineEnd
  }
}

/** A name in front of Base64, which has characters of its alphabet, is no longer. */
const longestLead = 256
const separators = Buffer.from('/_')

/** What CBOR has in front of the length of a text. */
const cborText = 0x78

/**
 * Whether a text in a run may begin behind its first character or its first two, which are its length, and the mark of its type in front
 * of that: its length is what is behind, once or twice, or something that is not text stands in front.
 */
function isBehindLength(bytes: Buffer, from: number, to: number, characters: 1 | 2): boolean {
  const length = bytes[from + characters - 1]!
  const rest = to - from - characters
  // Not all that is in the run need be of it; a sign at its end is.
  const isLength = [rest, rest + 1, rest + 2].some(
    (bytesBehind) => length === bytesBehind || length === 2 * bytesBehind,
  )
  const before = bytes[from - 1]
  const isBinary = before !== undefined && (before > 0x7e || (before < 0x20 && before !== carriageReturn))
  if (characters === 1) return isLength || (isBinary && before !== lineEnd)
  // Of Protocol Buffers the mark is a field's number and 2.
  return isLength || (isBinary && (bytes[from] === cborText || (bytes[from]! & 7) === 2))
}

/**
 * Runs of Base64 in which it may begin later, behind its length, or a name and a slash or an underscore: their starts and ends, by where in four
 * characters of the run that is.
 */
export function laterRuns(bytes: Buffer, places: readonly number[], leastRun: number): readonly (readonly number[])[] {
  const later: number[][] = [[], [], []]
  for (let place = 0; place < places.length; place += 2) {
    const [from, to] = [places[place]!, places[place + 1]!]
    let seen = 0
    for (const characters of [1, 2] as const) {
      if (to - from - characters < leastRun || !isBehindLength(bytes, from, to, characters)) continue
      seen |= 1 << (characters - 1)
      later[characters - 1]!.push(from + characters, to)
    }
    for (let at = from + 1; at + leastRun <= to && at - from <= longestLead && seen !== 7; at++) {
      if (!separators.includes(bytes[at - 1]!)) continue
      const phase = (at - from) & 3
      if (phase === 0 || (seen & (1 << (phase - 1))) !== 0) continue
      seen |= 1 << (phase - 1)
      later[phase - 1]!.push(at, to)
    }
  }
  return later
}

/** Whether the same run was before; else it is known from now on. */
function isKnown(bytes: Buffer, from: number, to: number, known: Int32Array): boolean {
  const length = to - from
  if (length > longestKnown) return false
  let hash = length
  for (let at = from; at < to; at++) hash = (hash * 31 + bytes[at]!) | 0
  const slot = 2 * ((hash ^ (hash >>> 11)) & (knownRuns - 1))
  const at = known[slot]!
  if (known[slot + 1] === length) {
    let same = 0
    while (same < length && bytes[at + same] === bytes[from + same]) same++
    if (same === length) return true
  }
  known[slot] = from
  known[slot + 1] = length
  return false
}
