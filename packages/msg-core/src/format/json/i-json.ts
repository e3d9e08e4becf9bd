import { type JsonError, parseJson } from './parse.ts'
import { lineColAt } from './position.ts'
import type { JsonNode } from './tree.ts'

/** Why RFC 8785 cannot carry a text that may well be JSON. */
export interface IJsonError extends Omit<JsonError, 'fault'> {
  fault: JsonError['fault'] | 'number_out_of_range'
}

/**
 * Says why a JSON text is not I-JSON (RFC 7493) and so has no canonical form in RFC 8785: not JSON at all, a
 * duplicate key, a lone surrogate, or a number that no IEEE 754 double holds. Undefined where nothing is wrong.
 */
export function checkIJson(input: Uint8Array | string): IJsonError | undefined {
  const parsed = parseJson(input)
  if (!parsed.ok) return parsed.error
  const pending: JsonNode[] = [parsed.root]
  let worst: number | undefined
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.kind === 'array') for (const item of node.items) pending.push(item)
    else if (node.kind === 'object') for (const member of node.members) pending.push(member.value)
    else if (node.kind === 'number' && !Number.isFinite(Number(node.token)))
      worst = Math.min(worst ?? node.start, node.start)
  }
  if (worst === undefined) return undefined
  const offset = Buffer.byteLength(parsed.text.slice(0, worst))
  const reason = 'a number outside the range of an IEEE 754 double'
  return { fault: 'number_out_of_range', offset, ...lineColAt(parsed.text, worst), reason }
}
