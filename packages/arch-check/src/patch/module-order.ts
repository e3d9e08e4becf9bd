import { type JsonNode, type JsonObject, type JsonString, memberOf } from '@x07-lab/msg-core/json'
import { compareUtf8 } from '../order.ts'

/** The kinds of declaration in the order X07 writes them. */
const KINDS = ['export', 'extern', 'defn', 'defasync']

/**
 * An X07 module as X07 writes one back: all exports in one declaration, then functions of each kind by name, names of
 * exports and imports sorted. What is no module comes back as it is.
 */
export function sortModuleFunctions(root: JsonNode): JsonNode {
  if (root.kind !== 'object') return root
  const members = root.members.map((member) => {
    if (member.key === 'decls' && member.value.kind === 'array') {
      return { ...member, value: { ...member.value, items: sortDeclarations(member.value.items) } }
    }
    if (member.key === 'imports' && member.value.kind === 'array') {
      return { ...member, value: { ...member.value, items: sortedStrings(member.value.items) } }
    }
    return member
  })
  return { ...root, members }
}

function sortDeclarations(items: readonly JsonNode[]): JsonNode[] {
  const exports = items.filter((item) => kindOf(item) === 'export')
  const rest = items.filter((item) => kindOf(item) !== 'export')
  const sorted = rest.toSorted((a, b) => rank(a) - rank(b) || compareUtf8(textOf(a, 'name'), textOf(b, 'name')))
  const merged = mergeExports(exports)
  return merged === undefined ? sorted : [merged, ...sorted]
}

function rank(item: JsonNode): number {
  const at = KINDS.indexOf(kindOf(item))
  return at === -1 ? KINDS.length : at
}

function mergeExports(exports: readonly JsonNode[]): JsonNode | undefined {
  const [first] = exports
  if (first === undefined || first.kind !== 'object') return first
  const names = exports.flatMap((item) => {
    const list = item.kind === 'object' ? memberOf(item, 'names')?.value : undefined
    return list?.kind === 'array' ? list.items : []
  })
  const members = first.members.map((member) =>
    member.key === 'names' && member.value.kind === 'array'
      ? { ...member, value: { ...member.value, items: sortedStrings(names) } }
      : member,
  )
  const merged: JsonObject = { ...first, members }
  return merged
}

function sortedStrings(items: readonly JsonNode[]): JsonNode[] {
  const strings = items.filter((item): item is JsonString => item.kind === 'string')
  const unique = strings.filter((item, at) => strings.findIndex((other) => other.value === item.value) === at)
  return strings.length < items.length ? [...items] : unique.toSorted((a, b) => compareUtf8(a.value, b.value))
}

function kindOf(item: JsonNode): string {
  return textOf(item, 'kind')
}

function textOf(item: JsonNode, key: string): string {
  const value = item.kind === 'object' ? memberOf(item, key)?.value : undefined
  return value?.kind === 'string' ? value.value : ''
}
