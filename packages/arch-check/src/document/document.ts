import { isUtf8 } from 'node:buffer'
import {
  type JsonError,
  type JsonNode,
  type LineCol,
  lineColAt,
  lineLocator,
  nodeAt,
  parseJson,
} from '@x07-lab/msg-core/json'
import type { Json, Position } from '../finding.ts'
import { sha256Hex, x07FormOfNode, x07FormOfValue } from '../hash/x07-form.ts'
import { readX07Number } from '../hash/x07-number.ts'

/** Nesting X07's reader takes. */
export const X07_MAX_DEPTH = 127

/**
 * A JSON file read by X07's rule: UTF-8 without a byte-order mark, at most 127 levels, no lone surrogate, numbers
 * inside the double range, the last of several equal keys.
 */
export interface Document {
  /** Relative to the repository root, as the referring file writes it. */
  file: string
  text: string
  bytes: number
  value: Json
  /** The tree with positions and number tokens; built on first use. */
  tree(): JsonNode
  /** Line and column of an index into the text. */
  place(index: number): LineCol
  /** SHA-256 of X07's hash form. */
  hash(): string
  /** Whether the text is known to say nothing two readers understand differently; where not, the tree tells. */
  plain: boolean
}

/** The document, or why X07's reader refuses it. */
export function readDocument(
  file: string,
  bytes: Uint8Array,
): Document | { error: Pick<JsonError, 'line' | 'col' | 'reason'> } {
  if (isUtf8(bytes)) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
    const plain = parsePlain(text)
    if (plain !== undefined) {
      const { json, repeatsNoKey } = plain
      let tree: JsonNode | undefined
      let hash: string | undefined
      return {
        file,
        text,
        bytes: bytes.length,
        value: json,
        tree: () => (tree ??= treeOf(text)),
        place: lineLocator(text),
        hash: () => (hash ??= sha256Hex(x07FormOfValue(json))),
        plain: repeatsNoKey,
      }
    }
  }
  const parsed = parseJson(bytes, { duplicateKeys: 'keep', maxDepth: X07_MAX_DEPTH })
  if (!parsed.ok) return { error: parsed.error }
  const outside = numberOutOfRange(parsed.root)
  if (outside !== undefined) {
    return { error: { ...lineColAt(parsed.text, outside), reason: 'a number outside the range of a double' } }
  }
  return {
    file,
    text: parsed.text,
    bytes: bytes.length,
    value: valueOfNode(parsed.root),
    tree: () => parsed.root,
    place: lineLocator(parsed.text),
    hash: () => sha256Hex(x07FormOfNode(parsed.root)),
    plain: false,
  }
}

/** What may be an unusual number inside an array or object: after a bracket, comma or colon. */
const UNUSUAL_NUMBER = /[[,:]\s*(?:-0|-?\d+[.eE]|-?\d{16})/
const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/

/**
 * The value, where the platform's own parser gives the same answer as the careful one: no escaped surrogate, no number
 * with a point, an exponent, a minus before zero or 16 digits, no nesting beyond the limit. Most contracts pass, and are
 * then read several times faster.
 */
function parsePlain(text: string): { json: Json; repeatsNoKey: boolean } | undefined {
  const escapes = text.includes('\\')
  if (UNUSUAL_NUMBER.test(text) || (escapes && ESCAPED_SURROGATE.test(text))) return undefined
  try {
    const json: Json = JSON.parse(text)
    // A number by itself stands after none of the marks above.
    if (typeof json === 'number') return undefined
    const colons = colonsOf(json, X07_MAX_DEPTH)
    if (Number.isNaN(colons)) return undefined
    // An escape may stand for a colon that the text does not show.
    return { json, repeatsNoKey: !escapes && colons === colonsIn(text) }
  } catch {
    return undefined
  }
}

/**
 * How many colons a text of this value has, without escapes: one for each key, and those of keys and strings. A text
 * with more has members that the value lost, to later ones with the same key. NaN where it nests deeper than allowed.
 */
function colonsOf(value: Json, depth: number): number {
  if (typeof value === 'string') return colonsIn(value)
  if (typeof value !== 'object' || value === null) return 0
  if (depth === 0) return Number.NaN
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += colonsOf(item, depth - 1)
    return count
  }
  for (const key of Object.keys(value)) count += 1 + colonsIn(key) + colonsOf(value[key] ?? null, depth - 1)
  return count
}

function colonsIn(text: string): number {
  let count = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) count += 1
  return count
}

function treeOf(text: string): JsonNode {
  const parsed = parseJson(text, { duplicateKeys: 'keep', maxDepth: X07_MAX_DEPTH })
  if (!parsed.ok)
    throw new Error(`read a document again: ${parsed.error.reason} at ${parsed.error.line}:${parsed.error.col}`)
  return parsed.root
}

function numberOutOfRange(root: JsonNode): number | undefined {
  if (root.kind === 'number') return readX07Number(root.token) === undefined ? root.start : undefined
  const children =
    root.kind === 'array' ? root.items : root.kind === 'object' ? root.members.map((member) => member.value) : []
  for (const child of children) {
    const found = numberOutOfRange(child)
    if (found !== undefined) return found
  }
  return undefined
}

/** The plain value of a tree, the last of several equal keys, `__proto__` as a key like any other. */
export function valueOfNode(node: JsonNode): Json {
  switch (node.kind) {
    case 'literal':
    case 'string':
      return node.value
    case 'number': {
      const number = readX07Number(node.token)
      return number?.kind === 'double' ? number.value : Number(node.token)
    }
    case 'array':
      return node.items.map(valueOfNode)
    default:
      return Object.fromEntries(node.members.map((member) => [member.key, valueOfNode(member.value)]))
  }
}

/** Where a JSON pointer's value stands in a document; the nearest enclosing value where it is absent. */
export function positionIn(document: Document, pointer: string): Position {
  const root = document.tree()
  for (let path = pointer; ; path = path.slice(0, path.lastIndexOf('/'))) {
    const node = nodeAt(root, path)
    if (node !== undefined) return { file: document.file, pointer, ...document.place(node.start) }
    if (path === '') return { file: document.file, pointer, line: 1, col: 1 }
  }
}
