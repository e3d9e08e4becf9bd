import { DriverError, type Header, type Json, type Message } from '@x07-lab/msg-core'
import { extensionHeader } from '@x07-lab/msg-core/format'
import {
  ByteWriter,
  readProperties,
  writeTable,
  type FieldTable,
  type Properties,
  type Text,
} from '../../protocol/index.ts'
import { readExtension, type WireExtension } from './extension.ts'
import {
  contentTypeHeader,
  extendedHeaders,
  isPropertyValue,
  joinHeaders,
  messageIdHeader,
  tableHeaders,
} from './header-list.ts'
import type { RawDelivery } from './tap.ts'

/** Delivery mode of a message that the broker keeps on disk; the driver's default, so it is not spelled out. */
export const persistent = 2

/**
 * The message of a delivery. `topic` is the exchange's logical name. Byte arrays borrow from the delivery. Of its properties
 *
 *     deliveryMode            is there unless it is 2; null when the wire has none
 *     priority                a number
 *     timestamp               decimal text
 *     contentType, messageId  null where a header of that name is one of the table, and not the property
 *     headers                 [] for a table without fields; {"b64": …} for one with names that are not UTF-8
 *     others                  text, or {"b64": …} where it is not UTF-8
 *
 * @throws DriverError `protocol` for properties or headers that are not AMQP
 */
export function fromWire(topic: string, raw: RawDelivery, body: Buffer): Message {
  const wire = propertiesOf(raw.properties)
  const { fields, extension } = takeExtension(wire.headers)
  const table = fields === undefined ? [] : tableHeaders(fields)
  const contentType = header(contentTypeHeader, wire.contentType)
  const messageId = header(messageIdHeader, wire.messageId)
  const others = othersOf(wire, extension !== undefined && table.length === 0 ? undefined : fields, table)
  if (extension === undefined) {
    return message(topic, raw.routingKey, body, joinHeaders(contentType, messageId, table), others)
  }
  return message(
    topic,
    // A routing key or a body that somebody has put in since is not thrown away.
    extension.key !== undefined && raw.routingKey.length === 0 ? extension.key : raw.routingKey,
    extension.value === null && body.length === 0 ? null : body,
    extendedHeaders(contentType, messageId, table, extension),
    extension.properties === undefined ? others : { ...extension.properties, ...others },
  )
}

function message(
  topic: string,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly Header[],
  properties: Record<string, Json> | undefined,
): Message {
  return properties === undefined ? { topic, key, value, headers } : { topic, key, value, headers, properties }
}

/** The grammar of RabbitMQ and of nearly every client; where that does not fit, the specification's own. */
function propertiesOf(bytes: Buffer): Properties {
  try {
    return readProperties(bytes)
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    try {
      return readProperties(bytes, 'specification')
    } catch {
      throw error
    }
  }
}

/** The fields of a table without the extension, and the extension. */
function takeExtension(fields: FieldTable | undefined): {
  readonly fields: FieldTable | undefined
  readonly extension: WireExtension | undefined
} {
  for (let at = (fields?.length ?? 0) - 1; at >= 0; at--) {
    const [name, field] = fields![at]!
    if (name !== extensionHeader || field.tag !== 'S' || typeof field.value !== 'string') continue
    const extension = readExtension(field.value)
    if (extension !== undefined) return { fields: fields!.toSpliced(at, 1), extension }
  }
  return { fields, extension: undefined }
}

const textProperties = [
  'contentEncoding',
  'correlationId',
  'replyTo',
  'expiration',
  'type',
  'userId',
  'appId',
  'clusterId',
] as const

function othersOf(
  wire: Properties,
  fields: FieldTable | undefined,
  table: readonly Header[],
): Record<string, Json> | undefined {
  const { contentType, messageId, deliveryMode, priority, timestamp } = wire
  let others: Record<string, Json> | undefined
  const put = (name: string, value: Json): void => {
    others ??= {}
    others[name] = value
  }
  if (fields !== undefined) {
    if (fields.length === 0) put('headers', [])
    else if (fields.some(([name]) => typeof name !== 'string')) {
      put('headers', { b64: tableBytes(fields).toString('base64') })
    }
    if (contentType === undefined && isMistakable(table, contentTypeHeader)) put('contentType', null)
    if (messageId === undefined && isMistakable(table, messageIdHeader)) put('messageId', null)
  }
  if (deliveryMode !== persistent) put('deliveryMode', deliveryMode ?? null)
  if (priority !== undefined) put('priority', priority)
  if (timestamp !== undefined) put('timestamp', String(timestamp))
  for (const name of textProperties) {
    const text = wire[name]
    if (text !== undefined) put(name, typeof text === 'string' ? text : { b64: Buffer.from(text).toString('base64') })
  }
  return others
}

/** Whether the first header of this name in a table would be taken for the property. */
export function isMistakable(table: readonly Header[], name: string): boolean {
  return table.some((header) => header[0] === name && isPropertyValue(header[1]))
}

/** The fields of a table as bytes, without their length. */
function tableBytes(table: FieldTable): Buffer {
  const writer = new ByteWriter()
  writeTable(writer, table)
  return Buffer.from(writer.result().subarray(4))
}

function header(name: string, value: Text | undefined): Header | undefined {
  return value === undefined ? undefined : [name, value]
}
