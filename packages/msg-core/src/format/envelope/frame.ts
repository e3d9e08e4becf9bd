import { CodecError, type CodecErrorCode } from '../codec-error.ts'
import { readU32, writeU32 } from '../data-model/u32.ts'
import { asciiText, isAscii, putText, textBytes, utf8Text } from './text.ts'

/**
 * The byte layout of X7ME, version 1 (all integers unsigned 32 bit little-endian):
 *
 *     u32 payload length = total length - 4
 *     "X7ME" | u32 version = 1
 *     u32 len | topic
 *     u32 len | key
 *     u32 len | value
 *     u32 len | headers := u32 count, then per header: u32 len | name | u32 len | value
 *
 * Header names are ASCII, strictly ascending in byte order; header values are UTF-8.
 */
const magic = 0x454d_3758

/** X07's readers are 32 bit signed: no length or count may exceed this. */
const maxLength = 0x7fff_ffff

/** The raw parts of an envelope; every array borrows from the envelope's bytes. */
export interface EnvelopeFrame {
  readonly topic: Uint8Array
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** The headers block, its count included, not yet read: {@link readHeaders} does. */
  readonly headers: Uint8Array
}

/**
 * Reads the outer layout of an envelope.
 *
 * @throws CodecError 9507 when a length does not fit the bytes, 9508 for another magic or version
 */
export function readFrame(envelope: Uint8Array): EnvelopeFrame {
  const { topicEnd, keyEnd, valueEnd } = locateParts(envelope)
  return {
    topic: envelope.subarray(topicAt, topicEnd),
    key: envelope.subarray(topicEnd + 4, keyEnd),
    value: envelope.subarray(keyEnd + 4, valueEnd),
    headers: envelope.subarray(valueEnd + 4),
  }
}

/** Where the parts of an envelope end; each begins 4 bytes after the one before, the headers block ends with the envelope. */
export interface FrameEnds {
  readonly topicEnd: number
  readonly keyEnd: number
  readonly valueEnd: number
}

/** The first byte of the topic. */
export const topicAt = 16

/** As {@link readFrame}, without a view for each part. */
export function locateParts(envelope: Uint8Array): FrameEnds {
  if (envelope.length < 12) throw bad(9507, `${envelope.length} bytes, an envelope has at least 32`)
  if (readU32(envelope, 0) !== envelope.length - 4) {
    throw bad(9507, `its length field says ${readU32(envelope, 0)}, the bytes that follow are ${envelope.length - 4}`)
  }
  if (readU32(envelope, 4) !== magic) throw bad(9508, 'the magic is not X7ME')
  if (readU32(envelope, 8) !== 1) throw bad(9508, `version ${readU32(envelope, 8)} is not 1`)
  const topicEnd = endOfPart(envelope, 12, 'topic')
  const keyEnd = endOfPart(envelope, topicEnd, 'key')
  const valueEnd = endOfPart(envelope, keyEnd, 'value')
  const headersEnd = endOfPart(envelope, valueEnd, 'headers')
  if (headersEnd !== envelope.length) throw bad(9507, `${envelope.length - headersEnd} bytes follow the headers`)
  return { topicEnd, keyEnd, valueEnd }
}

/** Where the value of the envelope in `bytes[start, end)` is; undefined where its lengths are not those of an envelope. */
export function valueIn(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } | undefined {
  if (end - start < 32 || readU32(bytes, start) !== end - start - 4) return undefined
  if (readU32(bytes, start + 4) !== magic || readU32(bytes, start + 8) !== 1) return undefined
  let at = start + 12
  let value = at
  for (let part = 0; part < 4; part++) {
    if (end - at < 4 || readU32(bytes, at) > end - at - 4) return undefined
    if (part === 2) value = at
    at += 4 + readU32(bytes, at)
  }
  return at === end ? { start: value + 4, end: value + 4 + readU32(bytes, value) } : undefined
}

/** The end of the length-prefixed part at `at`. */
function endOfPart(bytes: Uint8Array, at: number, name: string): number {
  if (bytes.length - at < 4) throw bad(9507, `${name} is cut off at byte ${at}`)
  const length = readU32(bytes, at)
  const left = bytes.length - at - 4
  if (length > maxLength || length > left) {
    throw bad(9507, `${name} at byte ${at} claims ${length} bytes, ${left} are left`)
  }
  return at + 4 + length
}

