import type { Json } from '../../finding.ts'
import { compareUtf8 } from '../../order.ts'

/** Numbers that a double does not hold, or that X07 prints otherwise than JavaScript; in a text without its strings. */
const UNUSUAL_NUMBER = /\d[.eE]|\d{16}|-0/
const STRINGS = /"[^"]*"/g
const SPACES = /[ \t\r\n]+/g

/** Characters whose order by UTF-16 units is not that of their UTF-8 bytes come in pairs. */
const SURROGATE = /[\ud800-\udfff]/

/**
 * The form X07 hashes, of a text and its value as `JSON.parse` gives it, without a tree between: most contracts say nothing
 * that needs more than spaces taken out and keys put in order, and the answer is that of `x07FormOfNode`.
 *
 * Undefined where the careful way has to look: a backslash, a number that is no integer of at most 15 digits, more than
 * `maxDepth` levels, and a key twice in one object, which makes the form shorter than the text without its spaces.
 */
export function plainForm(text: string, value: Json, maxDepth: number): string | undefined {
  if (text.includes('\\')) return undefined
  const bare = text.replace(STRINGS, '')
  if (UNUSUAL_NUMBER.test(bare)) return undefined
  const form = formOf(value, maxDepth, SURROGATE.test(text) ? compareUtf8 : undefined)
  return form?.length === text.length - bare.length + bare.replace(SPACES, '').length ? form : undefined
}

function formOf(value: Json, depth: number, order: typeof compareUtf8 | undefined): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (depth === 0) return undefined
  const parts = Array.isArray(value) ? value : Object.keys(value).sort(order)
  let form = ''
  for (const part of parts) {
    const isMember = !Array.isArray(value)
    const inner = formOf(isMember && typeof part === 'string' ? (value[part] ?? null) : part, depth - 1, order)
    if (inner === undefined) return undefined
    form += `${form === '' ? '' : ','}${isMember && typeof part === 'string' ? `"${part}":` : ''}${inner}`
  }
  return Array.isArray(value) ? `[${form}]` : `{${form}}`
}
