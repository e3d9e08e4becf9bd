import { writeU32 } from '../data-model/u32.ts'
import { DOCUMENT_OK, KIND_MAP, KIND_NUMBER, KIND_STRING } from '../data-model/value.ts'
import type { EntryFields } from './entry.ts'
import { U32_MAX } from './limits.ts'
import type { OutputBuffer } from './output-buffer.ts'

/**
 * Bytes of a document beyond its texts, at most: head 6, err 23, key 12, kind 13, latency_ticks 32, op 11, req 12, resp 13,
 * seq 22, v 20, the numbers at their longest.
 */
const OVERHEAD_BYTES = 164

/** A UTF-16 unit is at most three bytes of UTF-8. */
const UTF8_BYTES_PER_UNIT = 3

/**
 * Encodes one entry document: sorted fields, decimal numbers, optional fields only where given.
 *
 * @throws RangeError where a number is out of its range or a text is not well formed; nothing is written then
 */
export function encodeEntry(fields: EntryFields): Uint8Array {
  checkNumbers(fields)
  // From Node's pool where it is small: allocating would take longer than encoding.
  const bytes = Buffer.allocUnsafe(boundOf(fields))
  return bytes.subarray(0, putEntry(bytes, 0, fields))
}

/**
 * Writes one entry document at the end of `out`, without copies in between.
 *
 * @throws RangeError where a number is out of its range or a text is not well formed; `out` is as before then
 */
export function writeEntry(out: OutputBuffer, fields: EntryFields): void {
  checkNumbers(fields)
  out.reserve(boundOf(fields))
  out.length = putEntry(out.bytes, out.length, fields)
}

/**
 * Writes one frame (u32 length, entry document) at the end of `out`, without copies in between.
 *
 * @throws RangeError where a number is out of its range or a text is not well formed; `out` is as before then
 */
export function writeEntryFrame(out: OutputBuffer, fields: EntryFields): void {
  const frameAt = out.length
  out.reserve(4)
  out.length += 4
  try {
    writeEntry(out, fields)
  } catch (error) {
    out.length = frameAt
    throw error
  }
  writeU32(out.bytes, frameAt, out.length - frameAt - 4)
}

function checkNumbers(fields: EntryFields): void {
  const { err = 0, latencyTicks = 0, seq = 0, v = 0 } = fields
  if (!Number.isInteger(err) || Math.abs(err) > 0x7fff_ffff) {
    throw new RangeError(`encode entry: err is ${err}, expected an integer of magnitude at most 2147483647`)
  }
  if (!isU32(latencyTicks)) throw outOfRange('latencyTicks', latencyTicks)
  if (!isU32(seq)) throw outOfRange('seq', seq)
  if (!isU32(v)) throw outOfRange('v', v)
}

function isU32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= U32_MAX
}

function outOfRange(field: string, value: number): RangeError {
  return new RangeError(`encode entry: ${field} is ${value}, expected an integer from 0 to ${U32_MAX}`)
}

function boundOf(fields: EntryFields): number {
  const texts = textBound(fields.kind) + textBound(fields.op) + textBound(fields.key)
  return OVERHEAD_BYTES + texts + fields.req.length + fields.resp.length
}

function textBound(text: string | Uint8Array): number {
  return typeof text === 'string' ? text.length * UTF8_BYTES_PER_UNIT : text.length
}

