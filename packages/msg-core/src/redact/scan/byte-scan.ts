import { credentialForms } from './credential-forms.ts'
import { decodeLists } from './decode-lists.ts'
import {
  decodeBase64Runs,
  decodeBase32Runs,
  decodeEntities,
  decodeHexRuns,
  decodePercent,
  decodeQuotedPrintable,
  joinBase64Lines,
  knownRunsTable,
  laterRuns,
  narrow,
  unescapeJson,
} from './decode-text.ts'
import { nameInBinary, nameOfPassword } from './named-values.ts'
import { leastBase64, MarkFinder, type Marks } from './marks.ts'
import { unpack } from './unpack.ts'
import { mayBeWhole, unpackWhole } from './whole.ts'

/** What was found, without the value: the rule, and through which wrappings, `base64, gzip`. */
export interface ByteFinding {
  readonly rule: string
  readonly within: readonly string[]
}

/** How deep wrappings are taken off: Base64 of gzip of JSON escapes, and one more. */
const maxDepth = 4
/** Something packed with a mark of its own. */
const packedPart = 'a packed part'
/** Bytes that one scan looks at in all, wrappings included: a bomb ends there. */
const maxBytes = 256 * 1024 * 1024
/** Beginnings of something packed that are tried in one value. */
const maxPartsOfValue = 64

const forms = credentialForms.map(({ rule, source }) => ({ rule, expression: new RegExp(source) }))

/** A name that says that its value is a secret, and the value: in JSON, `name=value`, `name: value`, and an element of XML. */
const secretNames = String.raw`(?:token|secret|passw|credential|signature|session|authoriz|(?:api|access|private|signing|encryption)[_-]?key)`
const named = new RegExp(
  String.raw`"([^"\\]{0,40}${secretNames}[^"\\]{0,40})"\s{0,4}:\s{0,4}"([A-Za-z0-9+/=_.~-]{20,256})|\b([\w.-]{0,40}${secretNames}[\w.-]{0,40})(?:\s{0,4}[=:]\s{0,4}|>)\\?["']?([A-Za-z0-9+/_.~-]{20,256})`,
  'gi',
)

/** A name with its value begins so far before its word at most, and ends so far behind where the word begins. */
const [wordLead, wordTail] = [42, 340]

/** A credential begins so far before its mark at most, and ends so far behind it, or with the run of characters that it is in. */
const [markLead, markTail] = [64, 600]
/** 1 for the characters of values of which runs are looked for, by their byte. */
const inValue = new Uint8Array(256)
for (const character of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_.~-')) {
  inValue[character] = 1
}
/** The shortest random value. */
const leastValue = 20

/** Bits a character of a random value in hex, Base64 or the like; words of a language have fewer. */
const minEntropy = 3.8

/** Looks for secrets in bytes of any kind, and inside what they wrap. */
export class ByteScan {
  readonly #names: readonly string[]
  readonly #marks: MarkFinder
  /** Room for what is decoded, by how deep it is wrapped. */
  readonly #rooms: Buffer[] = []
  readonly #known: Int32Array[] = []
  #left = maxBytes
  #maxParts = maxPartsOfValue

  /** @param secrets values that may not occur, of two bytes at least, by the name to tell them by */
  constructor(secrets: ReadonlyMap<string, string>) {
    const told = [...secrets].filter(([, value]) => value.length > 1)
    this.#names = told.map(([name]) => name)
    this.#marks = new MarkFinder(told.map(([, value]) => Buffer.from(value)))
  }

  /**
   * The first secret, or undefined.
   *
   * @param values how many values the bytes hold; more of them may be packed
   */
  find(bytes: Uint8Array, values = 1): ByteFinding | undefined {
    this.#left = maxBytes
    this.#maxParts = maxPartsOfValue * values
    return this.#find(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), [])
  }

  /** The first secret in what a value holds that is packed as a whole, without a mark; the value as it stands is not looked at. */
  findPacked(value: Buffer): ByteFinding | undefined {
    this.#left = maxBytes
    this.#maxParts = maxPartsOfValue
    const whole = unpackWhole(value)
    return whole === undefined ? undefined : this.#find(whole[1], [whole[0]])
  }

