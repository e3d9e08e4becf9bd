import type { HeaderValue, Json } from '@x07-lab/msg-core'
import { floatFromJson, fromJson, integerRanges, isList, isObject, longRanges } from './typed-value.ts'

/** Said of a header value that amqplib's encoder cannot put on the wire as it is. */
export const unsayable: unique symbol = Symbol('unsayable')

/** Names are short strings. */
const nameMaxBytes = 255

/**
 * What to hand to amqplib so that the wire holds exactly this value and type, or {@link unsayable}. amqplib guesses the
 * type of plain numbers; `{'!': type, value}` is its way of naming one, and it takes a bigint for 64 bits.
 */
export function encodeValue(value: HeaderValue): unknown {
  if (value === null) return null
  if (typeof value === 'string') return value.isWellFormed() ? value : unsayable
  if (value instanceof Uint8Array) return asBuffer(value)
  const { type, value: json } = value
  const range = integerRanges[type]
  if (range !== undefined) return isIntegerIn(json, range) ? { '!': type, value: json } : unsayable
  const longRange = longRanges[type]
  if (longRange !== undefined) return encodeLong(type, json, longRange)
  switch (type) {
    case 'bool':
      return typeof json === 'boolean' ? json : unsayable
    case 'float':
    case 'double':
      return encodeFloat(type, json)
    case 'decimal':
      return encodeDecimal(json)
    case 'array':
      return encodeArray(json)
    case 'table':
      return encodeTable(json)
    default:
      return unsayable
  }
}

/** A table object under construction; fields come out on the wire in the order in which they were put. */
export class TableBuilder {
  #fields: Record<string, unknown> | undefined
  readonly #names: string[] = []
  #numeric = false

  /** The table; undefined where nothing was put, as in most messages. */
  get fields(): Record<string, unknown> | undefined {
    return this.#fields
  }

  /** False when the field cannot be there: a name too long or repeated. */
  put(name: string, encoded: unknown): boolean {
    // Without a prototype, `__proto__` is a name like any other.
    const fields = (this.#fields ??= Object.create(null) as Record<string, unknown>)
    if (!name.isWellFormed() || Buffer.byteLength(name) > nameMaxBytes || name in fields) return false
    fields[name] = encoded
    this.#names.push(name)
    this.#numeric ||= /^\d/.test(name)
    return true
  }

  /** Whether the fields are in the order of the puts: JavaScript moves names like `7` to the front. */
  inOrder(): boolean {
    if (this.#fields === undefined || !this.#numeric) return true
    return Object.keys(this.#fields).every((name, index) => name === this.#names[index])
  }
}

function encodeLong(type: string, json: Json, [min, max]: readonly [bigint, bigint]): unknown {
  if (typeof json !== 'string' || !/^(?:0|-?[1-9]\d{0,19})$/.test(json)) return unsayable
  const value = BigInt(json)
  return value >= min && value <= max ? { '!': type, value } : unsayable
}

function encodeFloat(type: 'float' | 'double', json: Json): unknown {
  const value = floatFromJson(json)
  if (value === undefined || (type === 'float' && !Object.is(Math.fround(value), value))) return unsayable
  return { '!': type, value }
}

function encodeDecimal(json: Json): unknown {
  if (!isObject(json) || Object.keys(json).length !== 2) return unsayable
  const { places, digits } = json
  if (!isIntegerIn(places, [0, 255]) || !isIntegerIn(digits, [0, 4_294_967_295])) return unsayable
  return { '!': 'decimal', value: { places, digits } }
}

function encodeArray(json: Json): unknown {
  if (!isList(json)) return unsayable
  const items = json.map(encodeJson)
  return items.some((item) => item === unsayable) ? unsayable : items
}

function encodeTable(json: Json): unknown {
  if (!isList(json)) return unsayable
  const table = new TableBuilder()
  for (const pair of json) {
    const [name, item] = isList(pair) && pair.length === 2 ? pair : []
    // amqplib takes an object with the field `!` for a typed value.
    if (typeof name !== 'string' || item === undefined || name === '!') return unsayable
    const encoded = encodeJson(item)
    if (encoded === unsayable || !table.put(name, encoded)) return unsayable
  }
  return table.inOrder() ? (table.fields ?? {}) : unsayable
}

function encodeJson(json: Json): unknown {
  const value = fromJson(json)
  return value === undefined ? unsayable : encodeValue(value)
}

function isIntegerIn(json: Json | undefined, [min, max]: readonly [number, number]): json is number {
  return typeof json === 'number' && Number.isInteger(json) && !Object.is(json, -0) && json >= min && json <= max
}

/** A view of the same bytes; amqplib asks for a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
