import { parseJson, pointerTokens, type JsonNode } from '../format/json/index.ts'
import { nameTest, sourceOfAll } from './names.ts'
import type { RedactionRules } from './rules.ts'

/** A change of a text: `[start, end)` becomes `text`. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * Redacts texts and payloads. What is not replaced stays byte for byte: a payload is not parsed and written again, its values
 * are cut out where they stand.
 */
export class TextRedactor {
  readonly #isField: (name: string) => boolean
  readonly #pair: Pattern | undefined
  readonly #pointers: readonly (readonly string[])[]
  readonly #patterns: readonly Pattern[]
  readonly #replace: (value: string) => string

  constructor({ fields, pointers, patterns }: RedactionRules, replace: (value: string) => string) {
    this.#isField = nameTest(fields)
    // Runs are bounded, so that no text takes quadratic time.
    const plain = sourceOfAll(fields, String.raw`[\w.-]{0,64}`)
    this.#pair =
      fields.length === 0
        ? undefined
        : patternOf(String.raw`(?<=^|[\s?&;,])(?:${plain})=(?<secret>"[^"]*"|[^\s&;,"]+)`, 'i')
    this.#pointers = pointers.map((pointer) => pointerTokens(pointer))
    this.#patterns = patterns.map((pattern) => patternOf(pattern))
    this.#replace = replace
  }

  /** A payload; the very bytes where nothing is replaced, or they are not UTF-8. */
  payload(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return bytes
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const text = buffer.toString()
    const redacted = this.text(text)
    if (redacted === text) return bytes
    // Bytes that are no text would come out changed; what they hold is the scan's to find.
    return Buffer.from(text).equals(buffer) ? Buffer.from(redacted) : bytes
  }

  /** Any text: JSON, or an error, or a header's value. */
  text(text: string): string {
    let redacted = text
    if (isObjectOrList(text) && (this.#pointers.length > 0 || this.#mayHoldField(text))) redacted = this.#json(redacted)
    if (this.#pair !== undefined && redacted.includes('=')) redacted = this.#replaceAll(redacted, this.#pair)
    for (const pattern of this.#patterns) redacted = this.#replaceAll(redacted, pattern)
    return redacted
  }

  /**
   * Whether a parse can find a field: each name of JSON, a text with a colon behind it, is looked at where it stands. One with an
   * escape may spell anything.
   */
  #mayHoldField(text: string): boolean {
    for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
      let end = colon - 1
      while (isSpace(text.charCodeAt(end))) end--
      if (end < 1 || text.charCodeAt(end) !== quote) continue
      const start = text.lastIndexOf('"', end - 1)
      if (start === -1) continue
      if (text.charCodeAt(start - 1) === backslash || end - start > longestName) return true
      const name = text.slice(start + 1, end)
      if (this.#isField(name) || name.includes('\\')) return true
    }
    return false
  }

  #json(text: string): string {
    const parsed = parseJson(text, { duplicateKeys: 'keep', loneSurrogates: 'keep' })
    if (!parsed.ok) return text
    const edits: Edit[] = []
    this.#walk(parsed.root, this.#pointers, text, edits)
    return apply(text, edits)
  }

  #walk(node: JsonNode, pointers: readonly (readonly string[])[], text: string, edits: Edit[]): void {
    if (pointers.some((tokens) => tokens.length === 0)) {
      edits.push(this.#cut(node, text))
      return
    }
    const below = (name: string): (readonly string[])[] =>
      pointers.filter(([token]) => token === '*' || token === name).map((tokens) => tokens.slice(1))
    if (node.kind === 'array') {
      for (const [index, item] of node.items.entries()) this.#walk(item, below(String(index)), text, edits)
    } else if (node.kind === 'object') {
      for (const { key, value } of node.members) {
        if (this.#isField(key) && !isEmpty(value)) edits.push(this.#cut(value, text))
        else this.#walk(value, below(key), text, edits)
      }
    }
  }

  #cut(node: JsonNode, text: string): Edit {
    const value = node.kind === 'string' ? node.value : text.slice(node.start, node.end)
    return { start: node.start, end: node.end, text: JSON.stringify(this.#replace(value)) }
  }

  #replaceAll(text: string, { any, each }: Pattern): string {
    // Most texts have none, and a loop over matches costs many times as much.
    if (!any.test(text)) return text
    const edits: Edit[] = []
    for (const match of text.matchAll(each)) {
      const [start, end] = match.indices?.groups?.['secret'] ?? match.indices?.[0] ?? [0, 0]
      if (end > start) edits.push({ start, end, text: this.#replace(text.slice(start, end)) })
    }
    return apply(text, edits)
  }
}

/** A regular expression, to look for any match and for each. */
interface Pattern {
  readonly any: RegExp
  readonly each: RegExp
}

function patternOf(source: string, flags = ''): Pattern {
  return { any: new RegExp(source, flags), each: new RegExp(source, `dg${flags}`) }
}

const quote = 0x22
const backslash = 0x5c
/** Names that are longer are left to the parser, in characters. */
const longestName = 256

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** Whether JSON of something with names begins here; a parse of anything else is for nothing. */
function isObjectOrList(text: string): boolean {
  let at = 0
  while (isSpace(text.charCodeAt(at))) at++
  const first = text.charCodeAt(at)
  return first === 0x7b || first === 0x5b
}

function isEmpty(node: JsonNode): boolean {
  return (node.kind === 'literal' && node.value === null) || (node.kind === 'string' && node.value === '')
}

function apply(text: string, edits: readonly Edit[]): string {
  let redacted = ''
  let at = 0
  for (const edit of edits) {
    redacted += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return at === 0 ? text : redacted + text.slice(at)
}
