import type { JsonNode } from '@x07-lab/msg-core/json'
import type { Json } from '../../finding.ts'
import { compareUtf8 } from '../../order.ts'
import { printX07Number, readX07Number } from './x07-number.ts'

/**
 * The layout of locks, reports and patch sets: two spaces a level, one element a line, keys in UTF-8 byte order, LF,
 * one line break at the end. Numbers of a plain value are printed as integers where they are.
 */
export function layoutJson(value: Json): string {
  return `${print(value, '\n')}\n`
}

/** {@link layoutJson} of a tree, so that numbers keep X07's form. */
export function layoutNode(node: JsonNode): string {
  return `${printNode(node, '\n')}\n`
}

function print(value: Json, newline: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${newline}  `
  if (Array.isArray(value)) {
    return block(
      '[',
      value.map((item) => print(item, inner)),
      ']',
      newline,
    )
  }
  const keys = Object.keys(value).toSorted(compareUtf8)
  return block(
    '{',
    keys.map((key) => `${JSON.stringify(key)}: ${print(value[key] ?? null, inner)}`),
    '}',
    newline,
  )
}

function printNode(node: JsonNode, newline: string): string {
  const inner = `${newline}  `
  switch (node.kind) {
    case 'literal':
      return String(node.value)
    case 'string':
      return JSON.stringify(node.value)
    case 'number': {
      const number = readX07Number(node.token)
      return number === undefined ? node.token : printX07Number(number)
    }
    case 'array':
      return block(
        '[',
        node.items.map((item) => printNode(item, inner)),
        ']',
        newline,
      )
    default: {
      const last = new Map(node.members.map((member) => [member.key, member.value]))
      const keys = [...last.keys()].toSorted(compareUtf8)
      const members = keys.map((key) => `${JSON.stringify(key)}: ${printNode(last.get(key) ?? node, inner)}`)
      return block('{', members, '}', newline)
    }
  }
}

function block(open: string, parts: string[], close: string, newline: string): string {
  if (parts.length === 0) return open + close
  return `${open}${newline}  ${parts.join(`,${newline}  `)}${newline}${close}`
}
