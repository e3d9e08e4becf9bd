import type { Header, HeaderValue, Json, JsonObject } from '@x07-lab/msg-core'
import { FormError, lineText, parseObject, textField, type Carried, type Lose, type LineForm } from './form.ts'
import { known } from './kcat.ts'

/** AMQP's basic properties as our envelopes, rabtap and RabbitMQ's tracing call them. */
const properties = [
  ['contentEncoding', 'ContentEncoding', 'content_encoding'],
  ['deliveryMode', 'DeliveryMode', 'delivery_mode'],
  ['priority', 'Priority', 'priority'],
  ['correlationId', 'CorrelationID', 'correlation_id'],
  ['replyTo', 'ReplyTo', 'reply_to'],
  ['expiration', 'Expiration', 'expiration'],
  ['type', 'Type', 'type'],
  ['userId', 'UserID', 'user_id'],
  ['appId', 'AppID', 'app_id'],
] as const

/** What Go's zero time prints as: no timestamp. */
const noTime = '0001-01-01T00:00:00Z'

/** A file of rabtap's, made of a message: metadata and, in Base64, the body. */
export function toRabtap(carried: Carried, received: string, lose: Lose): string {
  const { message, metadata, where } = carried
  const held = message.properties ?? {}
  if (message.value === null) lose(where, 'that its value is null, not empty')
  const table = message.headers.filter(([name]) => name !== 'content-type' && name !== 'message-id')
  for (const [name, times] of repeated(table)) lose(where, `header ${name} ${times} times: the last one stays`)
  const timestamp = held['timestamp']
  return JSON.stringify(
    {
      ...(table.length === 0
        ? {}
        : { Headers: Object.fromEntries(table.map(([name, value]) => [name, headerJson(name, value, where, lose)])) }),
      ...Object.fromEntries(
        properties.map(([ours, theirs]) => [
          theirs,
          held[ours] ?? (theirs === 'DeliveryMode' || theirs === 'Priority' ? 0 : ''),
        ]),
      ),
      ContentType: plainText(message, 'content-type'),
      MessageID: plainText(message, 'message-id'),
      Timestamp:
        typeof timestamp === 'string' || typeof timestamp === 'number'
          ? new Date(Number(timestamp) * 1_000).toISOString()
          : noTime,
      DeliveryTag: 0,
      Redelivered: metadata['redelivered'] === true,
      Exchange: typeof metadata['exchange'] === 'string' ? metadata['exchange'] : message.topic,
      RoutingKey: message.key === null ? '' : Buffer.from(message.key).toString(),
      XRabtapReceivedTimestamp: received,
      Body: Buffer.from(message.value ?? []).toString('base64'),
    },
    null,
    2,
  )
}

function repeated(headers: readonly Header[]): [name: string, times: number][] {
  const times = new Map<string, number>()
  for (const [name] of headers) times.set(name, (times.get(name) ?? 0) + 1)
  return [...times].filter(([, count]) => count > 1)
}

function headerJson(name: string, value: HeaderValue, where: string, lose: Lose): Json {
  if (value instanceof Uint8Array) {
    lose(where, `the type of header ${name}: it is bytes, and Base64 text stands for it`)
    return Buffer.from(value).toString('base64')
  }
  if (typeof value === 'object' && value !== null) {
    lose(where, `the type of header ${name} (${value.type})`)
    return value.value
  }
  return value
}

/** The message in a metadata file of rabtap's; `body` is that of the `.dat` beside it, where there is one. @throws FormError */
export function fromRabtap(text: string, body: Uint8Array | undefined, where: string): Carried {
  const object = parseObject(text, where, "a metadata file of rabtap's")
  const exchange = textField(object, 'Exchange', where)
  const time = object['Timestamp']
  const seconds = typeof time === 'string' && time !== noTime ? Math.floor(Date.parse(time) / 1_000) : Number.NaN
  const inline = object['Body']
  return {
    where,
    message: {
      topic: exchange === '' ? textField(object, 'RoutingKey', where) : exchange,
      key: Buffer.from(textField(object, 'RoutingKey', where)),
      value: body ?? Buffer.from(typeof inline === 'string' ? inline : '', 'base64'),
      headers: [...asHeaders(object['ContentType'], object['MessageID']), ...headersOf(object['Headers'], where)],
      properties: {
        ...Object.fromEntries(
          properties.flatMap(([ours, theirs]) =>
            isSaid(object[theirs]) ? [[ours, object[theirs] as Json] as const] : [],
          ),
        ),
        ...(Number.isNaN(seconds) ? {} : { timestamp: String(seconds) }),
      },
    },
    metadata: known({ exchange, redelivered: object['Redelivered'] === true }),
  }
}

