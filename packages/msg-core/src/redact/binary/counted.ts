import { isUtf8 } from 'node:buffer'
import {
  applyEdits,
  isNameMember,
  isValueMember,
  maxDepth,
  pointersBelow,
  replaceEdits,
  type BinaryRules,
  type ByteEdit,
  type Pointers,
} from './edits.ts'
import type { CountedFormat, Head } from './head.ts'

/**
 * A payload of MessagePack or CBOR without its secrets: values one behind the other, of which the first is a map or a list. Values
 * are cut out where they stand, all else stays byte for byte.
 *
 * @returns undefined where it is not of the format, or holds nothing to replace
 */
export function redactCounted(
  bytes: Buffer,
  format: CountedFormat,
  rules: BinaryRules,
  pointers: Pointers,
): Buffer | undefined {
  const walk = new Walk(bytes, format, rules)
  let first = 0
  while (format.head(bytes, first)?.kind === 'tag') first = format.head(bytes, first)!.next
  const kind = format.head(bytes, first)?.kind
  if (kind !== 'map' && kind !== 'list') return undefined
  for (let at = 0; at < bytes.length;) {
    at = walk.value(at, pointers, 0)
    if (at < 0) return undefined
  }
  return walk.edits.length === 0 ? undefined : applyEdits(bytes, walk.edits)
}

/** The end of what is not of the format. */
const none = -1

class Walk {
  readonly edits: ByteEdit[] = []
  readonly #bytes: Buffer
  readonly #format: CountedFormat
  readonly #rules: BinaryRules

  constructor(bytes: Buffer, format: CountedFormat, rules: BinaryRules) {
    this.#bytes = bytes
    this.#format = format
    this.#rules = rules
  }

  /** Looks through the value at a place, and gives where it ends. */
  value(at: number, pointers: Pointers, depth: number): number {
    const head = this.#format.head(this.#bytes, at)
    if (head === undefined || head.kind === 'break' || depth > maxDepth) return none
    const start = this.edits.length
    const end = this.#inside(head, at, pointers, depth)
    if (end !== none && pointers.some((tokens) => tokens.length === 0)) this.#cut(at, end, start)
    return end
  }

  #inside(head: Head, at: number, pointers: Pointers, depth: number): number {
    switch (head.kind) {
      case 'tag':
        return this.value(head.next, pointers, depth + 1)
      case 'map':
        return this.#map(head, pointers, depth)
      case 'list': {
        let end = head.next
        for (let index = 0; !this.#isOver(head, index, end); index++) {
          end = this.value(end, pointersBelow(pointers, String(index)), depth + 1)
          if (end < 0) return none
        }
        return head.count === undefined ? end + 1 : end
      }
      case 'text':
      case 'bytes':
        this.#leaf(head, at)
        return head.next
      default:
        return head.next
    }
  }

  /** Whether a map or a list ends here: after its count, or before a break; at the end of the bytes the next value says that it is cut short. */
  #isOver({ count }: Extract<Head, { count: number | undefined }>, seen: number, at: number): boolean {
    return count === undefined ? this.#format.head(this.#bytes, at)?.kind === 'break' : seen >= count
  }

  #leaf(head: Extract<Head, { content: Buffer }>, at: number): void {
    const { content, next } = head
    // Old MessagePack has bytes in texts.
    if (head.kind === 'text' && isUtf8(content)) {
      const text = content.toString()
      const redacted = this.#rules.text(text)
      if (redacted !== text) this.edits.push({ start: at, end: next, bytes: this.#format.text(redacted) })
      return
    }
    const redacted = this.#rules.payload(content)
    if (redacted !== content) this.edits.push({ start: at, end: next, bytes: this.#format.bytes(redacted) })
  }

  #map(head: Extract<Head, { count: number | undefined }>, pointers: Pointers, depth: number): number {
    let at = head.next
    /** `{"name": "password", "value": "…"}`: one member says the name of the other's value. */
    let isNamed = false
    let value: { readonly start: number; readonly end: number } | undefined
    const first = this.edits.length
    for (let seen = 0; !this.#isOver(head, seen, at); seen++) {
      const key = this.#format.head(this.#bytes, at)
      const name = key === undefined ? undefined : nameOf(key, this.#bytes, at)
      const start = this.value(at, [], depth + 1)
      if (start < 0) return none
      const before = this.edits.length
      at = this.value(start, name === undefined ? [] : pointersBelow(pointers, name), depth + 1)
      if (at < 0) return none
      if (name === undefined) continue
      if (this.#rules.isField(name)) this.#cut(start, at, before)
      else if (isValueMember.test(name)) value = { start, end: at }
      else if (isNameMember.test(name)) isNamed ||= this.#rules.isField(this.#textAt(start) ?? '')
    }
    if (isNamed && value !== undefined) this.#cut(value.start, value.end, first)
    return head.count === undefined ? at + 1 : at
  }

  #textAt(at: number): string | undefined {
    const head = this.#format.head(this.#bytes, at)
    return head?.kind === 'text' ? head.content.toString() : undefined
  }

  /** Replaces a whole value; what was replaced inside it, from one of the edits on, is not. */
  #cut(start: number, end: number, from: number): void {
    const head = this.#format.head(this.#bytes, start)
    if (head === undefined || isEmpty(head)) return
    const said = head.kind === 'text' ? head.content.toString() : this.#bytes.toString('latin1', start, end)
    const replaced = this.#rules.replace(said)
    if (head.kind === 'text' && replaced === said) return
    replaceEdits(this.edits, from, start, end, [{ start, end, bytes: this.#format.text(replaced) }])
  }
}

/** What a member of a map is called; undefined where its key is no name. */
function nameOf(key: Head, bytes: Buffer, at: number): string | undefined {
  if (key.kind === 'text' || key.kind === 'bytes') return key.content.toString()
  // Small numbers, which CBOR's maps often have for names, as pointers write them.
  return key.kind === 'scalar' && bytes[at]! < 24 ? String(bytes[at]) : undefined
}

function isEmpty(head: Head): boolean {
  if (head.kind === 'scalar') return head.isNull === true
  return (head.kind === 'text' || head.kind === 'bytes') && head.content.length === 0
}
