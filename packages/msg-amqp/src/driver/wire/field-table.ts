import { isUtf8 } from 'node:buffer'
import { DriverError, type Header, type HeaderValue, type Json } from '@x07-lab/msg-core'
import { floatToJson, toJson, typed } from './typed-value.ts'

/** Nesting of tables and arrays that is followed; deeper ones are hostile. */
const maxDepth = 64

/**
 * Reads the fields of an AMQP table (without its length) in their order, repeated names and exact types included:
 *
 *     field  := shortstr name | u8 tag | value
 *     tags   := t b B s u I i l f d D T   fixed size, big-endian
 *               S (text) x (bytes) A (array) F (table), each u32 length | content;  V (void)
 *
 * The grammar is RabbitMQ's (https://www.rabbitmq.com/amqp-0-9-1-errata, section 3). Byte values borrow from `bytes`.
 *
 * @throws DriverError `protocol` for bytes that are not a table
 */
export function readTable(bytes: Buffer, depth = 0): Header[] {
  const out: Header[] = []
  let at = 0
  while (at < bytes.length) {
    const end = at + 1 + (bytes[at] ?? 0)
    if (end > bytes.length) throw cutOff(at)
    const name = bytes.toString('utf8', at + 1, end)
    const field = readValue(bytes, end, depth)
    out.push([name, field.value])
    at = field.end
  }
  return out
}

interface Field {
  readonly value: HeaderValue
  readonly end: number
}

function readValue(bytes: Buffer, at: number, depth: number): Field {
  const tag = String.fromCharCode(bytes[at] ?? 0)
  const start = at + 1
  switch (tag) {
    case 'V':
      return { value: null, end: start }
    case 'S':
    case 'x':
    case 'A':
    case 'F': {
      if (bytes.length - start < 4) throw cutOff(at)
      const end = start + 4 + bytes.readUInt32BE(start)
      if (end > bytes.length) throw cutOff(at)
      return { value: readLong(tag, bytes.subarray(start + 4, end), depth + 1), end }
    }
    default: {
      const fixed = fixedTypes[tag]
      if (fixed === undefined) throw new DriverError('protocol', `read message headers: unknown type tag at byte ${at}`)
      const end = start + fixed.size
      if (end > bytes.length) throw cutOff(at)
      return { value: typed(fixed.type, fixed.read(bytes, start)), end }
    }
  }
}

function readLong(tag: 'S' | 'x' | 'A' | 'F', content: Buffer, depth: number): HeaderValue {
  if (depth > maxDepth) {
    throw new DriverError('protocol', `read message headers: tables nest deeper than ${maxDepth} levels`)
  }
  if (tag === 'x') return content
  if (tag === 'S') return isUtf8(content) ? content.toString('utf8') : typed('longstr', toJson(content))
  if (tag === 'A') return typed('array', readArray(content, depth))
  const fields = readTable(content, depth)
  return typed(
    'table',
    fields.map(([name, value]) => [name, toJson(value)]),
  )
}

function readArray(bytes: Buffer, depth: number): Json[] {
  const items: Json[] = []
  for (let at = 0; at < bytes.length;) {
    const { value, end } = readValue(bytes, at, depth)
    items.push(toJson(value))
    at = end
  }
  return items
}

interface FixedType {
  readonly type: string
  readonly size: number
  readonly read: (bytes: Buffer, at: number) => Json
}

const fixedTypes: Readonly<Record<string, FixedType>> = {
  t: { type: 'bool', size: 1, read: (bytes, at) => bytes[at] !== 0 },
  b: { type: 'int8', size: 1, read: (bytes, at) => bytes.readInt8(at) },
  B: { type: 'uint8', size: 1, read: (bytes, at) => bytes.readUInt8(at) },
  s: { type: 'int16', size: 2, read: (bytes, at) => bytes.readInt16BE(at) },
  u: { type: 'uint16', size: 2, read: (bytes, at) => bytes.readUInt16BE(at) },
  I: { type: 'int32', size: 4, read: (bytes, at) => bytes.readInt32BE(at) },
  i: { type: 'uint32', size: 4, read: (bytes, at) => bytes.readUInt32BE(at) },
  l: { type: 'int64', size: 8, read: (bytes, at) => String(bytes.readBigInt64BE(at)) },
  T: { type: 'timestamp', size: 8, read: (bytes, at) => String(bytes.readBigUInt64BE(at)) },
  f: { type: 'float', size: 4, read: (bytes, at) => floatToJson(bytes.readFloatBE(at)) },
  d: { type: 'double', size: 8, read: (bytes, at) => floatToJson(bytes.readDoubleBE(at)) },
  D: {
    type: 'decimal',
    size: 5,
    read: (bytes, at) => ({ places: bytes.readUInt8(at), digits: bytes.readUInt32BE(at + 1) }),
  },
}

function cutOff(at: number): DriverError {
  return new DriverError('protocol', `read message headers: the table is cut off at byte ${at}`)
}
