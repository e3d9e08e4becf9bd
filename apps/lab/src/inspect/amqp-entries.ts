import type { Header, Json, JsonObject, Message, Metadata } from '@x07-lab/msg-core'
import type { Entry } from '@x07-lab/msg-core/format'
import {
  commandJson,
  headerValueOf,
  methodId,
  propertiesJson,
  readContentHeader,
  readMethod,
  type Method,
  type MethodName,
} from '@x07-lab/msg-amqp/protocol'
import { amqpSocketOps, decodeStored, type StoredCommand } from '@x07-lab/msg-amqp/socket'
import type { SocketPart } from './entry-view.ts'

/** Methods of which a recording has the name alone, for what they hold. */
const nameOnly = new Map(
  (['connection.start-ok', 'connection.secure-ok', 'connection.update-secret'] satisfies MethodName[]).map((name) => [
    methodId(name),
    name,
  ]),
)
/** Characters of a field in a line. */
const shownCharacters = 40

const other: SocketPart = { kind: 'other', outcome: '', message: undefined, metadata: {}, reason: undefined }

/**
 * An entry of AMQP at the socket: basic.publish is a publish, basic.deliver and basic.get-ok are deliveries, every other method
 * is a line with its fields. Undefined for another op, and for bytes that are not a command.
 */
export function viewAmqp(op: string, { req, resp, err }: Entry): SocketPart | undefined {
  try {
    if (op === amqpSocketOps.client) return viewCommand(decodeStored(req), true)
    if (op === amqpSocketOps.server) return viewCommand(decodeStored(resp), false)
    if (op === amqpSocketOps.dial) return viewDial(req)
    if (op === amqpSocketOps.up) {
      const tls = resp.length === 0 ? {} : jsonOf(resp)
      return { ...other, said: { line: resp.length === 0 ? 'connected' : 'connected over TLS', fields: tls } }
    }
    if (op === amqpSocketOps.end && err !== 0) {
      return { ...other, outcome: 'failed', reason: Buffer.from(resp).toString() }
    }
    if (op === amqpSocketOps.end) return { ...other, said: { line: 'the broker ended the connection', fields: {} } }
  } catch {
    // Bytes that are something else are shown as what they are.
  }
  return undefined
}

function viewDial(req: Uint8Array): SocketPart {
  const fields = jsonOf(req)
  const { host, port, tls } = fields
  const line = `connect to ${textOf(host)}:${textOf(port)}${tls === true ? ' over TLS' : ''}`
  return { ...other, said: { line, fields } }
}

function viewCommand(command: StoredCommand, fromClient: boolean): SocketPart {
  const { method: bytes, header, body } = command
  const secret = bytes.length === 4 ? nameOnly.get(bytes.readUInt32BE(0)) : undefined
  if (secret !== undefined) {
    return { ...other, said: { line: `${secret} (its fields are not recorded)`, fields: { method: secret } } }
  }
  const method = readMethod(bytes)
  if (header.length === 0) return viewMethod(method, fromClient)
  const { properties } = readContentHeader(header)
  const { headers = [], ...own } = properties
  const messageOf = (exchange: string, routingKey: string): Message => ({
    topic: exchange === '' ? routingKey : exchange,
    key: Buffer.from(routingKey),
    value: body,
    headers: headers.map(([name, value]): Header => [textOf(name), headerValueOf(value)]),
    properties: propertiesJson(own) as JsonObject,
  })
  switch (method.name) {
    case 'basic.publish': {
      const { exchange, routingKey, mandatory } = method.args
      const metadata: Metadata = { exchange: textOf(exchange), ...(mandatory ? { mandatory } : {}) }
      return { ...other, kind: 'publish', message: messageOf(textOf(exchange), textOf(routingKey)), metadata }
    }
    case 'basic.deliver':
    case 'basic.get-ok': {
      const { exchange, routingKey, redelivered, deliveryTag } = method.args
      const metadata: Metadata = {
        exchange: textOf(exchange),
        redelivered,
        deliveryTag: String(deliveryTag),
        ...(method.name === 'basic.deliver' ? { consumerTag: textOf(method.args.consumerTag) } : {}),
      }
      return { ...other, kind: 'delivery', message: messageOf(textOf(exchange), textOf(routingKey)), metadata }
    }
    default: {
      const content = { properties, body: [body], bodyBytes: body.length }
      return saidOf(method.name, commandJson({ type: 'method', channel: 0, method, content }))
    }
  }
}

/** What a program says of a delivery it settles, the broker of a publish it confirms. */
const settles = new Map<string, readonly [client: string, broker: string]>([
  ['basic.ack', ['ack', 'confirmed']],
  ['basic.nack', ['nack', 'refused']],
  ['basic.reject', ['reject', '']],
])

function viewMethod(method: Method, fromClient: boolean): SocketPart {
  const said = saidOf(method.name, commandJson({ type: 'method', channel: 0, method }))
  return { ...said, outcome: settles.get(method.name)?.[fromClient ? 0 : 1] ?? '' }
}

function saidOf(name: string, json: Json): SocketPart {
  const { channel: _, ...fields } = json as JsonObject
  const args = Object.entries((fields['args'] ?? {}) as JsonObject)
  const words = args.flatMap(([field, value]) => {
    // A flag is said where it is set, a field where it says something.
    if (value === false || value === '' || value === 0 || (Array.isArray(value) && value.length === 0)) return []
    return [value === true ? field : `${field} ${shorten(textOf(value))}`]
  })
  return { ...other, said: { line: `${name}${words.length === 0 ? '' : ` ${words.join(', ')}`}`, fields } }
}

function shorten(text: string): string {
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}…`
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  return JSON.stringify(value) ?? '?'
}

function jsonOf(bytes: Uint8Array): JsonObject {
  const json = JSON.parse(Buffer.from(bytes).toString()) as Json
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new SyntaxError('the JSON is no object')
  return json as JsonObject
}
