import { credentialForms } from './credential-forms.ts'

/** What one pass over bytes sees of what a closer look may be worth at. */
export interface Marks {
  /** Forms of credentials whose mark is there, by their place in {@link credentialForms}. */
  readonly forms: ReadonlySet<number>
  /** Where words stand that names of secrets have. */
  readonly words: readonly number[]
  /** Starts and ends, in turn, of runs of the characters of Base64. */
  readonly base64: readonly number[]
  /** Whether a percent sign with two hex digits is there. */
  readonly hasPercentEncoding: boolean
  /** Whether an escape of JSON is there. */
  readonly hasJsonEscape: boolean
}

/** Words of which one is in every name of a secret, without case. */
const secretWords = ['token', 'secret', 'passw', 'credential', 'signature', 'session', 'authoriz', 'key']
/** What stands before a `key` that is a secret. */
const kindOfKey = /(?:api|access|private|signing|encryption)[_-]?$/i
const longestKind = 'encryption_'.length

/** Shorter runs of the characters of Base64 say nothing. */
const leastBase64 = 16
/** 1 for the characters of Base64, in both alphabets (RFC 4648, 4 and 5). */
const isBase64 = tableOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-')

const percentSign = 0x25
const backslash = 0x5c
const letterU = 0x75
const isHex = tableOf('0123456789abcdefABCDEF')
/** What follows the backslash in the short escapes of JSON that are looked into. */
const isEscaped = tableOf('/"\\nrt')

/** A text that is looked for: a mark of a form, to the letter, or a word, without case. */
interface Sought {
  readonly text: Buffer
  /** The form; -1 for a word. */
  readonly form: number
}

const sought: readonly Sought[] = [
  ...credentialForms.flatMap(({ marks }, form) => marks.map((mark) => ({ text: Buffer.from(mark), form }))),
  ...secretWords.map((word) => ({ text: Buffer.from(word), form: -1 })),
]

/** By two bytes: 0, or one more than the place in {@link candidates} of what begins with them. */
const pairs = new Uint8Array(65_536)
const candidates: Sought[][] = []
/** By a byte: a bit for each text that begins with it, or has it second. Two small tables stay in the processor's cache. */
const first = new Int32Array(256)
const second = new Int32Array(256)
for (const [index, one] of sought.entries()) {
  const [begins, goesOn] = [casesOf(one, 0), casesOf(one, 1)]
  for (const byte of begins) first[byte]! |= 1 << (index % 31)
  for (const byte of goesOn) second[byte]! |= 1 << (index % 31)
  for (const pair of begins.flatMap((byte) => goesOn.map((next) => (byte << 8) | next))) {
    if (pairs[pair] === 0) pairs[pair] = candidates.push([])
    candidates[pairs[pair]! - 1]?.push(one)
  }
}

function casesOf({ text, form }: Sought, at: number): number[] {
  const byte = text[at] ?? 0
  return form < 0 ? [byte, byte & ~0x20] : [byte]
}

/** Goes through the bytes once: one look at each costs less than a search for each of some fifty texts. */
export function findMarks(bytes: Buffer): Marks {
  const forms = new Set<number>()
  const words: number[] = []
  const base64: number[] = []
  let hasPercentEncoding = false
  let hasJsonEscape = false
  const { length } = bytes
  let start = 0
  let before = 0
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]!
    if ((first[before]! & second[byte]!) !== 0) look(bytes, at - 1, (before << 8) | byte, forms, words)
    before = byte
    if (isBase64[byte] === 1) continue
    if (byte === percentSign) hasPercentEncoding ||= areHex(bytes, at + 1, 2)
    else if (byte === backslash) hasJsonEscape ||= isEscape(bytes, at)
    if (at - start >= leastBase64) base64.push(start, at)
    start = at + 1
  }
  if (length - start >= leastBase64) base64.push(start, length)
  return { forms, words, base64, hasPercentEncoding, hasJsonEscape }
}

function look(bytes: Buffer, at: number, pair: number, forms: Set<number>, words: number[]): void {
  const found = pairs[pair]!
  if (found === 0) return
  for (const { text, form } of candidates[found - 1]!) {
    if (form >= 0) {
      if (!forms.has(form) && isAt(bytes, at, text, 0)) forms.add(form)
    } else if (isAt(bytes, at, text, 0x20) && isName(bytes, at, text)) words.push(at)
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
function isAt(bytes: Buffer, at: number, text: Buffer, fold: number): boolean {
  if (at < 0 || at + text.length > bytes.length) return false
  for (let index = 0; index < text.length; index++) if ((bytes[at + index]! | fold) !== text[index]) return false
  return true
}

/** Whether a word by itself says that something is a secret, as `key` does not. */
function isName(bytes: Buffer, at: number, word: Buffer): boolean {
  if (word.length > 3) return true
  return kindOfKey.test(bytes.toString('latin1', Math.max(0, at - longestKind), at))
}
