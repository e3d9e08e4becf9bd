import { hash } from 'node:crypto'
import type { JsonNode } from '@x07-lab/msg-core/json'
import type { Json } from '../finding.ts'
import { compareUtf8 } from '../order.ts'
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

/**
 * {@link x07FormOfNode} for a value without number tokens: every number must be an integer below 2^53.
 * @throws RangeError where more than `maxDepth` arrays and objects stand one inside the other
 */
export function x07FormOfValue(value: Json, maxDepth: number = Number.POSITIVE_INFINITY): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (maxDepth <= 0) throw new RangeError('hash a value: it nests deeper than allowed')
  const depth = maxDepth - 1
  // Concatenation, not joined arrays: this runs over every value of every contract.
  let form = ''
  if (Array.isArray(value)) {
    for (const item of value) form += `${form === '' ? '' : ','}${x07FormOfValue(item, depth)}`
    return `[${form}]`
  }
  for (const key of sortedKeys(value)) {
    form += `${form === '' ? '' : ','}${JSON.stringify(key)}:${x07FormOfValue(value[key] ?? null, depth)}`
  }
  return `{${form}}`
}

const BEYOND_D7FF = /[\ud800-\uffff]/

/** The platform's own order is UTF-16's, which is that of UTF-8 unless characters from U+D800 on are about. */
function sortedKeys(value: { [key: string]: Json }): string[] {
  const keys = Object.keys(value).toSorted()
  return keys.some((key) => BEYOND_D7FF.test(key)) ? keys.toSorted(compareUtf8) : keys
}

/** SHA-256 of bytes, or of a text's UTF-8 form, as 64 lower-case hexadecimal digits. */
export function sha256Hex(input: string | Uint8Array): string {
  return hash('sha256', input)
}
