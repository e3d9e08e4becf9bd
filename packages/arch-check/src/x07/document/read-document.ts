import { type JsonError, type JsonNode, lineColAt, lineLocator, parseJson } from '@x07-lab/msg-core/json'
import type { Json } from '../../finding.ts'
import { sha256Hex, x07FormOfNode } from '../hash/x07-form.ts'
import { readX07Number } from '../hash/x07-number.ts'
import type { Document } from './document.ts'
import { readPlainDocument, X07_MAX_DEPTH } from './plain-document.ts'

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