/** Go writes what was not there as its zero value. */
function isSaid(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== 0
}

/**
 * What the rabbitmq_tracing plugin writes of the firehose as JSON, an event a line. Publishes are taken; deliveries are the same
 * messages once more.
 */
export const firehose: LineForm = {
  wire: 'amqp',
  read(line, number): Carried | undefined {
    const where = `line ${number}`
    const text = lineText(line, where, '')
    if (text.trim() === '') return undefined
    const object = parseObject(text, where, 'an event of rabbitmq_tracing')
    const type = textField(object, 'type', where)
    if (type === 'received') return undefined
    if (type !== 'published') throw new FormError(`${where}: "type" must be published or received, and is ${type}`)
    const exchange = textField(object, 'exchange', where)
    const keys = object['routing_keys']
    const key = Array.isArray(keys) && typeof keys[0] === 'string' ? keys[0] : ''
    const held = (object['properties'] ?? {}) as Readonly<Record<string, unknown>>
    const timestamp = held['timestamp']
    return {
      where,
      message: {
        topic: exchange === '' ? key : exchange,
        key: Buffer.from(key),
        value: base64Field(object, 'payload', where),
        headers: [...asHeaders(held['content_type'], held['message_id']), ...headersOf(held['headers'], where)],
        properties: {
          ...Object.fromEntries(
            properties.flatMap(([ours, , theirs]) =>
              held[theirs] === undefined ? [] : [[ours, held[theirs] as Json] as const],
            ),
          ),
          ...(typeof timestamp === 'number' ? { timestamp: String(timestamp) } : {}),
        },
      },
      metadata: known({ exchange }),
    }
  },
}

function headersOf(headers: unknown, where: string): Header[] {
  if (headers === undefined || headers === null) return []
  if (typeof headers !== 'object' || Array.isArray(headers))
    throw new FormError(`${where}: the headers must be an object`)
  return Object.entries(headers as JsonObject).map(([name, value]) => [name, headerOf(value)] as const)
}

/** JSON has forgotten which of AMQP's types a value was: those that clients choose for it. */
function headerOf(value: Json): string | null | { readonly type: string; readonly value: Json } {
  switch (typeof value) {
    case 'string':
      return value
    case 'boolean':
      return { type: 'bool', value }
    case 'number':
      if (!Number.isInteger(value)) return { type: 'double', value }
      return Math.abs(value) < 2 ** 31 ? { type: 'int32', value } : { type: 'int64', value: String(value) }
    case 'object':
      if (value === null) return null
      return Array.isArray(value)
        ? { type: 'array', value: value.map(headerOf) }
        : { type: 'table', value: Object.entries(value).map(([name, inner]) => [name, headerOf(inner)]) }
  }
}

/** Content type and message id are headers in an envelope. */
function asHeaders(contentType: unknown, messageId: unknown): Header[] {
  return [
    ...(typeof contentType === 'string' && contentType !== '' ? [['content-type', contentType] as const] : []),
    ...(typeof messageId === 'string' && messageId !== '' ? [['message-id', messageId] as const] : []),
  ]
}

function plainText(message: Carried['message'], name: string): string {
  const value = message.headers.find(([header]) => header === name)?.[1]
  return typeof value === 'string' ? value : ''
}

/** @throws FormError where the text is not Base64, which Node would read as other bytes */
function base64Field(object: Readonly<Record<string, unknown>>, name: string, where: string): Uint8Array {
  const text = textField(object, name, where)
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new FormError(`${where}: "${name}" is not Base64`)
  return bytes
}
