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

/** {@link x07FormOfNode} for a value without number tokens: every number must be an integer below 2^53. */
export function x07FormOfValue(value: Json): string {
  const sorted = withSortedKeys(value)
  return sorted === undefined ? concatenated(value) : JSON.stringify(sorted)
}

/**
 * The value with the keys of every object in order, so that the platform prints its form, several times faster than any
 * other way. Undefined where a JavaScript object cannot keep that order: it puts keys that are numbers first.
 */
function withSortedKeys(value: Json): Json | undefined {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items: Json[] = []
    for (const item of value) {
      const sorted = withSortedKeys(item)
      if (sorted === undefined) return undefined
      items.push(sorted)
    }
    return items
  }
  const object: { [key: string]: Json } = {}
  for (const key of sortedKeys(value)) {
    const sorted = isOrdinary(key) ? withSortedKeys(value[key] ?? null) : undefined
    if (sorted === undefined) return undefined
    object[key] = sorted
  }
  return object
}

/** Whether an object keeps a key where it was put, and as a key. */
function isOrdinary(key: string): boolean {
  const first = key.charCodeAt(0)
  return (first < 0x30 || first > 0x39) && key !== '__proto__'
}

function concatenated(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(concatenated).join(',')}]`
  return `{${sortedKeys(value)
    .map((key) => `${JSON.stringify(key)}:${concatenated(value[key] ?? null)}`)
    .join(',')}}`
}

const BEYOND_D7FF = /[\ud800-\uffff]/

/** The platform's own order is UTF-16's, which is that of UTF-8 unless characters from U+D800 on are about. */
function sortedKeys(value: { [key: string]: Json }): string[] {
  const keys = Object.keys(value)
  if (!isAscending(keys)) keys.sort()
  return keys.some((key) => BEYOND_D7FF.test(key)) ? keys.sort(compareUtf8) : keys
}

function isAscending(keys: readonly string[]): boolean {
  for (let at = 1; at < keys.length; at += 1) if ((keys[at - 1] ?? '') > (keys[at] ?? '')) return false
  return true
}

/** SHA-256 of bytes, or of a text's UTF-8 form, as 64 lower-case hexadecimal digits. */
export function sha256Hex(input: string | Uint8Array): string {
  return hash('sha256', input)
}
