import { parseJson, pointerTokens, type JsonNode } from '../format/json/index.ts'
import { redactBinary, schemaHeads, type BinaryRules } from './binary/index.ts'
import { longestText, nameTest, sourceOfAll } from './names.ts'
import { defaultRules, type RedactionRules } from './rules.ts'
import { namedForms, patternOf, type NamedForm, type Pattern } from './text-forms.ts'

/** A change of a text: `[start, end)` becomes `text`. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** JSON in a text of JSON, and so on. */
const maxNesting = 8

/**
 * Redacts texts and payloads. What is not replaced stays byte for byte: a payload is not parsed and written again, its values
 * are cut out where they stand.
 */
export class TextRedactor {
  readonly #isField: (name: string) => boolean
  /** What says the name of another's value: `{"name":"password","value":"…"}`, `["password","…"]`. */
  readonly #namesField: RegExp | undefined
  /** What stands in every text that a named form or a default pattern is in: a look before all of them. */
  readonly #words: RegExp
  readonly #forms: readonly NamedForm[]
  readonly #pointers: readonly (readonly string[])[]
  readonly #patterns: readonly Pattern[]
  readonly #replace: (value: string) => string
  /** Rules of a project's own may replace what none of the words is in. */
  readonly #looksEverywhere: boolean

  constructor({ fields, pointers, patterns }: RedactionRules, replace: (value: string) => string) {
    this.#isField = nameTest(fields)
    this.#namesField =
      fields.length === 0
        ? undefined
        : new RegExp(
            String.raw`(?:"(?:name|key|field|path)"\s{0,8}:\s{0,8}"[^"]{0,256}?|\[\s{0,8}"|"raw_?headers"\s{0,8}:[^\]]{0,4096}?")(?:${sourceOfAll(fields, '[^"]{0,64}')})"`,
            'i',
          )
    this.#words = new RegExp(
      [...fields.map(longestText), '://', 'bearer', 'basic'].map((word) => RegExp.escape(word)).join('|'),
      'i',
    )
    this.#forms = namedForms(fields)
    this.#pointers = pointers.map((pointer) => pointerTokens(pointer))
    this.#patterns = patterns.map((pattern) => patternOf(pattern))
    this.#replace = replace
    this.#looksEverywhere = pointers.length > 0 || patterns.length > defaultRules.patterns.length
  }

  /** A payload; the very bytes where nothing is replaced, or they are neither text nor of a format that is looked into. */
  payload(bytes: Uint8Array): Uint8Array {
    return this.#payload(bytes, 0)
  }

  #payload(bytes: Uint8Array, depth: number): Uint8Array {
    if (bytes.length === 0) return bytes
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const head = headOf(buffer)
    if (head > 0) {
      const body = buffer.subarray(head)
      const redacted = this.#payload(body, depth)
      return redacted === body ? bytes : Buffer.concat([buffer.subarray(0, head), redacted])
    }
    const text = buffer.toString()
    const isUtf8 = !text.includes('\ufffd') || Buffer.from(text).equals(buffer)
    // Text, as nearly all is, begins as JSON or has no control characters.
    const isPlain = (isUtf8 && text.startsWith('{"')) || !isControlled(buffer)
    const isText = isUtf8 && isPlain
    const binary = isText ? undefined : this.#binary(buffer, text, depth)
    if (binary !== undefined) return binary
    if (isUtf8) return this.#asText(bytes, text, 'utf8', depth)
    // Text in another alphabet. Other bytes would come out changed, or with another length than they say; what they hold is the scan's to find.
    return isPlain ? this.#asText(bytes, buffer.toString('latin1'), 'latin1', depth) : bytes
  }

  #asText(bytes: Uint8Array, text: string, encoding: 'utf8' | 'latin1', depth: number): Uint8Array {
    const redacted = this.#text(text, depth === 0 ? this.#pointers : [], depth)
    return redacted === text ? bytes : Buffer.from(redacted, encoding)
  }

  #binary(bytes: Buffer, text: string, depth: number): Uint8Array | undefined {
    if (depth >= maxNesting || !(this.#looksEverywhere || this.#words.test(text))) return undefined
    const rules: BinaryRules = {
      isField: this.#isField,
      replace: this.#replace,
      text: (inner) => this.#text(inner, [], depth + 1),
      payload: (inner) => this.#payload(inner, depth + 1),
    }
    return redactBinary(bytes, rules, depth === 0 ? this.#pointers : [])
  }

  /** Any text: JSON, or an error, or a header's value. */
  text(text: string): string {
    return this.#text(text, this.#pointers, 0)
  }

  #text(text: string, pointers: readonly (readonly string[])[], depth: number): string {
    let redacted = text
    let isJson = false
    if (isObjectOrList(text)) {
      if (pointers.length > 0 || this.#mayHoldField(text)) {
        const read = this.#json(text, pointers, depth)
        isJson = read !== undefined
        redacted = read ?? text
      }
    }
    for (const { mark, besideJson, pattern } of this.#forms) {
      if (!(isJson && besideJson) && redacted.includes(mark)) redacted = this.#replaceAll(redacted, pattern)
    }
    if (redacted.includes(phpMark)) redacted = this.#php(redacted)
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
      if (this.#isField(name) || isPassMember.test(name) || name.includes('\\')) return true
    }
    // A text with escapes may be of any form.
    return this.#namesField?.test(text) === true || (text.includes('\\') && this.#words.test(text))
  }

  /** Undefined for what is not JSON. */
  #json(text: string, pointers: readonly (readonly string[])[], depth: number): string | undefined {
    const parsed = parseJson(text, { duplicateKeys: 'keep', loneSurrogates: 'keep' })
    if (!parsed.ok) return undefined
    const edits: Edit[] = []
    this.#walk(parsed.root, pointers, text, edits, depth)
    return apply(text, edits)
  }

  #walk(node: JsonNode, pointers: readonly (readonly string[])[], text: string, edits: Edit[], depth: number): void {
    if (pointers.some((tokens) => tokens.length === 0)) {
      edits.push(this.#cut(node, text))
      return
    }
    const below = (name: string): (readonly string[])[] =>
      pointers.filter(([token]) => token === '*' || token === name).map((tokens) => tokens.slice(1))
    if (node.kind === 'array') {
      for (const [index, item] of node.items.entries()) {
        const isPair = item.kind === 'array' && item.items.length === 2
        const secret = isPair ? this.#secretsOfPairs(item)[0] : undefined
        if (secret === undefined) this.#walk(item, below(String(index)), text, edits, depth)
        else edits.push(this.#cut(secret, text))
      }
    } else if (node.kind === 'object') {
      const isNamed = node.members.some(
        ({ key, value }) => isNameMember.test(key) && value.kind === 'string' && this.#isField(lastName(value.value)),
      )
      const hasUser = node.members.some(({ key }) => isUserMember.test(key))
      for (const { key, value } of node.members) {
        const isPass = hasUser && isPassMember.test(key) && value.kind === 'string'
        const isSecret = this.#isField(key) || isPass || (isNamed && isValueMember.test(key))
        if (isSecret && !isEmpty(value)) edits.push(this.#cut(value, text))
        else if (isRawHeaders.test(key)) edits.push(...this.#secretsOfPairs(value).map((node) => this.#cut(node, text)))
        else this.#walk(value, below(key), text, edits, depth)
      }
    } else if (
      node.kind === 'string' &&
      depth < maxNesting &&
      hasForm.test(node.value) &&
      this.#words.test(node.value)
    ) {
      const inner = this.#text(node.value, [], depth + 1)
      if (inner !== node.value) edits.push({ start: node.start, end: node.end, text: JSON.stringify(inner) })
    }
  }

  /** What PHP serializes, `s:8:"password";s:7:"hunter2";`, with the length of what is put there. */
  #php(text: string): string {
    return text.replaceAll(phpPair, (pair, name: string, length: string, behind: string) => {
      const bytes = Buffer.from(behind)
      const value = bytes.subarray(0, Number(length)).toString()
      if (!this.#isField(name) || value === '' || bytes[Number(length)] !== quote) return pair
      const replaced = this.#replace(value)
      const rest = bytes.subarray(Number(length)).toString()
      return `s:${Buffer.byteLength(name)}:"${name}";s:${Buffer.byteLength(replaced)}:"${replaced}${rest}`
    })
  }

  /** Secrets of a list of names and values in turn: headers as Node gives them, or `["Authorization", "…"]`. */
  #secretsOfPairs(list: JsonNode): JsonNode[] {
    const items = list.kind === 'array' ? list.items : []
    return items.filter((value, index) => {
      const name = items[index - 1]
      const isNamed = index % 2 === 1 && name?.kind === 'string' && this.#isField(name.value)
      return isNamed && value.kind === 'string' && value.value !== '' && !this.#isField(value.value)
    })
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
      const scalar = match.indices?.groups?.['scalar']
      const [start, end] = scalar ?? match.indices?.groups?.['secret'] ?? match.indices?.[0] ?? [0, 0]
      if (end <= start) continue
      const replacement = this.#replace(text.slice(start, end))
      edits.push({ start, end, text: scalar === undefined ? replacement : quotedAs(match, replacement) })
    }
    return apply(text, edits)
  }
}

