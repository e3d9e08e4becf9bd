import { CodecError, type CodecErrorCode } from '../codec-error.ts'

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
const envelopeMagic = Buffer.from('X7ME')

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
  const bytes = asBuffer(envelope)
  if (bytes.length < 12) throw bad(9507, `${bytes.length} bytes, an envelope has at least 32`)
  if (bytes.readUInt32LE(0) !== bytes.length - 4) {
    throw bad(9507, `its length field says ${bytes.readUInt32LE(0)}, the bytes that follow are ${bytes.length - 4}`)
  }
  if (bytes.readUInt32LE(4) !== 0x454d_3758) throw bad(9508, 'the magic is not X7ME')
  if (bytes.readUInt32LE(8) !== 1) throw bad(9508, `version ${bytes.readUInt32LE(8)} is not 1`)
  let at = 12
  const part = (name: string): Uint8Array => {
    if (bytes.length - at < 4) throw bad(9507, `${name} is cut off at byte ${at}`)
    const length = bytes.readUInt32LE(at)
    if (length > maxLength || length > bytes.length - at - 4) {
      throw bad(9507, `${name} at byte ${at} claims ${length} bytes, ${bytes.length - at - 4} are left`)
    }
    const start = at + 4
    at = start + length
    return bytes.subarray(start, at)
  }
  const frame = { topic: part('topic'), key: part('key'), value: part('value'), headers: part('headers') }
  if (at !== bytes.length) throw bad(9507, `${bytes.length - at} bytes follow the headers`)
  return frame
}

/**
 * Walks a headers block in its stored order.
 *
 * @throws CodecError 9504 for a name that is not ASCII or out of order, 9505 for a value that is not UTF-8, 9509 when the
 *   block's lengths do not fit
 */
export function readHeaders(block: Uint8Array): [name: string, value: string][] {
  const bytes = asBuffer(block)
  if (bytes.length < 4) throw bad(9509, 'the header count is cut off')
  const count = bytes.readUInt32LE(0)
  if (count > maxLength) throw bad(9509, `header count ${count} exceeds ${maxLength}`)
  // Nothing is allocated for the count: a hostile one ends at the first header that is not there.
  const out: [string, string][] = []
  let at = 4
  const part = (): Buffer => {
    if (bytes.length - at < 4) throw bad(9509, `header ${out.length} is cut off at byte ${at}`)
    const length = bytes.readUInt32LE(at)
    if (length > bytes.length - at - 4) {
      throw bad(9509, `header ${out.length} claims ${length} bytes, ${bytes.length - at - 4} are left`)
    }
    const start = at + 4
    at = start + length
    return bytes.subarray(start, at)
  }
  let previous: string | undefined
  for (let i = 0; i < count; i++) {
    const name = part().toString('latin1')
    if (!isAscii(name)) throw bad(9504, `the name of header ${i} is not ASCII`)
    if (previous !== undefined && name <= previous) throw bad(9504, `header ${i} is out of order or repeated`)
    previous = name
    const value = decodeUtf8(part())
    if (value === undefined) throw bad(9505, `the value of header ${i} is not UTF-8`)
    out.push([name, value])
  }
  if (at !== bytes.length) throw bad(9509, `${bytes.length - at} bytes follow the last header`)
  return out
}

/**
 * Writes an envelope. Header names must already be ASCII, unique and ascending.
 *
 * @throws CodecError 9504 for an empty, non-ASCII or unordered name, 9506 when the whole exceeds 2^31 - 1 bytes
 */
export function writeFrame(
  topic: Uint8Array,
  key: Uint8Array,
  value: Uint8Array,
  headers: readonly (readonly [name: string, value: string])[],
): Uint8Array {
  let block = 4
  let previous = ''
  for (const [name, text] of headers) {
    if (name === '' || !isAscii(name)) throw bad(9504, 'a header name is empty or not ASCII')
    if (name <= previous) throw bad(9504, 'the header names are not in ascending order')
    previous = name
    block += 8 + name.length + Buffer.byteLength(text)
  }
  const total = 28 + topic.length + key.length + value.length + block
  if (total > maxLength) throw bad(9506, `${total} bytes exceed ${maxLength}`)
  const out = Buffer.allocUnsafe(total)
  out.writeUInt32LE(total - 4, 0)
  out.set(envelopeMagic, 4)
  out.writeUInt32LE(1, 8)
  let at = 12
  for (const part of [topic, key, value]) {
    out.writeUInt32LE(part.length, at)
    out.set(part, at + 4)
    at += 4 + part.length
  }
  out.writeUInt32LE(block, at)
  out.writeUInt32LE(headers.length, at + 4)
  at += 8
  for (const [name, text] of headers) {
    out.writeUInt32LE(name.length, at)
    out.write(name, at + 4, 'latin1')
    at += 4 + name.length
    const length = out.write(text, at + 4, 'utf8')
    out.writeUInt32LE(length, at)
    at += 4 + length
  }
  return out
}

/** The text of UTF-8 bytes, or undefined where they are not UTF-8. A byte-order mark is kept as a character. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  if (bytes.length <= shortText) {
    const text = asciiText(bytes)
    if (text !== undefined) return text
  }
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return undefined
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Topics and header values are mostly ASCII of at most so many bytes, for which a loop beats the call of the decoder. */
const shortText = 24

function asciiText(bytes: Uint8Array): string | undefined {
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function bad(code: CodecErrorCode, reason: string): CodecError {
  return new CodecError(code, `message envelope: ${reason}`)
}
