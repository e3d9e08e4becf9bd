import { isUtf8 } from 'node:buffer'
import { type Header, type Json, type JsonObject, type Message } from '@x07-lab/msg-core'
import { extensionHeader } from '@x07-lab/msg-core/format'
import type { Options } from 'amqplib'
import { asBuffer, encodeValue, TableBuilder, unsayable } from './encode-value.ts'
import { writeExtension, type WireExtension } from './extension.ts'
import { contentTypeHeader, joinHeaders, messageIdHeader } from './header-order.ts'

/** A message as amqplib publishes it. `body` borrows from the message. */
export interface WireMessage {
  readonly routingKey: string
  readonly body: Buffer
  readonly options: Options.Publish
}

const empty = Buffer.alloc(0)
const shortStringMaxBytes = 255

/**
 * The wire form of a message. What a client of any language would look for is where it would look: routing key, body,
 * properties, header table. Only what that leaves unsaid is in the extension header, so that `fromWire` gives the same
 * message back.
 */
export function toWire(message: Message): WireMessage {
  let extension: WireExtension | undefined
  const extend = (part: WireExtension): void => {
    extension = { ...extension, ...part }
  }
  const { key, value } = message
  let routingKey = ''
  if (key === null) extend({ key: null })
  else if (isRoutingKey(key)) routingKey = asBuffer(key).toString('utf8')
  else extend({ key })
  if (value === null) extend({ value: null })

  const options: Options.Publish = { mandatory: true, deliveryMode: 2 }
  const table = new TableBuilder()
  if (!putHeaders(options, table, message.headers)) extend({ headers: message.headers })
  if (message.properties !== undefined && !putProperties(options, message.properties)) {
    extend({ properties: message.properties })
  }
  if (extension !== undefined) table.put(extensionHeader, writeExtension(extension))
  if (table.fields !== undefined) options.headers = table.fields
  return { routingKey, body: value === null ? empty : asBuffer(value), options }
}

/** Puts every header where it belongs; false when the list cannot be read back from that. */
function putHeaders(options: Options.Publish, table: TableBuilder, headers: readonly Header[]): boolean {
  const inTable: Header[] = []
  let contentType: Header | undefined
  let messageId: Header | undefined
  let said = true
  for (const header of headers) {
    const [name, value] = header
    if (name === contentTypeHeader && contentType === undefined && isShortString(value)) {
      contentType = header
      options.contentType = value
    } else if (name === messageIdHeader && messageId === undefined && isShortString(value)) {
      messageId = header
      options.messageId = value
    } else if (putInTable(table, name, value)) inTable.push(header)
    else said = false
  }
  if (!said || !table.inOrder()) return false
  const readBack = joinHeaders(contentType, messageId, inTable)
  return readBack.every((header, index) => header === headers[index])
}

function putInTable(table: TableBuilder, name: string, value: Header[1]): boolean {
  if (name === extensionHeader) return false
  const encoded = encodeValue(value)
  // RabbitMQ routes by CC and BCC, and closes the channel over one that is not an array.
  if ((name === 'CC' || name === 'BCC') && !Array.isArray(encoded)) return false
  return encoded !== unsayable && table.put(name, encoded)
}

/** Puts every property that AMQP has; false when one cannot be read back. */
function putProperties(options: Options.Publish, properties: JsonObject): boolean {
  let said = true
  for (const [name, value] of Object.entries(properties)) said = putProperty(options, name, value) && said
  return said
}

function putProperty(options: Options.Publish, name: string, value: Json): boolean {
  switch (name) {
    case 'contentEncoding':
    case 'correlationId':
    case 'replyTo':
    case 'expiration':
    case 'type':
    case 'userId':
    case 'appId':
      if (!isShortString(value)) return false
      options[name] = value
      return true
    case 'priority':
      if (!isOctet(value)) return false
      options.priority = value
      return true
    case 'deliveryMode':
      if (value === null) delete options.deliveryMode
      else if (isOctet(value) && value !== 2) options.deliveryMode = value
      else return false
      return true
    case 'timestamp': {
      const seconds = timestampNumber(value)
      if (seconds === undefined) return false
      options.timestamp = seconds
      return true
    }
    default:
      return false
  }
}

/** amqplib takes a timestamp as a number: above 2^53 only those that a number holds exactly go out as the property. */
function timestampNumber(value: Json): number | undefined {
  if (typeof value !== 'string' || !/^(?:0|[1-9]\d{0,19})$/.test(value)) return undefined
  const exact = BigInt(value)
  const seconds = Number(value)
  return exact < 2n ** 64n && BigInt(seconds) === exact ? seconds : undefined
}

function isShortString(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && Buffer.byteLength(value) <= shortStringMaxBytes
}

function isOctet(value: Json): value is number {
  return typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0) && value >= 0 && value <= 255
}

/** Whether a key can be a routing key: text of at most 255 bytes. */
function isRoutingKey(key: Uint8Array): boolean {
  return key.length <= shortStringMaxBytes && isUtf8(key)
}