  #find(bytes: Buffer, within: readonly string[]): ByteFinding | undefined {
    this.#left -= bytes.length
    // What is not looked through may hold anything.
    if (this.#left < 0) return { rule: 'more that is packed than can be looked through', within }
    if (bytes.length < 6) return undefined
    const marks = this.#marks.find(bytes)
    if (marks.secret >= 0) return { rule: `the value of ${this.#names[marks.secret]}`, within }
    for (const [form, places] of marks.forms) {
      const { rule, expression } = forms[form]!
      if (isAround(bytes, places, expression)) return { rule, within }
    }
    const name = nameOfRandom(bytes, marks.words)
    if (name !== undefined) return { rule: `a random value named ${name}`, within }
    // What is packed the rules did not reach.
    const password = within.length === 0 ? undefined : nameOfPassword(bytes, marks.words)
    if (password !== undefined) return { rule: `a value named ${password}`, within }
    const binary = nameInBinary(bytes, marks.words)
    if (binary !== undefined) return { rule: `a value named ${binary}`, within }
    if (within.length >= maxDepth) return undefined
    for (const [how, inner] of this.#unwrapped(bytes, marks, within.length, isOneValue(within.at(-1)))) {
      const found = this.#find(inner, [...within, how])
      if (found !== undefined) return found
    }
    return undefined
  }

