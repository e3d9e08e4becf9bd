import { decode as decodeMsgpack } from '@msgpack/msgpack'
import { decode as decodeCbor } from 'cborg'
import type { Json, Message } from '@x07-lab/msg-core'
import { headerText, utf8, type Reading } from './reading.ts'

/** Bytes of a body that is tried as a form that nothing names. */
const maxGuessed = 1_048_576

/**
 * MessagePack and CBOR. Where the content type or CBOR's own tag names the form, any value counts; otherwise only a map or a list
 * that takes up the whole body, and no text.
 */
export function packed(message: Message): Reading | undefined {
  const { value } = message
  if (value === null || value.length === 0) return undefined
  const type = contentType(message)
  if (type.includes('msgpack')) return reading('MessagePack', tryMsgpack(value))
  if (type.includes('cbor') || (value[0] === 0xd9 && value[1] === 0xd9 && value[2] === 0xf7)) {
    return reading('CBOR', tryCbor(value))
  }
  if (value.length > maxGuessed || utf8(value) !== undefined) return undefined
  const msgpack = tryMsgpack(value)
  if (isContainer(msgpack)) return reading('MessagePack, by its look', msgpack)
  const cbor = tryCbor(value)
  return isContainer(cbor) ? reading('CBOR, by its look', cbor) : undefined
}

/** Serialised objects of a language, which are code as much as data: named, never loaded. */
export function languageObjects({ value }: Message): Reading | undefined {
  if (value === null || value.length < 4) return undefined
  if (value[0] === 0xac && value[1] === 0xed && value[2] === 0 && value[3] === 5) {
    const name = javaClass(value)
    return {
      form: 'Java object',
      fields: [
        ['class', name ?? 'unknown'],
        ['loaded', false],
      ],
    }
  }
  const protocol = value[1] ?? 0
  if (value[0] === 0x80 && protocol >= 2 && protocol <= 5 && value.at(-1) === 0x2e) {
    return {
      form: 'Python pickle',
      fields: [
        ['protocol', protocol],
        ['loaded', false],
      ],
    }
  }
  return undefined
}

/** TC_OBJECT, TC_CLASSDESC, then the name as a 16 bit length and text. */
function javaClass(value: Uint8Array): string | undefined {
  if (value[4] !== 0x73 || value[5] !== 0x72 || value.length < 8) return undefined
  const length = ((value[6] ?? 0) << 8) | (value[7] ?? 0)
  return utf8(value.subarray(8, 8 + length))
}

function contentType({ headers, properties }: Message): string {
  const property = properties?.['contentType']
  return (typeof property === 'string' ? property : (headerText(headers, 'content-type') ?? '')).toLowerCase()
}

function reading(form: string, value: unknown): Reading | undefined {
  return value === undefined ? undefined : { form, fields: [['value', toJson(value, 0)]] }
}

/** A key of a map may be anything; the library takes text and numbers. */
function mapKeyConverter(key: unknown): string | number {
  return typeof key === 'string' || typeof key === 'number' ? key : JSON.stringify(toJson(key, 0))
}

function tryMsgpack(bytes: Uint8Array): unknown {
  try {
    return decodeMsgpack(bytes, { useBigInt64: true, mapKeyConverter })
  } catch {
    return undefined
  }
}

/** Every tag (a date, a decimal, an id) reads as the value inside it: cborg refuses a body with a tag that it is given no reader for. */
const insideTags = new Proxy([], {
  get: (tags, name) => (/^\d+$/.test(String(name)) ? (next: () => unknown) => next() : Reflect.get(tags, name)),
})

function tryCbor(bytes: Uint8Array): unknown {
  try {
    return decodeCbor(bytes, { allowBigInt: true, useMaps: true, tags: insideTags })
  } catch {
    return undefined
  }
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && size(value) > 0
}

function size(value: object): number {
  return value instanceof Map ? value.size : Object.keys(value).length
}

const maxDepth = 64

function toJson(value: unknown, depth: number): Json {
  if (depth > maxDepth) return '…'
  switch (typeof value) {
    case 'bigint':
      return String(value)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'string':
    case 'boolean':
      return value
    case 'object': {
      if (value === null) return null
      if (value instanceof Uint8Array) return utf8(value) ?? `0x${Buffer.from(value).toString('hex')}`
      // A timestamp of MessagePack may be one that no date is.
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'not a date' : value.toISOString()
      if (Array.isArray(value)) return value.map((item) => toJson(item, depth + 1))
      const entries: (readonly [unknown, unknown])[] = value instanceof Map ? [...value] : Object.entries(value)
      return Object.fromEntries(entries.map(([name, inner]) => [String(name), toJson(inner, depth + 1)]))
    }
    default:
      return String(value)
  }
}
