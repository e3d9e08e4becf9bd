import type { Header, HeaderValue, Json, JsonObject, Message } from '@x07-lab/msg-core'
import { extensionHeader } from '@x07-lab/msg-core/format'
import { canonicalJson } from '@x07-lab/msg-core/json'
import { asBuffer } from '@x07-lab/msg-core/kit'
import {
  fieldOf,
  fieldToJson,
  readTable,
  shortStringMaxBytes,
  type FieldTable,
  type FieldValue,
  type Properties,
  type Text,
} from '../../protocol/index.ts'
import { readExtension, writeExtension, type WireExtension } from './extension.ts'
import { isMistakable, persistent } from './from-wire.ts'
import {
  contentTypeHeader,
  countNames,
  extendedHeaders,
  isPropertyValue,
  messageIdHeader,
  tableHeaders,
} from './header-list.ts'

/** A message as it goes on the wire. Everything borrows from the message. */
export interface WireMessage {
  readonly routingKey: Text
  readonly properties: Properties
  readonly body: Buffer
}

const empty = Buffer.alloc(0)

/**
 * The wire form of a message. What a client of any language would look for is where it would look: routing key, body,
 * properties, header table. Only what the wire cannot say is in the extension header, so that `fromWire` gives the same
 * message back.
 */
export function toWire(message: Message): WireMessage {
  const { key, value } = message
  const wire: Properties = { deliveryMode: persistent }
  let extension: WireExtension = {}
  let routingKey: Text = ''
  if (key !== null && key.length <= shortStringMaxBytes) routingKey = key
  else extension = { key }
  if (value === null) extension = { ...extension, value }

  const split = splitHeaders(message)
  const { contentType, messageId, table } = split
  if (contentType !== undefined) wire.contentType = contentType[1] as Text
  if (messageId !== undefined) wire.messageId = messageId[1] as Text
  if (split.extension !== undefined) extension = { ...extension, ...split.extension }

  let fields: FieldTable = split.fields
  const { headers, ...properties } = message.properties ?? {}
  const unsaid = putProperties(wire, properties, table)
  if (headers !== undefined) {
    const raw = rawTable(headers, table)
    // With an extension a table cannot be without fields.
    if (raw === undefined || (raw.length === 0 && Object.keys({ ...extension, ...unsaid }).length > 0)) {
      unsaid['headers'] = headers
    } else {
      fields = raw
      wire.headers = raw
    }
  }
  if (Object.keys(unsaid).length > 0) extension = { ...extension, properties: unsaid }
  if (Object.keys(extension).length > 0) {
    wire.headers = [...fields, [extensionHeader, { tag: 'S', value: writeExtension(extension) }]]
  } else if (fields.length > 0) wire.headers = fields
  return { routingKey, properties: wire, body: value === null ? empty : asBuffer(value) }
}

/** A header list as the wire takes it. */
interface SplitHeaders {
  readonly contentType: Header | undefined
  readonly messageId: Header | undefined
  /** What goes into the table, as headers and as fields. */
  readonly table: readonly Header[]
  readonly fields: FieldTable
  /** What the table cannot say. */
  readonly extension: WireExtension | undefined
}

function splitHeaders({ headers, properties }: Message): SplitHeaders {
  const table: Header[] = []
  const fields: [string, FieldValue][] = []
  const places: Record<string, number> = {}
  const unsaid: (readonly [place: number, header: Header])[] = []
  let contentType: Header | undefined
  let messageId: Header | undefined
  for (let place = 0; place < headers.length; place++) {
    const header = headers[place]!
    const [name, value] = header
    if (name === contentTypeHeader && contentType === undefined && isProperty(properties, 'contentType', value)) {
      contentType = header
      places[name] = place
    } else if (name === messageIdHeader && messageId === undefined && isProperty(properties, 'messageId', value)) {
      messageId = header
      places[name] = place
    } else {
      const field = nativeField(name, value)
      if (field === undefined) unsaid.push([place, header])
      else {
        table.push(header)
        fields.push([name, field])
      }
    }
  }
  const split = { contentType, messageId, table, fields }
  let extension: WireExtension | undefined
  if (unsaid.length > 0) {
    const counts = countNames(contentType, messageId, table)
    const entries = unsaid.map(([place, header]) => ({ place, header, native: counts.get(header[0]) ?? 0 }))
    extension = { headers: entries }
  }
  const readBack = extendedHeaders(contentType, messageId, table, extension ?? {})
  if (readBack.every((header, place) => header === headers[place])) return { ...split, extension }
  return { ...split, extension: { ...extension, at: places } }
}

/** A message may say that a header of this name is one of the table. */
function isProperty(
  properties: JsonObject | undefined,
  name: 'contentType' | 'messageId',
  value: HeaderValue,
): boolean {
  return properties?.[name] !== null && isPropertyValue(value)
}

