import { credentialForms } from './credential-forms.ts'
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
const leastBase64 = 16
/** 1 for all but the characters of Base64, in both alphabets (RFC 4648, 4 and 5). */
const endsBase64 = tableOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-').map((is) => 1 - is)

const percentSign = 0x25
const backslash = 0x5c
const letterU = 0x75
const isHex = tableOf('0123456789abcdefABCDEF')
/** What follows the backslash in the short escapes of JSON that are looked into. */
const isEscaped = tableOf('/"\\nrt')

/** A text that is looked for, and what it is: a mark of a form, the beginning of something packed, a secret value, or a word. */
interface Sought {
  readonly text: Uint8Array
  /** Words are looked for without case, the others to the letter. */
  readonly is: 'form' | 'packed' | 'secret' | 'word'
  /** The place of the form, the packing or the secret. */
  readonly place: number
}

const always: readonly Sought[] = [
  ...credentialForms.flatMap(({ marks }, place) =>
    marks.map((mark): Sought => ({ text: Buffer.from(mark), is: 'form', place })),
  ),
  ...packings.map(({ magic }, place): Sought => ({ text: magic, is: 'packed', place })),
  ...secretWords.map((word, place): Sought => ({ text: Buffer.from(word), is: 'word', place })),
]

interface Found {
  secret: number
  readonly forms: Map<number, number[]>
  readonly words: number[]
  readonly packed: (number[] | undefined)[]
}

/** Goes through bytes once: one look at each costs less than a search for each of some sixty texts. */
export class MarkFinder {
  /** By two bytes: 0, or one more than the place in {@link #candidates} of what begins with them. */
  readonly #pairs = new Uint8Array(65_536)
  readonly #candidates: Sought[][] = []
  /** By a place in {@link #pairs} and the byte behind the two: 1 where a text goes on with it. */
  readonly #thirds = new Uint8Array(65_536)

  /** @param secrets values that may not occur, of two bytes at least */
  constructor(secrets: readonly Uint8Array[]) {
    const values = secrets.map((text, place): Sought => ({ text, is: 'secret', place }))
    for (const one of [...always, ...values]) {
      for (const first of casesOf(one, 0)) for (const second of casesOf(one, 1)) this.#add((first << 8) | second, one)
    }
  }

  #add(pair: number, one: Sought): void {
    if (this.#pairs[pair] === 0) {
      // More secrets than a byte can number share what they begin with: told apart when they are looked at.
      this.#pairs[pair] = Math.min(255, this.#candidates.length + 1)
      if (this.#candidates.length < 255) this.#candidates.push([])
    }
    const place = this.#pairs[pair]!
    this.#candidates[place - 1]?.push(one)
    if (one.text.length < 3) this.#thirds.fill(1, place << 8, (place + 1) << 8)
    else for (const third of casesOf(one, 2)) this.#thirds[(place << 8) | third] = 1
  }

  find(bytes: Buffer): Marks {
    const pairs = this.#pairs
    const thirds = this.#thirds
    const { length } = bytes
    const found: Found = { secret: -1, forms: new Map(), words: [], packed: [] }
    const base64: number[] = []
    const percentSigns: number[] = []
    const backslashes: number[] = []
    let hasEscape = false
    let start = 0
    let before = 0
    for (let at = 0; at < length; at++) {
      const byte = bytes[at]!
      const pair = pairs[(before << 8) | byte]!
      // What is behind the last byte is nothing that a longer text goes on with.
      if (pair !== 0 && thirds[(pair << 8) | bytes[at + 1]!] !== 0)
        look(bytes, at - 1, this.#candidates[pair - 1]!, found)
      before = byte
      if (endsBase64[byte] === 0) continue
      if (byte === percentSign) {
        if (areHex(bytes, at + 1, 2)) percentSigns.push(at)
      } else if (byte === backslash) {
        backslashes.push(at)
        hasEscape ||= isEscape(bytes, at)
      }
      if (at - start >= leastBase64) base64.push(start, at)
      start = at + 1
    }
    if (length - start >= leastBase64) base64.push(start, length)
    return { ...found, base64, percentSigns, backslashes: hasEscape ? backslashes : [] }
  }
}

function casesOf({ text, is }: Sought, at: number): number[] {
  const byte = text[at] ?? 0
  return is === 'word' ? [byte, byte & ~0x20] : [byte]
}

function look(bytes: Buffer, at: number, candidates: readonly Sought[], found: Found): void {
  for (const { text, is, place } of candidates) {
    if (!isAt(bytes, at, text, is === 'word' ? 0x20 : 0)) continue
    if (is === 'word') {
      if (isName(bytes, at, text)) found.words.push(at)
    } else if (is === 'packed') {
      ;(found.packed[place] ??= []).push(at)
    } else if (is === 'form') {
      const places = found.forms.get(place)
      if (places === undefined) found.forms.set(place, [at])
      else places.push(at)
    } else if (found.secret < 0 || place < found.secret) found.secret = place
  }
}

function areHex(bytes: Buffer, from: number, count: number): boolean {
  for (let at = from; at < from + count; at++) if (isHex[bytes[at] ?? 0] !== 1) return false
  return true
}

function isEscape(bytes: Buffer, at: number): boolean {
  const next = bytes[at + 1] ?? 0
  return isEscaped[next] === 1 || (next === letterU && areHex(bytes, at + 2, 4))
}

/** 1 for each of the characters, by its byte. */
function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const character of Buffer.from(characters)) table[character] = 1
  return table
}

/** @param fold a bit that letters may have or not */
function isAt(bytes: Buffer, at: number, text: Uint8Array, fold: number): boolean {
  if (at < 0 || at + text.length > bytes.length) return false
  for (let index = 0; index < text.length; index++) if ((bytes[at + index]! | fold) !== text[index]) return false
  return true
}

/** Whether a word by itself says that something is a secret, as `key` does not. */
function isName(bytes: Buffer, at: number, word: Uint8Array): boolean {
  if (word.length > 3) return true
  const before = bytes[at - 1]
  const end = before === 0x5f || before === 0x2d ? at - 1 : at
  return kindsOfKey.some((kind) => isAt(bytes, end - kind.length, kind, 0x20))
}
