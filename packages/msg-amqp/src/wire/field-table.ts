import { isUtf8 } from 'node:buffer'
import { DriverError, type Header, type HeaderValue, type Json } from '@x07-lab/msg-core'
import { floatToJson, toJson, typed, valueTypes } from './typed-value.ts'

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
      const size = sizes[tag]
      if (size === undefined) throw new DriverError('protocol', `read message headers: unknown type tag at byte ${at}`)
      if (bytes.length - start < size) throw cutOff(at)
      const type = valueTypes[tag as keyof typeof valueTypes]
      return { value: typed(type, readFixed(type, bytes, start)), end: start + size }
    }
  }
}

function readLong(tag: 'S' | 'x' | 'A' | 'F', content: Buffer, depth: number): HeaderValue {
  if (depth > maxDepth) {
    throw new DriverError('protocol', `read message headers: tables nest deeper than ${maxDepth} levels`)
  }
  switch (tag) {
    case 'S':
      return isUtf8(content) ? content.toString('utf8') : typed('longstr', { b64: content.toString('base64') })
    case 'x':
      return content
    case 'A': {
      const items: Json[] = []
      for (let at = 0; at < content.length;) {
        const field = readValue(content, at, depth)
        items.push(toJson(field.value))
        at = field.end
      }
      return typed('array', items)
    }
    case 'F':
      return typed(
        'table',
        readTable(content, depth).map(([name, value]) => [name, toJson(value)]),
      )
  }
}

const sizes: Readonly<Record<string, number>> = {
  t: 1,
  b: 1,
  B: 1,
  s: 2,
  u: 2,
  I: 4,
  i: 4,
  l: 8,
  f: 4,
  d: 8,
  D: 5,
  T: 8,
}

function readFixed(type: (typeof valueTypes)[keyof typeof valueTypes], bytes: Buffer, at: number): Json {
  switch (type) {
    case 'bool':
      return bytes[at] !== 0
    case 'int8':
      return bytes.readInt8(at)
    case 'uint8':
      return bytes.readUInt8(at)
    case 'int16':
      return bytes.readInt16BE(at)
    case 'uint16':
      return bytes.readUInt16BE(at)
    case 'int32':
      return bytes.readInt32BE(at)
    case 'uint32':
      return bytes.readUInt32BE(at)
    case 'int64':
      return String(bytes.readBigInt64BE(at))
    case 'timestamp':
      return String(bytes.readBigUInt64BE(at))
    case 'float':
      return floatToJson(bytes.readFloatBE(at))
    case 'double':
      return floatToJson(bytes.readDoubleBE(at))
    case 'decimal':
      return { places: bytes.readUInt8(at), digits: bytes.readUInt32BE(at + 1) }
  }
}

function cutOff(at: number): DriverError {
  return new DriverError('protocol', `read message headers: the table is cut off at byte ${at}`)
}
