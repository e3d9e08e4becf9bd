import { hash } from 'node:crypto'
import type { JsonNode } from '@x07-lab/msg-core/json'
import type { Json } from '../../finding.ts'
import { compareUtf8 } from '../../order.ts'
import { printX07Number, readX07Number } from './x07-number.ts'

/**
 * The text X07 hashes: compact, keys in UTF-8 byte order, the last of several equal keys, numbers by
 * {@link printX07Number}. It is RFC 8785 for most documents, but not for all: `1.0` stays `1.0`.
 */
export function x07FormOfNode(node: JsonNode): string {
  switch (node.kind) {
    case 'literal':
      return String(node.value)
    case 'string':
      return JSON.stringify(node.value)
    case 'number': {
      const number = readX07Number(node.token)
      if (number === undefined) throw new RangeError(`hash the number ${node.token}: it is outside the double range`)
      return printX07Number(number)
    }
    case 'array':
      return `[${node.items.map(x07FormOfNode).join(',')}]`
    default: {
      const last = new Map(node.members.map((member) => [member.key, member.value]))
      const keys = [...last.keys()].toSorted(compareUtf8)
      const members = keys.map((key) => `${JSON.stringify(key)}:${x07FormOfNode(last.get(key) ?? node)}`)
      return `{${members.join(',')}}`
    }
  }
}

/** {@link x07FormOfNode} for a value without number tokens: every number must be an integer below 2^53. */
export function x07FormOfValue(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(x07FormOfValue).join(',')}]`
  const keys = Object.keys(value).toSorted(compareUtf8)
  return `{${keys.map((key) => `${JSON.stringify(key)}:${x07FormOfValue(value[key] ?? null)}`).join(',')}}`
}

/** SHA-256 of bytes, or of a text's UTF-8 form, as 64 lower-case hexadecimal digits. */
export function sha256Hex(input: string | Uint8Array): string {
  return hash('sha256', input)
}
