import { credentialForms } from './credential-forms.ts'
import { findMarks, type Marks } from './marks.ts'
import { unpack, unpackWhole } from './unpack.ts'

/** What was found, without the value: the rule, and through which wrappings, `base64, gzip`. */
export interface ByteFinding {
  readonly rule: string
  readonly within: readonly string[]
}

/** How deep wrappings are taken off: Base64 of gzip of JSON escapes, and one more. */
const maxDepth = 4
/** Bytes that one scan looks at in all, wrappings included: a bomb ends there. */
const maxBytes = 256 * 1024 * 1024
/** Beginnings of something packed that are tried in one value. */
const maxPartsOfValue = 64

const forms = credentialForms.map(({ rule, source }) => ({ rule, expression: new RegExp(source) }))

/** A name that says that its value is a secret, and the value, in JSON and in `name=value`. */
const secretNames = String.raw`(?:token|secret|passw|credential|signature|session|authoriz|(?:api|access|private|signing|encryption)[_-]?key)`
const named = new RegExp(
  String.raw`"([^"\\]{0,40}${secretNames}[^"\\]{0,40})"\s{0,4}:\s{0,4}"([A-Za-z0-9+/=_.~-]{20,256})"|\b([\w.-]{0,40}${secretNames}[\w.-]{0,40})=([A-Za-z0-9+/_.~-]{20,256})`,
  'gi',
)

/** A name with its value begins so far before its word at most, and ends so far behind where the word begins. */
const [wordLead, wordTail] = [42, 340]

/** Bits a character of a random value in hex, Base64 or the like; words of a language have fewer. */
const minEntropy = 3.8

/** Looks for secrets in bytes of any kind, and inside what they wrap. */
export class ByteScan {
  readonly #secrets: readonly (readonly [name: string, value: Buffer])[]
  #left = maxBytes
  #maxParts = maxPartsOfValue

  /** @param secrets values that may not occur, by the name to tell them by */
  constructor(secrets: ReadonlyMap<string, string>) {
    this.#secrets = [...secrets].map(([name, value]) => [name, Buffer.from(value)])
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

  #find(bytes: Buffer, within: readonly string[]): ByteFinding | undefined {
    this.#left -= bytes.length
    // What is not looked through may hold anything.
    if (this.#left < 0) return { rule: 'more that is packed than can be looked through', within }
    if (bytes.length < 6) return undefined
    for (const [name, value] of this.#secrets) {
      if (bytes.includes(value)) return { rule: `the value of ${name}`, within }
    }
    const marks = findMarks(bytes)
    for (const form of marks.forms) {
      const { rule, expression } = forms[form]!
      if (expression.test(textOf(bytes))) return { rule, within }
    }
    const name = nameOfRandom(bytes, marks.words)
    if (name !== undefined) return { rule: `a random value named ${name}`, within }
    if (within.length >= maxDepth) return undefined
    for (const [how, inner] of unwrapped(bytes, marks, this.#maxParts)) {
      const found = this.#find(inner, [...within, how])
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** The name of the first random value whose name says that it is a secret; the expression sees the surroundings of its word alone. */
function nameOfRandom(bytes: Buffer, words: readonly number[]): string | undefined {
  for (const at of words) {
    for (const found of textOf(bytes, Math.max(0, at - wordLead), at + wordTail).matchAll(named)) {
      const [, jsonName, jsonValue, pairName, pairValue] = found
      const [name = '', value = ''] = jsonName === undefined ? [pairName, pairValue] : [jsonName, jsonValue]
      if (isRandom(value)) return name
    }
  }
  return undefined
}

function* unwrapped(bytes: Buffer, marks: Marks, maxParts: number): Generator<readonly [how: string, inner: Buffer]> {
  for (const inner of unpack(bytes, maxParts)) yield ['a packed part', inner]
  if (bytes.length < 1024 * 1024) {
    const inner = unpackWhole(bytes)
    if (inner !== undefined && inner.length > 0) yield ['snappy', inner]
  }
  if (marks.hasPercentEncoding) yield ['percent-encoding', percentDecoded(textOf(bytes))]
  if (marks.hasJsonEscape) yield ['JSON escapes', jsonUnescaped(textOf(bytes))]
  const runs: Buffer[] = []
  const places = marks.base64
  for (let at = 0; at < places.length; at += 2) {
    const decoded = Buffer.from(textOf(bytes, places[at], places[at + 1]), 'base64')
    const inner = unpackWhole(decoded)
    if (inner !== undefined && inner.length > 0) yield ['snappy in Base64', inner]
    runs.push(decoded, lineEnd)
  }
  // All at once: a text has many, and nearly none holds anything.
  if (runs.length > 0) yield ['Base64', Buffer.concat(runs)]
}

const lineEnd = Buffer.from('\n')

/** Each byte a character, so that text inside binary is found where it stands. */
function textOf(bytes: Buffer, start?: number, end?: number): string {
  return bytes.toString('latin1', start, end)
}

function percentDecoded(text: string): Buffer {
  return Buffer.from(
    text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}

const plainEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function jsonUnescaped(text: string): Buffer {
  return Buffer.from(
    text.replaceAll(/\\(?:u([0-9A-Fa-f]{4})|(.))/g, (_, hex: string | undefined, plain: string) =>
      hex === undefined
        ? (plainEscapes[plain] ?? plain)
        : Buffer.from(String.fromCharCode(Number.parseInt(hex, 16))).toString('latin1'),
    ),
    'latin1',
  )
}

/** Whether a value is of characters that a machine drew: digits and letters, and no two alike as often as in words. */
function isRandom(value: string): boolean {
  if (!/[0-9]/.test(value) || !/[A-Za-z]/.test(value) || /^anon-[0-9a-f]{32}$/.test(value)) return false
  // Ids that everybody gives: a UUID, a hash in hex that is named so.
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return false
  const counts = new Map<string, number>()
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1)
  let entropy = 0
  for (const count of counts.values()) entropy -= (count / value.length) * Math.log2(count / value.length)
  return entropy >= minEntropy
}
