import { isAt, TextFinder, type SoughtText } from '../text-finder.ts'
import { credentialForms } from './credential-forms.ts'
import { isListOfBytes } from './decode-lists.ts'
import { packings } from './unpack.ts'

/** What one pass over bytes sees of what a closer look may be worth at. */
export interface Marks {
  /** The first of the secret values that is there, by its place; -1 where none is. */
  readonly secret: number
  /** Forms of credentials whose mark is there, by their place in {@link credentialForms}, and where their marks are. */
  readonly forms: ReadonlyMap<number, readonly number[]>
  /** Where words stand that names of secrets have. */
  readonly words: readonly number[]
  /** Where something packed may begin, by the place of its kind in {@link packings}. */
  readonly packed: readonly (readonly number[] | undefined)[]
  /** Starts and ends, in turn, of runs of the characters of Base64. */
  readonly base64: readonly number[]
  /** Where marks and secret values stand in UTF-16. */
  readonly wide: readonly number[]
  /** Where lists of numbers begin that may be bytes. */
  readonly lists: readonly number[]
  /** Where entities of HTML and XML stand. */
  readonly entities: readonly number[]
  /** Where equals signs stand that are of quoted-printable: two hex digits or a line end behind each. */
  readonly equalsSigns: readonly number[]
  /** Where percent signs with two hex digits stand. */
  readonly percentSigns: readonly number[]
  /** Where backslashes stand, if one of them is an escape of JSON; else none. */
  readonly backslashes: readonly number[]
}

/** Words of which one is in every name of a secret, without case. */
const secretWords = ['token', 'secret', 'passw', 'credential', 'signature', 'session', 'authoriz', 'key']
/** What stands before a `key` that is a secret, where it is one word with it, or `_` or `-` is in between. */
const kindsOfKey = ['api', 'access', 'private', 'signing', 'encryption'].map((kind) => Buffer.from(kind))

/** Shorter runs of the characters of Base64 say nothing. */
export const leastBase64 = 16
/** 1 for the characters of Base64, in both alphabets (RFC 4648, 4 and 5). */
const isBase64 = tableOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-')

const percentSign = 0x25
const equalsSign = 0x3d
const backslash = 0x5c
const letterU = 0x75
const brace = 0x7b
const isHex = tableOf('0123456789abcdefABCDEF')
/** What follows the backslash in the short escapes of JSON that are looked into. */
const isEscaped = tableOf('/"\\nrt')
const letterX = 0x78
const isOctal = tableOf('01234567')

/** A text that is looked for, and what it is: a mark of a form, the beginning of something packed, a secret value, or a word. */
interface Sought extends SoughtText {
  readonly is: 'form' | 'packed' | 'secret' | 'word' | 'wide' | 'list' | 'entity'
  /** The place of the form, the packing or the secret. */
  readonly place: number
}

/** How members of JSON begin that may be lists of bytes, and what it has for an array of bytes. */
const lists = ['":[', '": [', '{"0":'].map((text) => Buffer.from(text))
const entities = ['&#', '&amp;', '&lt;', '&gt;', '&quot;', '&apos;'].map((text) => Buffer.from(text))

const always: readonly Sought[] = [
  ...credentialForms.flatMap(({ marks }, place) =>
    marks.flatMap((mark): Sought[] => [
      { text: Buffer.from(mark), anyCase: false, is: 'form', place },
      { text: wideOf(Buffer.from(mark)), anyCase: false, is: 'wide', place },
    ]),
  ),
  ...lists.map((text): Sought => ({ text, anyCase: false, is: 'list', place: 0 })),
  ...entities.map((text): Sought => ({ text, anyCase: false, is: 'entity', place: 0 })),
  ...packings.map(({ magic }, place): Sought => ({ text: magic, anyCase: false, is: 'packed', place })),
  ...secretWords.map((word, place): Sought => ({ text: Buffer.from(word), anyCase: true, is: 'word', place })),
]

/** Sees in bytes what a closer look may be worth at, at far less for a byte than a look at each. */
export class MarkFinder {
  readonly #sought: readonly Sought[]
  readonly #finder: TextFinder

  /** @param secrets values that may not occur, of two bytes at least */
  constructor(secrets: readonly Uint8Array[]) {
    const values = secrets.flatMap((text, place): Sought[] => [
      { text, anyCase: false, is: 'secret', place },
      { text: wideOf(text), anyCase: false, is: 'wide', place },
    ])
    this.#sought = [...always, ...values]
    this.#finder = new TextFinder(this.#sought)
  }

