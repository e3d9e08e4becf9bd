import { isUtf8 } from 'node:buffer'
import type { Header, HeaderValue, Json, Message } from '@x07-lab/msg-core'

/**
 * What a reader makes of a message: told to people beside the bytes, never stored and never compared. Values are JSON; 64-bit
 * integers are decimal text.
 */
export interface Reading {
  /** The form that was recognised: `gzip`, `Celery task`, `CloudEvents`. */
  readonly form: string
  /** What it says, in the order in which it should be shown. */
  readonly fields: readonly (readonly [name: string, value: Json])[]
  /** The bytes of the message inside this one: of a compressed body, of what follows a schema id. Read further. */
  readonly inner?: Uint8Array
}

/** Recognises one form. Undefined where the message is not of that form; it never throws for bytes from outside. */
export type MessageReader = (message: Message) => Reading | undefined

/** The text of the last header of this name; undefined where there is none, or it is not text. */
export function headerText(headers: readonly Header[], name: string): string | undefined {
  return textOfHeader(headers.findLast(([header]) => header === name)?.[1])
}

/** A header value as text: text itself, UTF-8 bytes, or the text inside a typed value. */
export function textOfHeader(value: HeaderValue | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return undefined
  if (value instanceof Uint8Array) return utf8(value)
  return typeof value.value === 'string' ? value.value : undefined
}

/** The text of bytes that are UTF-8; undefined for others. */
export function utf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString() : undefined
}

/** A key as text; bytes that are not UTF-8 as hex. Null is told apart from empty. */
export function keyText(key: Uint8Array | null): string {
  if (key === null) return '(null)'
  return key.length === 0 ? '(empty)' : (utf8(key) ?? `0x${Buffer.from(key).toString('hex')}`)
}

/** The body that was asked for last: every reader of a message asks for the same one. */
let latest: { readonly bytes: Uint8Array; readonly object: Readonly<Record<string, Json>> | undefined } | undefined

/** The JSON object in a body; undefined where the body is not one. */
export function jsonObject(bytes: Uint8Array | null): Readonly<Record<string, Json>> | undefined {
  if (bytes === null) return undefined
  if (latest?.bytes !== bytes) {
    const value = json(bytes)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    latest = { bytes, object: isObject ? (value as Readonly<Record<string, Json>>) : undefined }
  }
  return latest.object
}

/** The JSON in a body; undefined where the body is not JSON. A body that cannot begin JSON costs one look. */
export function json(bytes: Uint8Array | null): Json | undefined {
  if (bytes === null || bytes.length === 0 || !startsJson(bytes)) return undefined
  const text = utf8(bytes)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

const jsonStarts = new Set(Buffer.from('{["-0123456789tfn \t\r\n'))

function startsJson(bytes: Uint8Array): boolean {
  return jsonStarts.has(bytes[0] ?? 0)
}

/** The names and values of an object that are there, in the order of the names. */
export function pick(
  object: Readonly<Record<string, Json>>,
  names: readonly string[],
): (readonly [name: string, value: Json])[] {
  return names.flatMap((name) => {
    const value = Object.hasOwn(object, name) ? object[name] : undefined
    return value === undefined ? [] : [[name, value] as const]
  })
}
