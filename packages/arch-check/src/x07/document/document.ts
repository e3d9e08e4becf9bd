import { type JsonNode, type LineCol, nodeAt } from '@x07-lab/msg-core/json'
import type { Json, Position } from '../../finding.ts'

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

/** Where a JSON pointer's value stands in a document; the nearest enclosing value where it is absent. */
export function positionIn(document: Document, pointer: string): Position {
  const root = document.tree()
  for (let path = pointer; ; path = path.slice(0, path.lastIndexOf('/'))) {
    const node = nodeAt(root, path)
    if (node !== undefined) return { file: document.file, pointer, ...document.place(node.start) }
    if (path === '') return { file: document.file, pointer, line: 1, col: 1 }
  }
}