  find(bytes: Buffer): Marks {
    let secret = -1
    const forms = new Map<number, number[]>()
    const words: number[] = []
    const packed: (number[] | undefined)[] = []
    const wide: number[] = []
    const lists: number[] = []
    const entities: number[] = []
    this.#finder.each(bytes, (one, at) => {
      const { is, place, text } = this.#sought[one]!
      if (is === 'word') {
        if (isName(bytes, at, text)) words.push(at)
      } else if (is === 'packed') {
        ;(packed[place] ??= []).push(at)
      } else if (is === 'wide') {
        wide.push(at)
      } else if (is === 'list') {
        const list = at + (text[0] === 0x22 ? text.length - 1 : 0)
        if (isListOfBytes(bytes, list)) lists.push(list)
      } else if (is === 'entity') {
        entities.push(at)
      } else if (is === 'form') {
        const places = forms.get(place)
        if (places === undefined) forms.set(place, [at])
        else places.push(at)
      } else if (secret < 0 || place < secret) secret = place
    })
    for (const places of [...forms.values(), words, wide, lists, entities, ...packed]) places?.sort((a, b) => a - b)
    const percentSigns = placesOf(bytes, percentSign).filter((at) => areHex(bytes, at + 1, 2))
    const equalsSigns = placesOf(bytes, equalsSign).filter((at) => isQuotedPrintable(bytes, at))
    const escapes = placesOf(bytes, backslash)
    const backslashes = escapes.some((at) => isEscape(bytes, at)) ? escapes : []
    return {
      secret,
      forms,
      words,
      packed,
      wide,
      lists,
      entities,
      base64: base64Runs(bytes),
      equalsSigns,
      percentSigns,
      backslashes,
    }
  }
}

/** Starts and ends, in turn, of runs of the characters of Base64. Within what is shorter than a run only its last other byte counts. */
function base64Runs(bytes: Uint8Array): number[] {
  const runs: number[] = []
  const { length } = bytes
  for (let start = 0; start + leastBase64 <= length;) {
    let at = start + leastBase64 - 1
    while (at >= start && isBase64[bytes[at]!] === 1) at--
    if (at >= start) {
      start = at + 1
      continue
    }
    let end = start + leastBase64
    while (end < length && isBase64[bytes[end]!] === 1) end++
    runs.push(start, end)
    start = end + 1
  }
  return runs
}

/** So far behind one of its kind a byte is looked for here; farther, where there may be none for long, by Node. */
const nearBytes = 64

function placesOf(bytes: Buffer, byte: number): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(byte); at !== -1;) {
    places.push(at)
    const near = Math.min(bytes.length, at + nearBytes)
    do at++
    while (at < near && bytes[at] !== byte)
    if (at === near) at = bytes.indexOf(byte, at)
  }
  return places
}

/** A text of ASCII in UTF-16, from its first byte that is not 0 to its last, which is the same in both orders of bytes. */
function wideOf(text: Uint8Array): Uint8Array {
  const wide = new Uint8Array(2 * text.length - 1)
  for (const [at, byte] of text.entries()) wide[2 * at] = byte
  return wide
}

function areHex(bytes: Buffer, from: number, count: number): boolean {
  for (let at = from; at < from + count; at++) if (isHex[bytes[at] ?? 0] !== 1) return false
  return true
}

/** RFC 2045, 6.7. */
function isQuotedPrintable(bytes: Buffer, at: number): boolean {
  const next = bytes[at + 1]
  return next === 0x0a || (next === 0x0d && bytes[at + 2] === 0x0a) || areHex(bytes, at + 1, 2)
}

function isEscape(bytes: Buffer, at: number): boolean {
  const next = bytes[at + 1] ?? 0
  if (isEscaped[next] === 1) return true
  if (next === letterU) return bytes[at + 2] === brace || areHex(bytes, at + 2, 4)
  if (next === letterX) return areHex(bytes, at + 2, 2)
  return isOctal[next] === 1 && isOctal[bytes[at + 2] ?? 0] === 1 && isOctal[bytes[at + 3] ?? 0] === 1
}

/** 1 for each of the characters, by its byte. */
function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const character of Buffer.from(characters)) table[character] = 1
  return table
}

/** Whether a word by itself says that something is a secret, as `key` does not. */
function isName(bytes: Buffer, at: number, word: Uint8Array): boolean {
  if (word.length > 3) return true
  const before = bytes[at - 1]
  const end = before === 0x5f || before === 0x2d ? at - 1 : at
  return kindsOfKey.some((kind) => isAt(bytes, end - kind.length, kind, true))
}
