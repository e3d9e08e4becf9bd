/**
 * A JSON text as a tree that keeps what `JSON.parse` throws away: where each value stands, how each number was
 * written, and members whose key occurs twice. `start` and `end` are UTF-16 indexes into the text, `end` exclusive.
 */
export type JsonNode = JsonLiteral | JsonNumber | JsonString | JsonArray | JsonObject

export interface JsonLiteral {
  kind: 'literal'
  value: null | boolean
  start: number
  end: number
}

export interface JsonNumber {
  kind: 'number'
  /** The characters of the number as written, for example `1.0` or `1e2`. */
  token: string
  start: number
  end: number
}

export interface JsonString {
  kind: 'string'
  value: string
  start: number
  end: number
}

export interface JsonArray {
  kind: 'array'
  items: JsonNode[]
  start: number
  end: number
}

export interface JsonObject {
  kind: 'object'
  /** Members in the order of the text, repeated keys included. */
  members: JsonMember[]
  start: number
  end: number
}

/** One `"key": value` of an object; `start` and `end` are those of the key, quotes included. */
export interface JsonMember {
  key: string
  start: number
  end: number
  value: JsonNode
}

/** The member that counts when a key occurs several times: the last. */
export function memberOf(node: JsonObject, key: string): JsonMember | undefined {
  return node.members.findLast((member) => member.key === key)
}

/** The tokens of a JSON Pointer (RFC 6901), unescaped; the empty pointer has none. */
export function pointerTokens(pointer: string): string[] {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** One token escaped for a JSON Pointer. */
export function escapePointerToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The node a JSON Pointer names, or undefined where the path leads nowhere. */
export function nodeAt(root: JsonNode, pointer: string): JsonNode | undefined {
  let node: JsonNode | undefined = root
  for (const token of pointerTokens(pointer)) {
    if (node === undefined) return undefined
    if (node.kind === 'object') node = memberOf(node, token)?.value
    else if (node.kind === 'array') node = /^(?:0|[1-9]\d*)$/.test(token) ? node.items[Number(token)] : undefined
    else return undefined
  }
  return node
}
