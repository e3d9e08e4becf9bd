import type { WireMessage } from './encode.ts'

/**
 * The records of a batch of one partition, in Kafka's format v2, one after the other:
 *
 *     varint length | int8 attributes = 0 | varlong timestamp delta = 0 | varint offset delta = position in the batch
 *     varint length | key      (length -1 for null)
 *     varint length | value    (length -1 for null)
 *     varint count, then per header: varint length | name | varint length | value (length -1 for null)
 *
 * Varints are zigzag. See https://kafka.apache.org/documentation/#record.
 */
export function encodeRecords(messages: readonly WireMessage[]): Buffer {
  const bodies = Array.from(messages, bodySize)
  const total = bodies.reduce((sum, body) => sum + varintSize(body) + body, 0)
  const out = Buffer.allocUnsafe(total)
  let at = 0
  for (const [position, message] of messages.entries()) {
    at = writeVarint(out, at, bodies[position] ?? 0)
    out[at++] = 0
    out[at++] = 0
    at = writeVarint(out, at, position)
    at = writeField(out, at, message.key)
    at = writeField(out, at, message.value)
    at = writeVarint(out, at, message.headers.length)
    for (const { key, value } of message.headers) {
      at = writeField(out, at, key)
      at = writeField(out, at, value)
    }
  }
  return out
}

function bodySize({ key, value, headers }: WireMessage, position: number): number {
  let size = 2 + varintSize(position) + fieldSize(key) + fieldSize(value) + varintSize(headers.length)
  for (const header of headers) size += fieldSize(header.key) + fieldSize(header.value)
  return size
}

function fieldSize(field: Buffer | string | null): number {
  if (field === null) return 1
  const length = typeof field === 'string' ? Buffer.byteLength(field) : field.length
  return varintSize(length) + length
}

function writeField(out: Buffer, at: number, field: Buffer | string | null): number {
  if (field === null) {
    // Minus one in zigzag.
    out[at] = 1
    return at + 1
  }
  if (typeof field !== 'string') {
    const start = writeVarint(out, at, field.length)
    out.set(field, start)
    return start + field.length
  }
  const start = writeVarint(out, at, Buffer.byteLength(field))
  return start + out.write(field, start)
}

/** Of a number from 0 to 2^31 - 1. */
function varintSize(value: number): number {
  let size = 1
  for (let rest = value >>> 6; rest > 0; rest >>>= 7) size++
  return size
}

function writeVarint(out: Buffer, at: number, value: number): number {
  let next = at
  let rest = (value << 1) >>> 0
  while (rest > 0x7f) {
    out[next++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  out[next++] = rest
  return next
}
