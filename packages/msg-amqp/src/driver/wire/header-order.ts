import type { Header } from '@x07-lab/msg-core'

/** The two headers of an envelope that AMQP carries as properties, outside its table. */
export const contentTypeHeader = 'content-type'
export const messageIdHeader = 'message-id'

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

function isSorted(table: readonly Header[]): boolean {
  let previous: string | undefined
  for (const [name] of table) {
    if (name === contentTypeHeader || name === messageIdHeader) return false
    if (previous !== undefined && name <= previous) return false
    previous = name
  }
  return true
}
