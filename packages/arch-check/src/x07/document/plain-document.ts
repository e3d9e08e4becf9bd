import { type JsonNode, type LineCol, lineLocator, parseJson } from '@x07-lab/msg-core/json'
import type { Json } from '../../finding.ts'
import { plainForm } from '../hash/plain-form.ts'
import { sha256Hex } from '../hash/x07-form.ts'
import type { Document } from './document.ts'

/** Nesting X07's reader takes. */
export const X07_MAX_DEPTH = 127

/**
 * The document in the first `length` bytes, where the platform's own parser gives the same value as the careful one and the
 * hash form needs no tree; undefined where that is not known, or where the bytes are not JSON. Most contracts pass, and are
 * then read several times faster.
 */
export function readPlainDocument(file: string, room: Buffer, length: number): Document | undefined {
  const text = room.toString('utf8', 0, length)
  // Decoding puts this for what is no UTF-8; where the file itself says it, the careful way finds that out.
  if (text.includes('\ufffd')) return undefined
  let value: Json
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const form = plainForm(text, value, X07_MAX_DEPTH)
  return form === undefined ? undefined : new PlainDocument(file, text, length, value, sha256Hex(form))
}

/** There are thousands of these at a time, so what may never be asked for is made when it is. */
class PlainDocument implements Document {
  readonly file: string
  readonly text: string
  readonly bytes: number
  readonly value: Json
  readonly plain = true
  valid = false
  readonly #hash: string
  #tree: JsonNode | undefined
  #locate: ((index: number) => LineCol) | undefined

  constructor(file: string, text: string, bytes: number, value: Json, hash: string) {
    this.file = file
    this.text = text
    this.bytes = bytes
    this.value = value
    this.#hash = hash
  }

  hash(): string {
    return this.#hash
  }

  tree(): JsonNode {
    return (this.#tree ??= treeOf(this.text))
  }

  place(index: number): LineCol {
    return (this.#locate ??= lineLocator(this.text))(index)
  }
}

function treeOf(text: string): JsonNode {
  const parsed = parseJson(text, { duplicateKeys: 'keep', maxDepth: X07_MAX_DEPTH })
  if (!parsed.ok)
    throw new Error(`read a document again: ${parsed.error.reason} at ${parsed.error.line}:${parsed.error.col}`)
  return parsed.root
}
