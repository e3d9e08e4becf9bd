import {
  applyEdits,
  growthOf,
  isNameMember,
  isValueMember,
  maxDepth,
  pointersBelow,
  replaceEdits,
  type BinaryRules,
  type ByteEdit,
  type Pointers,
} from './edits.ts'

// https://bsonspec.org/spec.html: a document says how many bytes it has, each element its type, its name, and its value.

const [stringType, documentType, arrayType, binaryType, nullType, codeType] = [0x02, 0x03, 0x04, 0x05, 0x0a, 0x0d]
/** Bytes of the values of the types that have always as many. */
const fixedBytes = new Map([
  [0x01, 8],
  [0x06, 0],
  [0x07, 12],
  [0x08, 1],
  [0x09, 8],
  [nullType, 0],
  [0x10, 4],
  [0x11, 8],
  [0x12, 8],
  [0x13, 16],
  [0x7f, 0],
  [0xff, 0],
])
const [lengthBytes, leastDocument] = [4, 5]

/** A document of BSON without its secrets; undefined where it is none, or holds nothing to replace. */
export function redactBson(bytes: Buffer, rules: BinaryRules, pointers: Pointers): Buffer | undefined {
  if (!isDocument(bytes, 0, bytes.length)) return undefined
  const edits: ByteEdit[] = []
  if (!walk(bytes, 0, bytes.length, rules, pointers, edits, 0)) return undefined
  return edits.length === 0 ? undefined : applyEdits(bytes, edits)
}

function isDocument(bytes: Buffer, at: number, end: number): boolean {
  return end - at >= leastDocument && bytes.readInt32LE(at) === end - at && bytes[end - 1] === 0
}

/** @returns false for what is not a document */
function walk(
  bytes: Buffer,
  start: number,
  end: number,
  rules: BinaryRules,
  pointers: Pointers,
  edits: ByteEdit[],
  depth: number,
): boolean {
  if (depth > maxDepth) return false
  // The length of the document is known when its elements are: its place is held until then.
  const own = edits.push({ start, end: start, bytes: bytes.subarray(0, 0) }) - 1
  let isNamed = false
  let valueOf: Element | undefined
  for (let at = start + lengthBytes; at < end - 1;) {
    const element = elementAt(bytes, at, end - 1)
    if (element === undefined) return false
    const { type, value, next } = element
    const name = bytes.toString('utf8', at + 1, value - 1)
    const below = pointersBelow(pointers, name)
    if (rules.isField(name) || below.some((tokens) => tokens.length === 0)) {
      replaceEdits(edits, edits.length, at, next, cut(bytes, element, rules))
    } else if (type !== documentType && type !== arrayType) {
      look(bytes, element, rules, edits)
    } else if (!walk(bytes, value, next, rules, below, edits, depth + 1)) return false
    if (isValueMember.test(name)) valueOf = element
    else if (isNameMember.test(name) && type === stringType) isNamed ||= rules.isField(textOf(bytes, element))
    at = next
  }
  if (isNamed && valueOf !== undefined) {
    replaceEdits(edits, own + 1, valueOf.at, valueOf.next, cut(bytes, valueOf, rules))
  }
  if (edits.length === own + 1) edits.pop()
  else edits[own] = { start, end: start + lengthBytes, bytes: int32(end - start + growthOf(edits, own + 1)) }
  return true
}

interface Element {
  readonly type: number
  /** Where its type stands, where its value begins, and where the next element does. */
  readonly at: number
  readonly value: number
  readonly next: number
}

function elementAt(bytes: Buffer, at: number, end: number): Element | undefined {
  const nameEnd = bytes.indexOf(0, at + 1)
  if (nameEnd < 0 || nameEnd >= end) return undefined
  const type = bytes[at]!
  const next = valueEnd(bytes, type, nameEnd + 1, end)
  return next < 0 ? undefined : { type, at, value: nameEnd + 1, next }
}

/** Where a value ends; -1 where it goes on behind the end of its document. */
function valueEnd(bytes: Buffer, type: number, at: number, end: number): number {
  const fixed = fixedBytes.get(type)
  if (fixed !== undefined) return at + fixed <= end ? at + fixed : -1
  // A regular expression: two texts with their ends.
  if (type === 0x0b) {
    const middle = bytes.indexOf(0, at)
    const last = middle < 0 ? -1 : bytes.indexOf(0, middle + 1)
    return last >= 0 && last < end ? last + 1 : -1
  }
  if (at + lengthBytes > end) return -1
  const length = bytes.readInt32LE(at)
  const isWhole = type === documentType || type === arrayType || type === 0x0f
  const extra = isWhole ? 0 : type === binaryType ? 5 : type === 0x0c ? 16 : lengthBytes
  const isKnown = isWhole || [stringType, binaryType, 0x0c, codeType, 0x0e].includes(type)
  const next = at + extra + length
  if (!isKnown || length < 0 || next <= at || next > end) return -1
  if (type === documentType || type === arrayType) return isDocument(bytes, at, next) ? next : -1
  return next
}

/** The whole value becomes a text; no change where it is empty or that text already. */
function cut(bytes: Buffer, element: Element, rules: BinaryRules): ByteEdit[] {
  const { type, at, value, next } = element
  const isText = type === stringType
  const said = isText ? textOf(bytes, element) : bytes.toString('latin1', value, next)
  if (said === '' || type === nullType) return []
  const replaced = rules.replace(said)
  if (isText) return replaced === said ? [] : [{ start: value, end: next, bytes: stringOf(replaced) }]
  return [
    { start: at, end: at + 1, bytes: Buffer.of(stringType) },
    { start: value, end: next, bytes: stringOf(replaced) },
  ]
}

function look(bytes: Buffer, element: Element, rules: BinaryRules, edits: ByteEdit[]): void {
  const { type, value, next } = element
  if (type === stringType) {
    const text = textOf(bytes, element)
    const redacted = rules.text(text)
    if (redacted !== text) edits.push({ start: value, end: next, bytes: stringOf(redacted) })
  } else if (type === binaryType) {
    const content = bytes.subarray(value + 5, next)
    const redacted = rules.payload(content)
    if (redacted === content) return
    edits.push({ start: value, end: value + lengthBytes, bytes: int32(redacted.length) })
    edits.push({ start: value + 5, end: next, bytes: redacted })
  }
}

function textOf(bytes: Buffer, { value, next }: Element): string {
  return bytes.toString('utf8', value + lengthBytes, next - 1)
}

function stringOf(text: string): Buffer {
  const content = Buffer.from(text)
  return Buffer.concat([int32(content.length + 1), content, Buffer.of(0)])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes)
  bytes.writeInt32LE(value)
  return bytes
}
