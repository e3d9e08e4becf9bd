import type { OutputBuffer } from '../cassette/index.ts'
import { readU32, writeU32 } from '../data-model/u32.ts'
import { CodecError, type CodecErrorCode } from '../codec-error.ts'

/**
 * The message record (X7MR), the response bytes of a messaging cassette entry (integers unsigned 32 bit little-endian):
 *
 *     u32 payload length = total length - 4
 *     "X7MR" | u32 version = 1
 *     u32 op tag        1 publish, 2 deliver
 *     u32 driver kind   1 kafka, 2 amqp
 *     u32 len | endpoint
 *     u32 len | envelope
 *     u32 ack tag       1 confirmed or acked, 2 refused or rejected (X07 leaves the meaning open; its files hold 1)
 *     u32 len | ack     canonical JSON of what the broker said
 */
export interface MessageRecord {
  /** 1 publish, 2 deliver. X07's reader lets other numbers pass, so this one does too. */
  readonly opTag: number
  /** 1 kafka, 2 amqp. */
  readonly driverKind: number
  readonly endpoint: Uint8Array
  readonly envelope: Uint8Array
  readonly ackTag: number
  readonly ack: Uint8Array
}

const magic = 0x524d_3758
const maxLength = 0x7fff_ffff

/**
 * Writes a record.
 *
 * @throws CodecError 9601 above 2^31 - 1 bytes, 9602 for a tag other than 1 or 2
 */
export function encodeRecord(record: MessageRecord): Uint8Array {
  const out = Buffer.allocUnsafe(sizeOf(record))
  putRecord(out, 0, record, out.length)
  return out
}

/**
 * Writes a record at the end of `out`.
 *
 * @throws CodecError as {@link encodeRecord}; `out` is as before then
 */
export function writeRecord(out: OutputBuffer, record: MessageRecord): void {
  const size = sizeOf(record)
  out.reserve(size)
  putRecord(out.bytes, out.length, record, size)
  out.length += size
}

function sizeOf({ opTag, driverKind, endpoint, envelope, ackTag, ack }: MessageRecord): number {
  checkTag(opTag)
  checkTag(driverKind)
  checkTag(ackTag)
  const size = 36 + endpoint.length + envelope.length + ack.length
  if (size > maxLength) throw bad(9601, `${size} bytes exceed ${maxLength}`)
  return size
}

function putRecord(out: Buffer, start: number, record: MessageRecord, size: number): void {
  const { endpoint, envelope, ack } = record
  writeU32(out, start, size - 4)
  writeU32(out, start + 4, magic)
  writeU32(out, start + 8, 1)
  writeU32(out, start + 12, record.opTag)
  writeU32(out, start + 16, record.driverKind)
  writeU32(out, start + 20, endpoint.length)
  out.set(endpoint, start + 24)
  let at = start + 24 + endpoint.length
  writeU32(out, at, envelope.length)
  out.set(envelope, at + 4)
  at += 4 + envelope.length
  writeU32(out, at, record.ackTag)
  writeU32(out, at + 4, ack.length)
  out.set(ack, at + 8)
}

function checkTag(tag: number): void {
  if (tag !== 1 && tag !== 2) throw bad(9602, `tag ${tag} is neither 1 nor 2`)
}

/**
 * Reads a record; its byte arrays borrow from `bytes`.
 *
 * @throws CodecError 9603 when lengths do not fit, 9604 for another magic or version
 */
export function decodeRecord(bytes: Uint8Array): MessageRecord {
  if (bytes.length < 28) throw bad(9603, `${bytes.length} bytes, a record has at least 28`)
  if (readU32(bytes, 0) !== bytes.length - 4) {
    throw bad(9603, `its length field says ${readU32(bytes, 0)}, the bytes that follow are ${bytes.length - 4}`)
  }
  if (readU32(bytes, 4) !== magic) throw bad(9604, 'the magic is not X7MR')
  if (readU32(bytes, 8) !== 1) throw bad(9604, `version ${readU32(bytes, 8)} is not 1`)
  const opTag = numberAt(bytes, 12)
  const driverKind = numberAt(bytes, 16)
  const endpointEnd = endOfPart(bytes, 20)
  const envelopeEnd = endOfPart(bytes, endpointEnd)
  const ackTag = numberAt(bytes, envelopeEnd)
  const ackEnd = endOfPart(bytes, envelopeEnd + 4)
  if (ackEnd !== bytes.length) throw bad(9603, `${bytes.length - ackEnd} bytes follow the record`)
  return {
    opTag,
    driverKind,
    endpoint: bytes.subarray(24, endpointEnd),
    envelope: bytes.subarray(endpointEnd + 4, envelopeEnd),
    ackTag,
    ack: bytes.subarray(envelopeEnd + 8, ackEnd),
  }
}

function numberAt(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < 4) throw bad(9603, `it is cut off at byte ${at}`)
  const value = readU32(bytes, at)
  if (value > maxLength) throw bad(9603, `number ${value} at byte ${at} exceeds ${maxLength}`)
  return value
}

/** The end of the length-prefixed part at `at`. */
function endOfPart(bytes: Uint8Array, at: number): number {
  const length = numberAt(bytes, at)
  const left = bytes.length - at - 4
  if (length > left) throw bad(9603, `${length} bytes claimed at byte ${at + 4}, ${left} are left`)
  return at + 4 + length
}

function bad(code: CodecErrorCode, reason: string): CodecError {
  return new CodecError(code, `message record: ${reason}`)
}