/** A value in the quotation marks of its name. */
function quotedAs(match: RegExpExecArray, value: string): string {
  const mark = match.groups?.['name'] ?? '"'
  return `${mark}${value}${mark}`
}

const isNameMember = /^(?:name|key|field|path)$/i
const isValueMember = /^value$/i
/** What a test has is a `pass` too, so that it counts beside a user alone. */
const [isUserMember, isPassMember] = [/^(?:user(?:_?name)?|login|email)$/i, /^pass$/i]
const isRawHeaders = /^raw_?headers$/i

/** The last name of a path, `/user/password`. */
function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** What a text within JSON has that is a form of its own, of which the text of JSON shows nothing or with escapes. */
const hasForm = /["'\r\n]/

const phpMark = '";s:'
const phpPair = /s:\d{1,4}:"([^"]{1,256})";s:(\d{1,5}):"([^\r\n]{1,4096}?";)/g

const quote = 0x22
const backslash = 0x5c
const byteOrderMark = 0xfeff
/** Names that are longer are left to the parser, in characters. */
const longestName = 256

/** Bytes in front of JSON: a mark of the order of bytes, or the schema (Confluent's framing, and that of AWS Glue). */
function headOf(bytes: Buffer): number {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 3
  for (const head of schemaHeads) {
    const first = bytes[0] === head.mark ? bytes[head.bytes] : undefined
    if (first === 0x7b || first === 0x5b) return head.bytes
  }
  return 0
}

/** Whether bytes hold what no text has: control characters other than those of lines and columns. */
function isControlled(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return true
  return false
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** Whether JSON of something with names begins here; a parse of anything else is for nothing. */
function isObjectOrList(text: string): boolean {
  let at = text.charCodeAt(0) === byteOrderMark ? 1 : 0
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
