import { isUtf8 } from 'node:buffer'
import type { Header, HeaderValue } from '@x07-lab/msg-core'
import type { FieldTable } from '../../protocol/index.ts'
import { headerValueOf, shortStringMaxBytes, type Text } from '../../protocol/index.ts'
import type { WireExtension } from './extension.ts'

/** The two headers of an envelope that AMQP carries as properties, outside its table. */
export const contentTypeHeader = 'content-type'
export const messageIdHeader = 'message-id'

/** Whether a header of one of these two names is the property, and not a header of the table that has its name. */
export function isPropertyValue(value: HeaderValue): value is Text {
  if (typeof value === 'string') return value.isWellFormed() && Buffer.byteLength(value) <= shortStringMaxBytes
  return value instanceof Uint8Array && value.length <= shortStringMaxBytes && !isUtf8(value)
}

/** The headers of a table. A name that is not UTF-8 is shown with replacement characters. */
export function tableHeaders(table: FieldTable): Header[] {
  return table.map(([name, value]) => [headerName(name), headerValueOf(value)])
}

function headerName(name: Text): string {
  return typeof name === 'string' ? name : Buffer.from(name).toString('utf8')
}

/**
 * The header list of a message from its two properties and its table: in their sorted places where the table is sorted and
 * holds neither name, else in front. A sender whose list is not what comes out here says so in the extension.
 */
export function joinHeaders(
  contentType: Header | undefined,
  messageId: Header | undefined,
  table: readonly Header[],
): readonly Header[] {
  if (contentType === undefined && messageId === undefined) return table
  const front: Header[] = []
  if (contentType !== undefined) front.push(contentType)
  if (messageId !== undefined) front.push(messageId)
  if (table.length === 0) return front
  if (!isSorted(table)) return [...front, ...table]
  const out: Header[] = []
  let at = 0
  for (const header of table) {
    for (let next = front[at]; next !== undefined && next[0] < header[0]; next = front[at]) {
      out.push(next)
      at++
    }
    out.push(header)
  }
  out.push(...front.slice(at))
  return out
}

/** The same, with what an extension says of it. */
export function extendedHeaders(
  contentType: Header | undefined,
  messageId: Header | undefined,
  table: readonly Header[],
  { headers = [], at }: WireExtension,
): readonly Header[] {
  const placed: [place: number, header: Header][] = []
  const native = at === undefined ? joinHeaders(contentType, messageId, table) : table
  if (at !== undefined) {
    for (const header of [contentType, messageId]) {
      if (header !== undefined) placed.push([at[header[0]] ?? 0, header])
    }
  }
  const counts = countNames(contentType, messageId, table)
  for (const { place, header, native: written } of headers) {
    // Somebody has put one in, or taken one out: theirs is what the message says now.
    if ((counts.get(header[0]) ?? 0) === written) placed.push([place, header])
  }
  if (placed.length === 0) return native
  placed.sort(([a], [b]) => a - b)
  const out: Header[] = []
  let next = 0
  for (const header of native) {
    for (; placed[next] !== undefined && placed[next]![0] <= out.length; next++) out.push(placed[next]![1])
    out.push(header)
  }
  for (; next < placed.length; next++) out.push(placed[next]![1])
  return out
}

/** Native headers by their name. */
export function countNames(
  contentType: Header | undefined,
  messageId: Header | undefined,
  table: readonly Header[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const header of [contentType, messageId, ...table]) {
    if (header !== undefined) counts.set(header[0], (counts.get(header[0]) ?? 0) + 1)
  }
  return counts
}

function isSorted(table: readonly Header[]): boolean {
  let previous: string | undefined
  for (const [name] of table) {
    if (name === contentTypeHeader || name === messageIdHeader) return false
    if (previous !== undefined && name <= previous) return false
    previous = name
  }
  return true
}
