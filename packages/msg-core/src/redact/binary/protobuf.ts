import { isUtf8 } from 'node:buffer'
import { applyEdits, growthOf, maxDepth, type BinaryRules, type ByteEdit } from './edits.ts'

// https://protobuf.dev/programming-guides/encoding/: fields with numbers, no names. What is seen without the schema: texts, messages
// inside, and entries of maps, whose field 1 is the name and whose field 2 the value (so are attributes of OpenTelemetry).

const [varintWire, fixed64Wire, lengthWire, fixed32Wire] = [0, 1, 2, 5]

interface Field {
  readonly number: number
  /** Where its length stands, and what it is of; undefined for a number. */
  readonly lengthAt?: number
  readonly start: number
  readonly end: number
}

/** A message of Protocol Buffers without its secrets; undefined where it is none, or holds nothing to replace. */
export function redactProtobuf(bytes: Buffer, rules: BinaryRules): Buffer | undefined {
  const edits: ByteEdit[] = []
  return walk(bytes, 0, bytes.length, rules, false, edits, 0) && edits.length > 0 ? applyEdits(bytes, edits) : undefined
}

/**
 * @param isSecret whether every text inside is one
 * @returns false for what is not a message
 */
function walk(
  bytes: Buffer,
  start: number,
  end: number,
  rules: BinaryRules,
  isSecret: boolean,
  edits: ByteEdit[],
  depth: number,
): boolean {
  const fields = depth > maxDepth ? undefined : fieldsOf(bytes, start, end)
  if (fields === undefined) return false
  const [name] = fields
  const isEntry =
    name?.number === 1 && isText(bytes, name) && rules.isField(bytes.toString('utf8', name.start, name.end))
  for (const field of fields) {
    const { lengthAt } = field
    if (lengthAt === undefined || field.start === field.end) continue
    const own = edits.push({ start: lengthAt, end: lengthAt, bytes: bytes.subarray(0, 0) }) - 1
    look(bytes, field, rules, isSecret || (isEntry && field.number === 2), edits, depth)
    if (edits.length === own + 1) {
      edits.pop()
      continue
    }
    const length = field.end - field.start + growthOf(edits, own + 1)
    edits[own] = { start: lengthAt, end: field.start, bytes: varint(length) }
  }
  return true
}

function look(
  bytes: Buffer,
  field: Field,
  rules: BinaryRules,
  isSecret: boolean,
  edits: ByteEdit[],
  depth: number,
): void {
  const { start, end } = field
  const content = bytes.subarray(start, end)
  if (isText(bytes, field)) {
    const text = content.toString()
    const redacted = isSecret ? rules.replace(text) : rules.text(text)
    if (redacted !== text) edits.push({ start, end, bytes: Buffer.from(redacted) })
    return
  }
  const before = edits.length
  if (walk(bytes, start, end, rules, isSecret, edits, depth + 1)) return
  edits.length = before
  const redacted = isSecret ? Buffer.from(rules.replace(content.toString('latin1'))) : rules.payload(content)
  if (redacted !== content) edits.push({ start, end, bytes: redacted })
}

/** Undefined for what is not a whole message. */
function fieldsOf(bytes: Buffer, start: number, end: number): Field[] | undefined {
  const fields: Field[] = []
  for (let at = start; at < end;) {
    const tag = readVarint(bytes, at, end)
    if (tag === undefined || tag.value < 8) return undefined
    const [wire, number] = [tag.value % 8, Math.floor(tag.value / 8)]
    const { next } = tag
    if (wire === lengthWire) {
      const length = readVarint(bytes, next, end)
      if (length === undefined || length.value > end - length.next) return undefined
      fields.push({ number, lengthAt: next, start: length.next, end: length.next + length.value })
      at = length.next + length.value
    } else {
      const to = numberEnd(bytes, wire, next, end)
      if (to === undefined || to > end) return undefined
      fields.push({ number, start: next, end: to })
      at = to
    }
  }
  return fields
}

function numberEnd(bytes: Buffer, wire: number, at: number, end: number): number | undefined {
  if (wire === fixed64Wire) return at + 8
  if (wire === fixed32Wire) return at + 4
  return wire === varintWire ? readVarint(bytes, at, end)?.next : undefined
}

const longestVarint = 10

function readVarint(
  bytes: Buffer,
  at: number,
  end: number,
): { readonly value: number; readonly next: number } | undefined {
  let value = 0
  for (let index = 0; index < longestVarint && at + index < end; index++) {
    const byte = bytes[at + index]!
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: at + index + 1 }
  }
  return undefined
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return Buffer.of(...bytes, rest)
}

/** Whether a field is of text: UTF-8 without controls but those of lines and columns, which a message inside has for its tags. */
function isText(bytes: Buffer, { lengthAt, start, end }: Field): boolean {
  if (lengthAt === undefined) return false
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false
  }
  return isUtf8(bytes.subarray(start, end))
}