function putEntry(bytes: Uint8Array, start: number, fields: EntryFields): number {
  const { latencyTicks, seq, v } = fields
  bytes[start] = DOCUMENT_OK
  bytes[start + 1] = KIND_MAP
  const count = 6 + (latencyTicks === undefined ? 0 : 1) + (seq === undefined ? 0 : 1) + (v === undefined ? 0 : 1)
  writeU32(bytes, start + 2, count)
  let at = putName3(bytes, start + 6, 0x65, 0x72, 0x72)
  at = putNumber(bytes, at, fields.err ?? 0)
  at = putName3(bytes, at, 0x6b, 0x65, 0x79)
  at = putString(bytes, at, fields.key)
  at = putName4(bytes, at, 0x6b, 0x69, 0x6e, 0x64)
  at = putString(bytes, at, fields.kind)
  if (latencyTicks !== undefined) {
    writeU32(bytes, at, LATENCY_TICKS.length)
    for (let index = 0; index < LATENCY_TICKS.length; index++) bytes[at + 4 + index] = LATENCY_TICKS[index]!
    at = putNumber(bytes, at + 4 + LATENCY_TICKS.length, latencyTicks)
  }
  writeU32(bytes, at, 2)
  bytes[at + 4] = 0x6f
  bytes[at + 5] = 0x70
  at = putString(bytes, at + 6, fields.op)
  at = putName3(bytes, at, 0x72, 0x65, 0x71)
  at = putString(bytes, at, fields.req)
  at = putName4(bytes, at, 0x72, 0x65, 0x73, 0x70)
  at = putString(bytes, at, fields.resp)
  if (seq !== undefined) at = putNumber(bytes, putName3(bytes, at, 0x73, 0x65, 0x71), seq)
  if (v !== undefined) {
    writeU32(bytes, at, 1)
    bytes[at + 4] = 0x76
    at = putNumber(bytes, at + 5, v)
  }
  return at
}

const LATENCY_TICKS = Uint8Array.of(0x6c, 0x61, 0x74, 0x65, 0x6e, 0x63, 0x79, 0x5f, 0x74, 0x69, 0x63, 0x6b, 0x73)

function putName3(bytes: Uint8Array, at: number, a: number, b: number, c: number): number {
  writeU32(bytes, at, 3)
  bytes[at + 4] = a
  bytes[at + 5] = b
  bytes[at + 6] = c
  return at + 7
}

function putName4(bytes: Uint8Array, at: number, a: number, b: number, c: number, d: number): number {
  writeU32(bytes, at, 4)
  bytes[at + 4] = a
  bytes[at + 5] = b
  bytes[at + 6] = c
  bytes[at + 7] = d
  return at + 8
}

function putNumber(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = KIND_NUMBER
  const textAt = at + 5
  let end = textAt
  let rest = value
  if (rest < 0) {
    bytes[end++] = 0x2d
    rest = -rest
  }
  const digits = digitCount(rest)
  end += digits
  for (let index = end - 1; index >= end - digits; index--) {
    const quotient = Math.floor(rest / 10)
    bytes[index] = 0x30 + rest - quotient * 10
    rest = quotient
  }
  writeU32(bytes, at + 1, end - textAt)
  return end
}

function digitCount(value: number): number {
  let count = 1
  for (let bound = 10; value >= bound; bound *= 10) count++
  return count
}

function putString(bytes: Uint8Array, at: number, text: string | Uint8Array): number {
  bytes[at] = KIND_STRING
  const textAt = at + 5
  const length = typeof text === 'string' ? putText(bytes, textAt, text) : putBytes(bytes, textAt, text)
  writeU32(bytes, at + 1, length)
  return textAt + length
}

// Names of operations and endpoints are short ASCII: a loop beats the call into the encoder for those.
function putText(bytes: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) return putUtf8(bytes, at, text)
    bytes[at + index] = unit
  }
  return text.length
}

const encoder = new TextEncoder()

function putUtf8(bytes: Uint8Array, at: number, text: string): number {
  if (!text.isWellFormed())
    throw new RangeError('encode entry: kind, op or key holds a lone surrogate, expected well-formed text')
  return encoder.encodeInto(text, bytes.subarray(at)).written
}

/** Up to this many bytes a loop is faster than `set`. */
const LOOP_BYTES = 48

function putBytes(bytes: Uint8Array, at: number, source: Uint8Array): number {
  const length = source.length
  if (length > LOOP_BYTES) bytes.set(source, at)
  else for (let index = 0; index < length; index++) bytes[at + index] = source[index]!
  return length
}
