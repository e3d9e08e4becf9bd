import { bytesAt, type PlayedEntry } from '../../format/cassette/entry-decode.ts'
import { CodecError } from '../../format/codec-error.ts'
import { DriverError, type Metadata, type PublishResult } from '../index.ts'
import { decodeMetadata, scanRecord, type RecordPlaces } from '../../format/record/index.ts'

/** What the record of an entry must say, as X07's driver checks it. */
export interface ExpectedRecord {
  readonly opTag: 1 | 2
  readonly driverKind: 1 | 2
  readonly endpoint: Uint8Array
}

/**
 * The message record of an entry that succeeded. Its endpoint is the one played or the entry's own lane: X07 looks entries up
 * by the bytes that it expects in the record.
 *
 * @throws CodecError 9603 or 9604 for bytes that are no record, 9612 for the record of another operation, driver or endpoint
 */
export function recordOf(entry: PlayedEntry, index: number, expected: ExpectedRecord): RecordPlaces {
  const record = scanOf(entry, index)
  if (
    record.opTag !== expected.opTag ||
    record.driverKind !== expected.driverKind ||
    !isEndpoint(entry, record, expected.endpoint)
  ) {
    const endpoint = textOf(bytesAt(entry.document, record.endpointAt, record.endpointLength))
    throw new CodecError(
      9612,
      `entry ${index}: message record: op ${record.opTag}, driver ${record.driverKind}, endpoint ${endpoint} ` +
        `where the entry says op ${expected.opTag}, driver ${expected.driverKind}, endpoint ${textOf(expected.endpoint)}`,
    )
  }
  return record
}

function scanOf({ document, respAt, respLength }: PlayedEntry, index: number): RecordPlaces {
  try {
    return scanRecord(document, respAt, respAt + respLength)
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    throw new CodecError(error.code, `entry ${index}: ${error.message}`, { cause: error })
  }
}

function isEndpoint({ document, keyAt, keyLength }: PlayedEntry, record: RecordPlaces, expected: Uint8Array): boolean {
  const { endpointAt, endpointLength } = record
  return (
    isEqual(document, endpointAt, endpointLength, expected, 0, expected.length) ||
    isEqual(document, endpointAt, endpointLength, document, keyAt, keyLength)
  )
}

// Endpoints are a few bytes, for which a loop beats a call.
function isEqual(a: Uint8Array, aAt: number, aLength: number, b: Uint8Array, bAt: number, bLength: number): boolean {
  if (aLength !== bLength) return false
  for (let index = 0; index < aLength; index++) if (a[aAt + index] !== b[bAt + index]) return false
  return true
}

const { compare } = Buffer.prototype

/** Whether the request of an entry is exactly these bytes. */
export function isRequest({ document, reqAt, reqLength }: PlayedEntry, bytes: Uint8Array): boolean {
  return reqLength === bytes.length && compare.call(document, bytes, 0, bytes.length, reqAt, reqAt + reqLength) === 0
}

/** The request of an entry, borrowed. */
export function requestOf({ document, reqAt, reqLength }: PlayedEntry): Uint8Array {
  return bytesAt(document, reqAt, reqLength)
}

/** The response of an entry, borrowed. */
export function responseOf({ document, respAt, respLength }: PlayedEntry): Uint8Array {
  return bytesAt(document, respAt, respLength)
}

/** The failure that an entry recorded. Its response is the text of one of our drivers; others keep messages in it. */
export function failureOf({ document, respAt, respLength, err }: PlayedEntry): DriverError {
  if (err === undefined) return DriverError.fromErrno(0, 'recorded failure, whose number is not a 32 bit one')
  const text = textOf(bytesAt(document, respAt, respLength))
  const failure = DriverError.fromErrno(err, text)
  if (isSentence(text) || (failure.code !== 'recorded' && text !== '')) return failure
  return DriverError.fromErrno(err, `recorded failure ${err}`)
}

function isSentence(text: string): boolean {
  return text !== '' && !/[\p{Cc}\ufffd]/u.test(text)
}

/** The recorded answer to a publish. */
export function answerOf(
  { document }: PlayedEntry,
  { ackTag, ackAt, ackLength }: RecordPlaces,
  readMetadata: (ack: Uint8Array) => Metadata,
): PublishResult {
  const ack = bytesAt(document, ackAt, ackLength)
  return ackTag === 2 ? { status: 'refused', reason: textOf(ack) } : { status: 'confirmed', answer: readMetadata(ack) }
}

/**
 * Reads recorded metadata. Many brokers say the same of one message after the other: equal bytes in a row give the same frozen
 * object, without being parsed again; what differs in values alone is read by the names of the one before.
 */
export function metadataReader(): (ack: Uint8Array) => Metadata {
  let last: Uint8Array = new Uint8Array(0)
  let metadata: Metadata = {}
  let names: readonly Name[] | undefined
  return (ack) => {
    if (isEqual(ack, 0, ack.length, last, 0, last.length)) {
      // From here on it is in several hands.
      return Object.isFrozen(metadata) ? metadata : Object.freeze(metadata)
    }
    last = ack
    const likeLast = names && readByNames(ack, names)
    if (likeLast !== undefined) return (metadata = likeLast)
    metadata = ack.length === 0 ? {} : decodeMetadata(ack)
    names = namesOf(metadata)
    return metadata
  }
}

/** A name of metadata, with its bytes in canonical JSON: `"position":`. */
interface Name {
  readonly name: string
  readonly bytes: Uint8Array
}

function namesOf(metadata: Metadata): readonly Name[] | undefined {
  const names = Object.keys(metadata)
  // Assigned it is not a property.
  if (names.includes('__proto__')) return undefined
  return names.map((name) => ({ name, bytes: Buffer.from(`${JSON.stringify(name)}:`) }))
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const mostDigits = 9
const { latin1Slice } = Buffer.prototype

/** Reads an object of these names in this order, whose values are plain ASCII, small whole numbers or booleans; else undefined. */
function readByNames(json: Uint8Array, names: readonly Name[]): Metadata | undefined {
  const metadata: Record<string, string | number | boolean> = {}
  let at = 1
  for (const { name, bytes } of names) {
    if (at > 1 && json[at++] !== comma) return undefined
    if (!isEqual(json, at, bytes.length, bytes, 0, bytes.length)) return undefined
    at += bytes.length
    const start = at
    if (json[at] === quote) {
      at++
      while (json[at]! >= 0x20 && json[at]! < 0x7f && json[at] !== quote && json[at] !== backslash) at++
      if (json[at++] !== quote) return undefined
      metadata[name] = latin1Slice.call(json, start + 1, at - 1)
    } else if (isDigit(json[at])) {
      let value = 0
      while (isDigit(json[at])) value = 10 * value + json[at++]! - 0x30
      if (at - start > mostDigits || (json[start] === 0x30 && at > start + 1)) return undefined
      metadata[name] = value
    } else {
      const value = json[at] === trueBytes[0]
      const text = value ? trueBytes : falseBytes
      if (!isEqual(json, at, text.length, text, 0, text.length)) return undefined
      at += text.length
      metadata[name] = value
    }
  }
  return json[0] === 0x7b && json[at] === 0x7d && at === json.length - 1 ? metadata : undefined
}

const [trueBytes, falseBytes] = [Buffer.from('true'), Buffer.from('false')]

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
