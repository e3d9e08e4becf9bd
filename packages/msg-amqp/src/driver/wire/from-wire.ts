import { type Header, type Message } from '@x07-lab/msg-core'
import { extensionHeader } from '@x07-lab/msg-core/format'
import { applyExtension, readExtension } from './extension.ts'
import { contentTypeHeader, joinHeaders, messageIdHeader } from './header-order.ts'
import { readProperties } from './properties.ts'
import type { RawDelivery } from './tap.ts'

/** The message of a delivery. `topic` is the exchange's logical name. Byte arrays borrow from the delivery. */
export function fromWire(topic: string, raw: RawDelivery, body: Buffer): Message {
  const { contentType, messageId, table, others } = readProperties(raw.properties)
  const at = table.length === 0 ? -1 : table.findIndex(([name]) => name === extensionHeader)
  const text = table[at]?.[1]
  const extension = typeof text === 'string' ? readExtension(text) : undefined
  if (extension !== undefined) table.splice(at, 1)
  const headers = joinHeaders(header(contentTypeHeader, contentType), header(messageIdHeader, messageId), table)
  const bare: Message = { topic, key: raw.routingKey, value: body, headers }
  const plain = others === undefined ? bare : { ...bare, properties: others }
  return extension === undefined ? plain : applyExtension(plain, extension)
}

function header(name: string, value: Header[1] | undefined): Header | undefined {
  return value === undefined ? undefined : [name, value]
}
