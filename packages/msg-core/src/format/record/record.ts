import type { OutputBuffer } from '../cassette/output-buffer.ts'
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

/** Bytes before the endpoint; its length is the last of them. */
export const recordHeadBytes = 24
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
  const { opTag, driverKind, endpointAt, endpointLength, envelopeAt, envelopeLength, ackTag, ackAt, ackLength } =
    scanRecord(bytes, 0, bytes.length)
  return {
    opTag,
    driverKind,
    endpoint: bytes.subarray(endpointAt, endpointAt + endpointLength),
    envelope: bytes.subarray(envelopeAt, envelopeAt + envelopeLength),
    ackTag,
    ack: bytes.subarray(ackAt, ackAt + ackLength),
  }
}

/** A record without views: where in the scanned bytes its parts are. */
export interface RecordPlaces {
  readonly opTag: number
  readonly driverKind: number
  readonly endpointAt: number
  readonly endpointLength: number
  readonly envelopeAt: number
  readonly envelopeLength: number
  readonly ackTag: number
  readonly ackAt: number
  readonly ackLength: number
}

/** As {@link decodeRecord}, of the record in `bytes[start, end)`. */
export function scanRecord(bytes: Uint8Array, start: number, end: number): RecordPlaces {
  if (end - start < 28) throw bad(9603, `${end - start} bytes, a record has at least 28`)
  if (readU32(bytes, start) !== end - start - 4) {
    const claimed = readU32(bytes, start)
    throw bad(9603, `its length field says ${claimed}, the bytes that follow are ${end - start - 4}`)
  }
  if (readU32(bytes, start + 4) !== magic) throw bad(9604, 'the magic is not X7MR')
  if (readU32(bytes, start + 8) !== 1) throw bad(9604, `version ${readU32(bytes, start + 8)} is not 1`)
  const opTag = numberAt(bytes, start, start + 12, end)
  const driverKind = numberAt(bytes, start, start + 16, end)
  const endpointLength = partLength(bytes, start, start + 20, end)
  const envelopeAt = start + 28 + endpointLength
  const envelopeLength = partLength(bytes, start, envelopeAt - 4, end)
  const ackTag = numberAt(bytes, start, envelopeAt + envelopeLength, end)
  const ackAt = envelopeAt + envelopeLength + 8
  const ackLength = partLength(bytes, start, ackAt - 4, end)
  if (ackAt + ackLength !== end) throw bad(9603, `${end - ackAt - ackLength} bytes follow the record`)
  return {
    opTag,
    driverKind,
    endpointAt: start + 24,
    endpointLength,
    envelopeAt,
    envelopeLength,
    ackTag,
    ackAt,
    ackLength,
  }
}

function numberAt(bytes: Uint8Array, start: number, at: number, end: number): number {
  if (end - at < 4) throw bad(9603, `it is cut off at byte ${at - start}`)
  const value = readU32(bytes, at)
  if (value > maxLength) throw bad(9603, `number ${value} at byte ${at - start} exceeds ${maxLength}`)
  return value
}

/** The length of the length-prefixed part at `at`. */
function partLength(bytes: Uint8Array, start: number, at: number, end: number): number {
  const length = numberAt(bytes, start, at, end)
  const left = end - at - 4
  if (length > left) throw bad(9603, `${length} bytes claimed at byte ${at + 4 - start}, ${left} are left`)
  return length
}

function bad(code: CodecErrorCode, reason: string): CodecError {
  return new CodecError(code, `message record: ${reason}`)
}
