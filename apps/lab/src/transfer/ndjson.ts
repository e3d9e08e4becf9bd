import { canonicalJson } from '@x07-lab/msg-core/json'
import type { Header, HeaderValue, Json, JsonObject, Metadata } from '@x07-lab/msg-core'
import { bytesToJson, jsonToBytes } from './bytes-json.ts'
import { FormError, lineText, parseObject, textField, type Carried, type LineForm } from './form.ts'

/**
 * Our own form: one canonical JSON object a line, `{"topic","key","value","headers","properties"?,"metadata"?}`. Bytes are text
 * where they are UTF-8, else `{"base64"}`; header values are text, `{"base64"}`, null, or `{"type","value"}`. It carries everything.
 */
export const ndjson: LineForm = {
  wire: undefined,
  *write(messages) {
    for (const { message, metadata } of messages) {
      const { topic, key, value, headers, properties } = message
      yield canonicalJson({
        topic,
        key: bytesToJson(key),
        value: bytesToJson(value),
        headers: headers.map(([name, held]) => [name, held instanceof Uint8Array ? base64(held) : held]),
        ...(properties === undefined ? {} : { properties }),
        ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
      })
    }
  },
  read(line, number): Carried | undefined {
    const where = `line ${number}`
    const text = lineText(line, where, 'bytes that are not text are {"base64"}')
    if (text.trim() === '') return undefined
    const object = parseObject(text, where, 'a message of cassette export --to ndjson')
    const unknown = Object.keys(object).find((name) => !fields.includes(name))
    if (unknown !== undefined) {
      throw new FormError(`${where}: unknown field ${JSON.stringify(unknown)}; a message has ${fields.join(', ')}`)
    }
    const { key = null, value = null, headers = [], properties, metadata } = object
    for (const name of ['properties', 'metadata']) {
      if (object[name] !== undefined && !isObject(object[name]))
        throw new FormError(`${where}: "${name}" must be an object`)
    }
    return {
      where,
      message: {
        topic: textField(object, 'topic', where),
        key: jsonToBytes(key, 'key', where),
        value: jsonToBytes(value, 'value', where),
        headers: readHeaders(headers, where),
        ...(isObject(properties) ? { properties: properties as JsonObject } : {}),
      },
      metadata: (isObject(metadata) ? metadata : {}) as Metadata,
    }
  },
}

const fields = ['topic', 'key', 'value', 'headers', 'properties', 'metadata']

function readHeaders(headers: unknown, where: string): Header[] {
  if (!Array.isArray(headers)) throw new FormError(`${where}: "headers" must be a list of [name, value]`)
  return headers.map((header: unknown) => {
    if (!Array.isArray(header) || header.length !== 2 || typeof header[0] !== 'string') {
      throw new FormError(`${where}: "headers" must be a list of [name, value]`)
    }
    return [header[0], headerValue(header[1], where)] as const
  })
}

function headerValue(value: unknown, where: string): HeaderValue {
  if (value === null || typeof value === 'string') return value
  if (isObject(value) && typeof value['type'] === 'string' && 'value' in value)
    return { type: value['type'], value: value['value'] as Json }
  return jsonToBytes(value, 'headers', where)
}

/** Always so: that they are bytes tells them from text, which a client gives as text. */
function base64(bytes: Uint8Array): { readonly base64: string } {
  return { base64: Buffer.from(bytes).toString('base64') }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
