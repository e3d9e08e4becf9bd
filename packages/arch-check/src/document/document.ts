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
import { sha256Hex, x07FormOfNode } from '../hash/x07-form.ts'
import { readX07Number } from '../hash/x07-number.ts'
import { readPlainDocument, X07_MAX_DEPTH } from './plain-document.ts'

/**
 * A JSON file read by X07's rule: UTF-8 without a byte-order mark, at most 127 levels, no lone surrogate, numbers
 * inside the double range, the last of several equal keys.
 */
export interface Document {
  /** Relative to the repository root, as the referring file writes it. */
  readonly file: string
  readonly text: string
  readonly bytes: number
  readonly value: Json
  /** The tree with positions and number tokens; built on first use. */
  tree(): JsonNode
  /** Line and column of an index into the text. */
  place(index: number): LineCol
  /** SHA-256 of X07's hash form. */
  hash(): string
  /** Whether the text is known to say nothing two readers understand differently; where not, the tree tells. */
  readonly plain: boolean
  /** Whether version and schema were looked at and found right: its value then has the model's type. */
  valid: boolean
}

/** The document, or why X07's reader refuses it. */
export function readDocument(
  file: string,
  bytes: Uint8Array,
): Document | { error: Pick<JsonError, 'line' | 'col' | 'reason'> } {
  const plain = readPlainDocument(file, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length)
  if (plain !== undefined) return plain
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
    valid: false,
  }
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
