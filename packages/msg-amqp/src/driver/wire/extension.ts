import type { Header, HeaderValue, Json, JsonObject } from '@x07-lab/msg-core'
import { canonicalJson } from '@x07-lab/msg-core/json'

/**
 * What the header `x07-ext` of an AMQP message holds, as canonical JSON in text. It is there only when the wire cannot say
 * something, says nothing that the wire says, and a plain client may ignore it:
 *
 *     x07         2, the form; without it the header is somebody else's
 *     key         null for no key, {"b64": …} for one over 255 bytes; the routing key is empty then
 *     value       null for no value, where AMQP has an empty body
 *     headers     headers without a wire form, as [place in the whole list, name, value, native headers of this name]
 *     at          places of the headers content-type and message-id in the whole list, where the usual one is not theirs
 *     properties  properties without a wire form
 *
 * What somebody changed natively on the way wins: a routing key or a body that is there, a header or a property of the name.
 */
export interface WireExtension {
  readonly key?: Uint8Array | null
  readonly value?: null
  readonly headers?: readonly ExtensionHeader[]
  readonly at?: Readonly<Record<string, number>>
  readonly properties?: JsonObject
}

export interface ExtensionHeader {
  readonly place: number
  readonly header: Header
  /** Headers of the same name that the wire itself held when this was written. */
  readonly native: number
}

const form = 2

export function writeExtension({ key, value, headers, at, properties }: WireExtension): string {
  const json: Record<string, Json> = { x07: form }
  if (key !== undefined) json['key'] = key === null ? null : bytesJson(key)
  if (value !== undefined) json['value'] = null
  if (headers !== undefined) {
    json['headers'] = headers.map(({ place, header: [name, item], native }) => [place, name, valueJson(item), native])
  }
  if (at !== undefined) json['at'] = at
  if (properties !== undefined) json['properties'] = properties
  return canonicalJson(json)
}

/** The extension in a header's text, or undefined where it is not one: then the header is an ordinary one. */
export function readExtension(text: string): WireExtension | undefined {
  if (!text.startsWith('{')) return undefined
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(json) || json['x07'] !== form) return undefined
  let out: WireExtension = {}
  for (const [name, value] of Object.entries(json)) {
    const part = readPart(name, value)
    if (part === undefined) return undefined
    out = { ...out, ...part }
  }
  return out
}

function readPart(name: string, json: Json): WireExtension | undefined {
  switch (name) {
    case 'x07':
      return {}
    case 'key': {
      if (json === null) return { key: null }
      const key = bytesFromJson(json)
      return key === undefined ? undefined : { key }
    }
    case 'value':
      return json === null ? { value: null } : undefined
    case 'headers': {
      const headers = Array.isArray(json) ? (json as readonly Json[]).map(readHeader) : undefined
      return headers?.every((header) => header !== undefined) === true ? { headers } : undefined
    }
    case 'at':
      return isObject(json) && Object.values(json).every(isPlace) ? { at: json as Record<string, number> } : undefined
    case 'properties':
      return isObject(json) ? { properties: json } : undefined
    default:
      return undefined
  }
}

function readHeader(json: Json): ExtensionHeader | undefined {
  const [place, name, item, native] = Array.isArray(json) && json.length === 4 ? (json as readonly Json[]) : []
  const value = item === undefined ? undefined : valueFromJson(item)
  if (!isPlace(place) || typeof name !== 'string' || value === undefined || !isPlace(native)) return undefined
  return { place, header: [name, value], native }
}

/** A header value as JSON, whatever its type: text, null, {"b64": …}, or {type, value}. */
function valueJson(value: HeaderValue): Json {
  if (value === null || typeof value === 'string') return value
  return value instanceof Uint8Array ? bytesJson(value) : { type: value.type, value: value.value }
}

function valueFromJson(json: Json): HeaderValue | undefined {
  if (json === null || typeof json === 'string') return json
  if (!isObject(json)) return undefined
  const { type, value } = json
  if (typeof type === 'string' && value !== undefined && Object.keys(json).length === 2) return { type, value }
  return bytesFromJson(json)
}

function bytesJson(bytes: Uint8Array): Json {
  return { b64: Buffer.from(bytes).toString('base64') }
}

function bytesFromJson(json: Json): Buffer | undefined {
  if (!isObject(json) || Object.keys(json).length !== 1) return undefined
  const { b64 } = json
  if (typeof b64 !== 'string') return undefined
  const bytes = Buffer.from(b64, 'base64')
  return bytes.toString('base64') === b64 ? bytes : undefined
}

function isPlace(json: Json | undefined): json is number {
  return typeof json === 'number' && Number.isInteger(json) && json >= 0
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