/** The field of a header, or undefined where AMQP has none for it, or RabbitMQ refuses it. */
function nativeField(name: string, value: HeaderValue): FieldValue | undefined {
  // An extension of this program inside a message is a header like any other, which the wire cannot tell apart.
  if (name === extensionHeader && typeof value === 'string' && readExtension(value) !== undefined) return undefined
  if (!name.isWellFormed() || Buffer.byteLength(name) > shortStringMaxBytes) return undefined
  const field = fieldOf(value)
  if (field === undefined || !isSendable(field)) return undefined
  // RabbitMQ routes by CC and BCC, and closes the channel over one that is not an array of texts.
  if ((name === 'CC' || name === 'BCC') && !(field.tag === 'A' && field.items.every(({ tag }) => tag === 'S'))) {
    return undefined
  }
  return field
}

/**
 * Whether RabbitMQ takes the value: it closes the connection (541) over a number that is NaN or infinite, the tag `U`, and what
 * only the specification's grammar has.
 */
function isSendable(field: FieldValue): boolean {
  switch (field.tag) {
    case 'f':
    case 'd':
      return Number.isFinite(field.value)
    case 'U':
      return false
    case 's':
      return typeof field.value === 'number'
    case 'l':
      return field.value <= 2n ** 63n - 1n
    case 'A':
      return field.items.every(isSendable)
    case 'F':
      return field.fields.every(([, value]) => isSendable(value))
    default:
      return true
  }
}

/** Puts every property that AMQP has, and returns those that it cannot say. */
function putProperties(wire: Properties, properties: JsonObject, table: readonly Header[]): Record<string, Json> {
  const unsaid: Record<string, Json> = {}
  for (const [name, value] of Object.entries(properties)) {
    if (!putProperty(wire, name, value, table)) unsaid[name] = value
  }
  return unsaid
}

function putProperty(wire: Properties, name: string, value: Json, table: readonly Header[]): boolean {
  switch (name) {
    case 'contentType':
      return value === null && isMistakable(table, contentTypeHeader)
    case 'messageId':
      return value === null && isMistakable(table, messageIdHeader)
    case 'contentEncoding':
    case 'correlationId':
    case 'replyTo':
    case 'expiration':
    case 'type':
    case 'userId':
    case 'appId':
    case 'clusterId': {
      const text = propertyText(value)
      if (text === undefined) return false
      wire[name] = text
      return true
    }
    case 'priority':
      if (!isOctet(value)) return false
      wire.priority = value
      return true
    case 'deliveryMode':
      // RabbitMQ closes the channel over another mode than 1 and 2.
      if (value === null) delete wire.deliveryMode
      else if (value === 1) wire.deliveryMode = value
      else return false
      return true
    case 'timestamp': {
      if (typeof value !== 'string' || !/^(?:0|[1-9]\d{0,19})$/.test(value)) return false
      const seconds = BigInt(value)
      if (seconds >= 2n ** 64n) return false
      wire.timestamp = seconds
      return true
    }
    default:
      return false
  }
}

/** Text, or {"b64": …} for bytes that are not UTF-8; undefined for what is not a short string. */
function propertyText(value: Json): Text | undefined {
  if (typeof value === 'string') return isPropertyValue(value) ? value : undefined
  const field = fieldOf({ type: 'longstr', value })
  return field?.tag === 'S' && typeof field.value !== 'string' && isPropertyValue(field.value) ? field.value : undefined
}

/**
 * The fields that the property `headers` stands for: none, or a table with names that are not UTF-8. Undefined where the header
 * list says something else by now, which counts.
 */
function rawTable(json: Json, table: readonly Header[]): FieldTable | undefined {
  if (Array.isArray(json)) return json.length === 0 && table.length === 0 ? [] : undefined
  const field = fieldOf({ type: 'longstr', value: json })
  if (field?.tag !== 'S' || typeof field.value === 'string') return undefined
  let fields: FieldTable
  try {
    fields = readTable(asBuffer(field.value))
  } catch {
    return undefined
  }
  const odd = fields.some(([name]) => typeof name !== 'string')
  return odd && textOfHeaders(tableHeaders(fields)) === textOfHeaders(table) ? fields : undefined
}

function textOfHeaders(headers: readonly Header[]): string {
  return canonicalJson(
    headers.map(([name, value]) => {
      const field = fieldOf(value)
      return [name, field === undefined ? 'none' : fieldToJson(field)]
    }),
  )
}

function isOctet(value: Json): value is number {
  return typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0) && value >= 0 && value <= 255
}

/** The text of a routing key as amqplib shows it. */
export function routingKeyText(key: Text): string {
  return typeof key === 'string' ? key : asBuffer(key).toString('utf8')
}
