import type { Header, Json, JsonObject, Message } from '@x07-lab/msg-core'
import { canonicalJson } from '@x07-lab/msg-core/json'
import { bytesFromBase64, fromJson, isList, isObject, toJson } from './typed-value.ts'

/**
 * What the header `x07-ext` of an AMQP message holds, as canonical JSON in text. It is there only when AMQP or amqplib's
 * encoder cannot say it, and a plain client may ignore it:
 *
 *     key         null for no key, {"b64": …} for one that is no routing key (not UTF-8, or over 255 bytes)
 *     value       null for no value, where AMQP has an empty body
 *     headers     the whole list of [name, value]: names that repeat, an order of their own, types without a wire form
 *     properties  the envelope's properties, where one of them cannot be said
 */
export interface WireExtension {
  readonly key?: Uint8Array | null
  readonly value?: null
  readonly headers?: readonly Header[]
  readonly properties?: JsonObject
}

export function writeExtension(extension: WireExtension): string {
  const json: Record<string, Json> = {}
  const { key, value, headers, properties } = extension
  if (key !== undefined) json['key'] = key === null ? null : { b64: Buffer.from(key).toString('base64') }
  if (value !== undefined) json['value'] = null
  if (headers !== undefined) json['headers'] = headers.map(([name, item]) => [name, toJson(item)])
  if (properties !== undefined) json['properties'] = properties
  return canonicalJson(json)
}

/** The extension in a header's text, or undefined where it is not one: then the header is an ordinary one. */
export function readExtension(text: string): WireExtension | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(json)) return undefined
  let out: WireExtension = {}
  for (const [name, value] of Object.entries(json)) {
    const part = readPart(name, value)
    if (part === undefined) return undefined
    out = { ...out, ...part }
  }
  return out
}

function readPart(name: string, json: Json | undefined): WireExtension | undefined {
  switch (name) {
    case 'key': {
      if (json === null) return { key: null }
      const key = isObject(json) && Object.keys(json).length === 1 ? bytesFromBase64(json.b64) : undefined
      return key === undefined ? undefined : { key }
    }
    case 'value':
      return json === null ? { value: null } : undefined
    case 'headers': {
      const headers = isList(json) ? json.map(readHeader) : undefined
      return headers?.every((header) => header !== undefined) === true ? { headers } : undefined
    }
    case 'properties':
      return isObject(json) ? { properties: json } : undefined
    default:
      return undefined
  }
}

function readHeader(json: Json): Header | undefined {
  const [name, item] = isList(json) && json.length === 2 ? json : []
  const value = item === undefined ? undefined : fromJson(item)
  return typeof name === 'string' && value !== undefined ? [name, value] : undefined
}

/** Applies an extension to what the wire says by itself. */
export function applyExtension(plain: Message, extension: WireExtension): Message {
  const { headers, properties } = extension
  const known = new Set(headers?.map(([name]) => name))
  return {
    ...plain,
    key: extension.key === undefined ? plain.key : extension.key,
    // A body that somebody has put in since is not thrown away.
    value: extension.value === null && plain.value?.length === 0 ? null : plain.value,
    // What the broker has added on the way (x-death and the like) stands behind the sender's own list.
    headers:
      headers === undefined ? plain.headers : [...headers, ...plain.headers.filter(([name]) => !known.has(name))],
    ...(properties === undefined ? {} : { properties }),
  }
}
