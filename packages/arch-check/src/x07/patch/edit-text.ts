import { type JsonNode, lineColAt, nodeAt, parseJson, pointerTokens } from '@x07-lab/msg-core/json'
import type { Json, JsonPatchOp } from '../../finding.ts'

/** A patch that does not fit the file it is for. */
export class PatchError extends Error {
  override name = 'PatchError'
}

/**
 * Applies RFC 6902 operations to a JSON text and leaves every character they do not concern as it is: spacing, key
 * order, number spelling. New lines end as the first line of the text does.
 * @throws {PatchError} where a pointer leads nowhere, a `test` fails, or the text is not JSON
 */
export function editJsonText(text: string, ops: readonly JsonPatchOp[]): string {
  return ops.reduce(applyOp, text)
}

function applyOp(text: string, op: JsonPatchOp): string {
  const root = read(text)
  switch (op.op) {
    case 'test': {
      const node = locate(root, op.path)
      if (JSON.stringify(JSON.parse(text.slice(node.start, node.end))) !== JSON.stringify(op.value)) {
        throw new PatchError(`test ${op.path}: the value is another one`)
      }
      return text
    }
    case 'replace':
      return replace(text, locate(root, op.path), op.value)
    case 'add':
      return add(text, root, op.path, op.value)
    case 'remove':
      return remove(text, root, op.path)
    case 'copy':
      return add(text, root, op.path, valueAt(text, root, op.from))
    default: {
      const value = valueAt(text, root, op.from)
      const without = remove(text, root, op.from)
      return add(without, read(without), op.path, value)
    }
  }
}

function read(text: string): JsonNode {
  const parsed = parseJson(text, { duplicateKeys: 'keep' })
  if (!parsed.ok)
    throw new PatchError(
      `patch a file: it is not JSON: ${parsed.error.reason} at ${parsed.error.line}:${parsed.error.col}`,
    )
  return parsed.root
}

function locate(root: JsonNode, pointer: string): JsonNode {
  const node = nodeAt(root, pointer)
  if (node === undefined) throw new PatchError(`follow ${pointer}: there is nothing`)
  return node
}

function valueAt(text: string, root: JsonNode, pointer: string): Json {
  const node = locate(root, pointer)
  const value: Json = JSON.parse(text.slice(node.start, node.end))
  return value
}

function replace(text: string, node: JsonNode, value: Json): string {
  const old = text.slice(node.start, node.end)
  const printed = old.includes('\n')
    ? print(value, newLine(text) + indentOfLine(text, node.start), indentUnit(text))
    : inline(value)
  return text.slice(0, node.start) + printed + text.slice(node.end)
}

function add(text: string, root: JsonNode, pointer: string, value: Json): string {
  const { parent, token } = parentOf(root, pointer)
  if (parent === undefined) return replace(text, root, value)
  if (parent.kind === 'object') {
    const known = parent.members.findLast((member) => member.key === token)
    if (known !== undefined) return replace(text, known.value, value)
    const spans = parent.members.map((member) => ({ start: member.start, end: member.value.end }))
    return insert(text, parent, spans, spans.length, value, `${JSON.stringify(token)}: `)
  }
  if (parent.kind !== 'array') throw new PatchError(`add ${pointer}: its parent is neither an object nor an array`)
  const at = token === '-' ? parent.items.length : Number(token)
  if (!Number.isInteger(at) || at < 0 || at > parent.items.length)
    throw new PatchError(`add ${pointer}: no such place in the array`)
  return insert(text, parent, parent.items, at, value, '')
}

interface Span {
  start: number
  end: number
}

/** Puts an element among its siblings, in the style of the container: on lines of their own or on one line. */
function insert(text: string, parent: Span, siblings: readonly Span[], at: number, value: Json, key: string): string {
  const unit = indentUnit(text)
  const end = newLine(text)
  const multiline = text.slice(parent.start, parent.end).includes('\n')
  const first = siblings[0]
  if (first === undefined) {
    const indent = indentOfLine(text, parent.start)
    const open = text.slice(0, parent.start + 1)
    const close = text.slice(parent.end - 1)
    if (!multiline && typeof value !== 'object') return `${open}${key}${inline(value)}${close}`
    const inner = end + indent + unit
    return `${open}${inner}${key}${print(value, inner, unit)}${end}${indent}${close}`
  }
  const lineOfFirst = lineColAt(text, first.start).line
  const ownLines = multiline && lineOfFirst !== lineColAt(text, parent.start).line
  const indent = ownLines ? indentOfLine(text, first.start) : ''
  const separator = ownLines ? end + indent : ' '
  const printed = key + (ownLines ? print(value, separator, unit) : inline(value))
  const next = siblings[at]
  if (next !== undefined) return `${text.slice(0, next.start)}${printed},${separator}${text.slice(next.start)}`
  const last = siblings.at(-1) ?? first
  return `${text.slice(0, last.end)},${separator}${printed}${text.slice(last.end)}`
}

function remove(text: string, root: JsonNode, pointer: string): string {
  const { parent, token } = parentOf(root, pointer)
  if (parent === undefined || (parent.kind !== 'object' && parent.kind !== 'array'))
    throw new PatchError(`remove ${pointer}: it has no parent`)
  const spans =
    parent.kind === 'array'
      ? parent.items
      : parent.members.map((member) => ({ start: member.start, end: member.value.end }))
  const at = parent.kind === 'array' ? Number(token) : parent.members.findLastIndex((member) => member.key === token)
  const span = spans[at]
  if (span === undefined) throw new PatchError(`remove ${pointer}: there is nothing`)
  const next = spans[at + 1]
  if (next !== undefined) return text.slice(0, span.start) + text.slice(next.start)
  const previous = spans[at - 1]
  if (previous !== undefined) return text.slice(0, previous.end) + text.slice(span.end)
  return text.slice(0, parent.start + 1) + text.slice(parent.end - 1)
}

function parentOf(root: JsonNode, pointer: string): { parent?: JsonNode; token: string } {
  if (pointer === '') return { token: '' }
  const token = pointerTokens(pointer).at(-1) ?? ''
  return { parent: locate(root, pointer.slice(0, pointer.lastIndexOf('/'))), token }
}

/** The spaces at the start of the line an index stands on. */
function indentOfLine(text: string, index: number): string {
  const start = text.lastIndexOf('\n', index - 1) + 1
  return /^[ \t]*/.exec(text.slice(start, index))?.[0] ?? ''
}

/** One level of indentation: that of the first indented line. */
function indentUnit(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? '  '
}

/** How the lines of a text end. */
function newLine(text: string): '\n' | '\r\n' {
  return text[text.indexOf('\n') - 1] === '\r' ? '\r\n' : '\n'
}

/** Several lines; `lineStart` is what stands between two of them. */
function print(value: Json, lineStart: string, unit: string): string {
  return JSON.stringify(value, null, unit).replaceAll('\n', lineStart)
}

/** One line, with a space after commas and colons. */
function inline(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${inline(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}