  *#unwrapped(
    bytes: Buffer,
    marks: Marks,
    depth: number,
    isOne: boolean,
  ): Generator<readonly [how: string, inner: Buffer]> {
    for (const inner of unpack(bytes, marks.packed, this.#maxParts)) yield [packedPart, inner]
    // Of what is put together from many runs each was tried by itself.
    if (isOne && bytes.length < 1024 * 1024) {
      const whole = unpackWhole(bytes)
      if (whole !== undefined) yield whole
    }
    for (const [how, places, decode] of [
      ['percent-encoding', marks.percentSigns, decodePercent],
      ['JSON escapes', marks.backslashes, unescapeJson],
      ['quoted-printable', marks.equalsSigns, decodeQuotedPrintable],
      ['HTML entities', marks.entities, decodeEntities],
      ['UTF-16', marks.wide, narrow],
    ] as const) {
      if (places.length > 0)
        yield [how, decodeAround(bytes, places, decode, this.#room(depth, bytes.length + places.length))]
    }
    if (marks.lists.length > 0) {
      const room = this.#room(depth, bytes.length + marks.lists.length)
      yield ['a list of bytes', decodeLists(bytes, marks.lists, room)]
    }
    if (marks.base64.length === 0) return
    for (const [how, decode] of [
      ['hex', decodeHexRuns],
      ['Base32', decodeBase32Runs],
      ['lines', joinBase64Lines],
    ] as const) {
      const inner = decode(bytes, marks.base64, this.#room(depth, bytes.length))
      if (inner.length > 0) yield [how, inner]
    }
    // All at once: a text has many runs, and nearly none holds anything.
    const room = this.#room(depth, bytes.length)
    let end = 0
    for (const [start, to] of decodeBase64Runs(bytes, marks.base64, room, (this.#known[depth] ??= knownRunsTable()))) {
      end = to + 1
      if (!mayBeWhole(room, start, to)) continue
      const whole = unpackWhole(room.subarray(start, to))
      if (whole !== undefined) yield [`${whole[0]} in Base64`, whole[1]]
    }
    yield ['Base64', room.subarray(0, end)]
    for (const later of laterRuns(bytes, marks.base64, leastBase64)) {
      if (later.length === 0) continue
      for ([, end] of decodeBase64Runs(bytes, later, room, this.#known[depth])) continue
      yield ['Base64', room.subarray(0, end)]
    }
  }

  /** Good until the next is taken at the same depth. */
  #room(depth: number, length: number): Buffer {
    const room = this.#rooms[depth]
    if (room !== undefined && room.length >= length) return room
    return (this.#rooms[depth] = Buffer.allocUnsafeSlow(Math.max(4_096, length)))
  }
}

/** Whether bytes are all of one value, by what they were taken from. */
function isOneValue(how: string | undefined): boolean {
  return how === undefined || how === packedPart
}

/** What a single encoded character may be part of reaches so far before it and behind it, or as far as characters of values go. */
const [encodedLead, encodedTail] = [1024, 4096]

/** The surroundings of encoded characters as they are decoded, a line end behind each: what is far from them was looked at as it is. */
function decodeAround(
  bytes: Buffer,
  places: readonly number[],
  decode: (bytes: Buffer, start: number, end: number, room: Buffer, filled: number) => number,
  room: Buffer,
): Buffer {
  let filled = 0
  let end = 0
  for (let place = 0; place < places.length;) {
    const start = Math.max(end, places[place]! - encodedLead)
    for (; place < places.length && places[place]! - encodedLead <= Math.max(end, start); place++) {
      end = Math.max(end, Math.min(bytes.length, places[place]! + encodedTail))
      while (end < bytes.length && inValue[bytes[end]!] === 1) end++
    }
    filled = decode(bytes, start, end, room, filled)
    room[filled++] = 0x0a
  }
  return room.subarray(0, filled)
}

/** Whether an expression matches around one of the places of its marks, in which surroundings all of a match is. */
function isAround(bytes: Buffer, places: readonly number[], expression: RegExp): boolean {
  let seen = 0
  for (const at of places) {
    let end = Math.min(bytes.length, at + markTail)
    while (end < bytes.length && inValue[bytes[end]!] === 1) end++
    // The surroundings of a mark before were as far.
    if (end <= seen) continue
    seen = end
    if (expression.test(textOf(bytes, Math.max(0, at - markLead), end))) return true
  }
  return false
}

/** The name of the first random value whose name says that it is a secret; the expression sees the surroundings of its word alone. */
function nameOfRandom(bytes: Buffer, words: readonly number[]): string | undefined {
  for (const at of words) {
    if (!hasValue(bytes, at, Math.min(bytes.length, at + wordTail))) continue
    for (const found of textOf(bytes, Math.max(0, at - wordLead), at + wordTail).matchAll(named)) {
      const [, jsonName, jsonValue, pairName, pairValue] = found
      const [name = '', value = ''] = jsonName === undefined ? [pairName, pairValue] : [jsonName, jsonValue]
      if (isRandom(name, value)) return name
    }
  }
  return undefined
}

/** Whether a run of characters that is long enough for a random value is between two places, or around the first. */
function hasValue(bytes: Buffer, from: number, to: number): boolean {
  let start = from
  while (start > 0 && from - start < wordLead && inValue[bytes[start - 1]!] === 1) start--
  for (let at = from; at < to; at++) {
    if (inValue[bytes[at]!] === 1) continue
    if (at - start >= leastValue) return true
    start = at + 1
  }
  return to - start >= leastValue
}

/** Each byte a character, so that text inside binary is found where it stands. */
function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end)
}

/** Names whose value is nothing but a secret; a session or a signature may have an id or a hash that everybody gives. */
const ofSecretAlone = /token|secret|passw|key/i
/** Bits a character of a random value in hex. */
const minHexEntropy = 3

/** Whether a value is of characters that a machine drew: digits and letters, and no two alike as often as in words. */
function isRandom(name: string, value: string): boolean {
  if (/^anon-[0-9a-f]{32}$/.test(value)) return false
  // Ids that everybody gives: a UUID, a hash in hex that is named so.
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return false
  if (/^[0-9a-f]{32,}$/i.test(value) && ofSecretAlone.test(name) && !/(?:id|hash|digest)$/i.test(name)) {
    return entropyOf(value) >= minHexEntropy
  }
  // Words in a row, with a number of a version behind them, are a name.
  const parts = value.split(/[-_.~/]/).filter((part) => part.length >= 8)
  return parts.some((part) => /[0-9]/.test(part) && /[A-Za-z]/.test(part)) && entropyOf(value) >= minEntropy
}

function entropyOf(value: string): number {
  const counts = new Map<string, number>()
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1)
  let entropy = 0
  for (const count of counts.values()) entropy -= (count / value.length) * Math.log2(count / value.length)
  return entropy
}
