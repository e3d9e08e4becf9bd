import canonicalize from 'canonicalize'
import { CodecError } from '../codec-error.ts'
import type { PlainHeaders } from './frame.ts'
import type { Header, HeaderValue, Json, JsonObject, Message } from './message.ts'
import { isAscii } from './text.ts'

/** The reserved header that carries, as canonical JSON, what an X7ME envelope cannot say by itself. */
export const extensionHeader = 'x07-ext'

/**
 * The extension of a message, or undefined where the envelope says everything:
 *
 *     key, value    null where the message has none (an envelope knows only empty)
 *     headers       the whole list as [name, value] pairs, when names repeat, are unsorted, reserved or not ASCII, or a value
 *                   is not text. A value is text, null, {"b64": …} for bytes, or {"type": …, "value": …}
 *     properties    the transport's properties
 */
export function writeExtension(message: Message): string | undefined {
  const ext: Record<string, Json> = {}
  if (message.key === null) ext['key'] = null
  if (message.value === null) ext['value'] = null
  if (!arePlain(message.headers)) ext['headers'] = message.headers.map(([name, value]) => [name, writeValue(value)])
  if (message.properties !== undefined && Object.keys(message.properties).length > 0) {
    ext['properties'] = message.properties
  }
  if (Object.keys(ext).length === 0) return undefined
  try {
    return canonicalize(ext)
  } catch (cause) {
    throw new CodecError(9505, 'message envelope: a header or property holds text that is not well-formed Unicode', {
      cause,
    })
  }
}

/** Applies an extension to what the envelope itself says. */
export function readExtension(text: string, plain: Message): Message {
  const ext = parse(text)
  const headers = ext['headers']
  const properties = ext['properties']
  if (headers !== undefined && !Array.isArray(headers)) throw malformed('headers is not a list')
  if (properties !== undefined && !isObject(properties)) throw malformed('properties is not an object')
  return {
    topic: plain.topic,
    key: ext['key'] === null ? null : plain.key,
    value: ext['value'] === null ? null : plain.value,
    headers: headers === undefined ? plain.headers : (headers as readonly Json[]).map(readPair),
    ...(properties === undefined ? {} : { properties }),
  }
}

/** The headers an envelope can say by itself: the first text value of each plain name, in byte order. */
export function plainHeaders(headers: readonly Header[]): PlainHeaders {
  if (arePlain(headers)) return headers
  const found = new Map<string, string>()
  for (const [name, value] of headers) {
    if (typeof value === 'string' && value.isWellFormed() && isPlainName(name) && !found.has(name))
      found.set(name, value)
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Whether an envelope can say all headers by itself: text values, plain names, in byte order, none twice. */
export function arePlain(headers: readonly Header[]): headers is PlainHeaders {
  let previous = ''
  for (let i = 0; i < headers.length; i++) {
    const name = headers[i]![0]
    const value = headers[i]![1]
    if (typeof value !== 'string' || !isPlainName(name) || name <= previous || !value.isWellFormed()) return false
    previous = name
  }
  return true
}

function isPlainName(name: string): boolean {
  return name !== '' && name !== extensionHeader && isAscii(name)
}

function writeValue(value: HeaderValue): Json {
  if (value === null || typeof value === 'string') return value
  if (value instanceof Uint8Array) return { b64: Buffer.from(value).toString('base64') }
  const { type, value: typed } = (value ?? {}) as Partial<typeof value>
  if (typeof type === 'string' && typed !== undefined) return { type, value: typed }
  throw new TypeError('message envelope: a header value is neither text, bytes, null nor { type, value }')
}

function readPair(pair: Json): Header {
  if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string')
    throw malformed('a header is not a pair')
  return [pair[0], readValue(pair[1] as Json)]
}

function readValue(value: Json): HeaderValue {
  if (value === null || typeof value === 'string') return value
  if (!isObject(value)) throw malformed('a header value is of no known form')
  const { b64, type } = value as { b64?: Json; type?: Json }
  if (typeof b64 === 'string') return Buffer.from(b64, 'base64')
  if (typeof type === 'string' && value['value'] !== undefined) return { type, value: value['value'] }
  throw malformed('a header value is of no known form')
}

function parse(text: string): JsonObject {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new CodecError(9509, `message envelope: header ${extensionHeader} is not JSON`, { cause })
  }
  if (!isObject(parsed)) throw malformed('it is not an object')
  return parsed
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(reason: string): CodecError {
  return new CodecError(9509, `message envelope: header ${extensionHeader}: ${reason}`)
}