/**
 * Walks a headers block in its stored order. In an envelope it starts at `start` and is what is left.
 *
 * @throws CodecError 9504 for a name that is not ASCII or out of order, 9505 for a value that is not UTF-8, 9509 when the
 *   block's lengths do not fit
 */
export function readHeaders(block: Uint8Array, start = 0): [name: string, value: string][] {
  if (block.length - start < 4) throw bad(9509, 'the header count is cut off')
  const count = readU32(block, start)
  if (count > maxLength) throw bad(9509, `header count ${count} exceeds ${maxLength}`)
  // Nothing is allocated for the count: a hostile one ends at the first header that is not there.
  const out: [string, string][] = []
  let at = start + 4
  let previous: string | undefined
  for (let i = 0; i < count; i++) {
    const nameEnd = endOfHeaderPart(block, at, i)
    const name = asciiText(block, at + 4, nameEnd)
    if (name === undefined) throw bad(9504, `the name of header ${i} is not ASCII`)
    if (previous !== undefined && name <= previous) throw bad(9504, `header ${i} is out of order or repeated`)
    previous = name
    at = endOfHeaderPart(block, nameEnd, i)
    const value = utf8Text(block, nameEnd + 4, at)
    if (value === undefined) throw bad(9505, `the value of header ${i} is not UTF-8`)
    out.push([name, value])
  }
  if (at !== block.length) throw bad(9509, `${block.length - at} bytes follow the last header`)
  return out
}

function endOfHeaderPart(block: Uint8Array, at: number, header: number): number {
  if (block.length - at < 4) throw bad(9509, `header ${header} is cut off at byte ${at}`)
  const length = readU32(block, at)
  const left = block.length - at - 4
  if (length > left) throw bad(9509, `header ${header} claims ${length} bytes, ${left} are left`)
  return at + 4 + length
}

/** Headers that an envelope can say by itself. */
export type PlainHeaders = readonly (readonly [name: string, value: string])[]

/**
 * Writes an envelope of well-formed texts. Header names must already be ASCII, unique and ascending.
 *
 * @throws CodecError 9504 for an empty, non-ASCII or unordered name, 9506 when the whole exceeds 2^31 - 1 bytes
 */
export function writeFrame(topic: string, key: Uint8Array, value: Uint8Array, headers: PlainHeaders): Uint8Array {
  let previous = ''
  for (const [name] of headers) {
    if (name === '' || !isAscii(name)) throw bad(9504, 'a header name is empty or not ASCII')
    if (name <= previous) throw bad(9504, 'the header names are not in ascending order')
    previous = name
  }
  return writeChecked(topic, key, value, headers)
}

/** As {@link writeFrame}, of header names that are known to be right. @throws CodecError 9506 */
export function writeChecked(topic: string, key: Uint8Array, value: Uint8Array, headers: PlainHeaders): Uint8Array {
  let block = 4
  for (let i = 0; i < headers.length; i++) block += 8 + headers[i]![0].length + textBytes(headers[i]![1])
  const total = 28 + textBytes(topic) + key.length + value.length + block
  if (total > maxLength) throw bad(9506, `${total} bytes exceed ${maxLength}`)
  const out = Buffer.allocUnsafe(total)
  writeU32(out, 0, total - 4)
  writeU32(out, 4, magic)
  writeU32(out, 8, 1)
  let at = putTextPart(out, 12, topic, textBytes(topic))
  at = putPart(out, at, key)
  at = putPart(out, at, value)
  writeU32(out, at, block)
  writeU32(out, at + 4, headers.length)
  at += 8
  for (let i = 0; i < headers.length; i++) {
    const name = headers[i]![0]
    const text = headers[i]![1]
    at = putTextPart(out, at, name, name.length)
    at = putTextPart(out, at, text, textBytes(text))
  }
  return out
}

function putPart(out: Buffer, at: number, part: Uint8Array): number {
  writeU32(out, at, part.length)
  out.set(part, at + 4)
  return at + 4 + part.length
}

function putTextPart(out: Buffer, at: number, text: string, length: number): number {
  writeU32(out, at, length)
  putText(out, at + 4, text, length)
  return at + 4 + length
}

function bad(code: CodecErrorCode, reason: string): CodecError {
  return new CodecError(code, `message envelope: ${reason}`)
}
