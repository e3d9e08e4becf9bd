import type { WireMessage } from './encode.ts'

/** The timestamps of a batch, in milliseconds: its first one, and the one of a message that has none. */
export interface BatchTimes {
  readonly first: number
  readonly unset: number
}

/**
 * The records of a batch of one partition, in Kafka's format v2, one after the other; without `times` each has the timestamp
 * of the batch:
 *
 *     varint length | int8 attributes = 0 | varlong timestamp delta | varint offset delta = position in the batch
 *     varint length | key      (length -1 for null)
 *     varint length | value    (length -1 for null)
 *     varint count, then per header: varint length | name | varint length | value (length -1 for null)
 *
 * Varints are zigzag. See https://kafka.apache.org/documentation/#record.
 */
export function encodeRecords(messages: readonly WireMessage[], times?: BatchTimes): Buffer {
  const bodies: number[] = []
  let total = 0
  for (const message of messages) {
    const body = bodySize(message, bodies.length) + (times === undefined ? 0 : varlongSize(deltaOf(message, times)) - 1)
    bodies.push(body)
    total += varintSize(body) + body
  }
  const out = Buffer.allocUnsafe(total)
  let at = 0
  let position = 0
  for (const message of messages) {
    at = writeVarint(out, at, bodies[position] ?? 0)
    out[at++] = 0
    if (times === undefined) out[at++] = 0
    else at = writeVarlong(out, at, deltaOf(message, times))
    at = writeVarint(out, at, position++)
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
  const length = typeof field === 'string' ? textSize(field) : field.length
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
    if (field.length > shortField) out.set(field, start)
    else for (let i = 0; i < field.length; i++) out[start + i] = field[i] ?? 0
    return start + field.length
  }
  const length = textSize(field)
  const start = writeVarint(out, at, length)
  // As many bytes as units: ASCII.
  if (length > shortField || length !== field.length) return start + out.write(field, start)
  for (let i = 0; i < length; i++) out[start + i] = field.charCodeAt(i)
  return start + length
}

/** Keys and headers mostly have at most so many bytes, for which a loop beats a call. */
const shortField = 48

/** Bytes of a text in UTF-8. */
function textSize(text: string): number {
  if (text.length > shortField) return Buffer.byteLength(text)
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text)
  return text.length
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

/** From 0 on: the first timestamp of a batch is its smallest. */
function deltaOf({ timestamp }: WireMessage, { first, unset }: BatchTimes): number {
  return (timestamp ?? unset) - first
}

/** Of a number from 0 to 2^53 - 1. */
function varlongSize(value: number): number {
  let size = 1
  for (let rest = Math.floor(value / 64); rest > 0; rest = Math.floor(rest / 128)) size++
  return size
}

function writeVarlong(out: Buffer, at: number, value: number): number {
  let next = at
  let low = (value % 64) * 2
  let rest = Math.floor(value / 64)
  while (rest > 0) {
    out[next++] = low | 0x80
    low = rest % 128
    rest = Math.floor(rest / 128)
  }
  out[next++] = low
  return next
}
