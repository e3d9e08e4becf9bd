import type { PlayedEntry } from '../cassette/index.ts'
import { CodecError } from '../codec-error.ts'
import { DriverError, type Facts, type PublishResult } from '../driver/index.ts'
import { decodeFacts, decodeRecord, type MessageRecord } from '../record/index.ts'

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
export function recordOf(entry: PlayedEntry, index: number, expected: ExpectedRecord): MessageRecord {
  const record = decodeOf(entry, index)
  if (
    record.opTag !== expected.opTag ||
    record.driverKind !== expected.driverKind ||
    !(isEqual(record.endpoint, expected.endpoint) || isEqual(record.endpoint, entry.key))
  ) {
    throw new CodecError(
      9612,
      `entry ${index}: message record: op ${record.opTag}, driver ${record.driverKind}, endpoint ${textOf(record.endpoint)} ` +
        `where the entry says op ${expected.opTag}, driver ${expected.driverKind}, endpoint ${textOf(expected.endpoint)}`,
    )
  }
  return record
}

function decodeOf({ resp }: PlayedEntry, index: number): MessageRecord {
  try {
    return decodeRecord(resp)
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    throw new CodecError(error.code, `entry ${index}: ${error.message}`, { cause: error })
  }
}

// Endpoints are a few bytes, for which a loop beats a call.
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

/** The failure that an entry recorded. Its response is the text of one of our drivers; others keep messages in it. */
export function failureOf({ err, resp }: PlayedEntry): DriverError {
  if (err === undefined) return DriverError.fromErrno(0, 'recorded failure, whose number is no 32 bit one')
  const text = textOf(resp)
  const failure = DriverError.fromErrno(err, text)
  if (isSentence(text) || (failure.code !== 'recorded' && text !== '')) return failure
  return DriverError.fromErrno(err, `recorded failure ${err}`)
}

function isSentence(text: string): boolean {
  return text !== '' && !/[\p{Cc}\ufffd]/u.test(text)
}

/** The recorded answer to a publish. */
export function answerOf(record: MessageRecord, readFacts: (ack: Uint8Array) => Facts): PublishResult {
  return record.ackTag === 2 ? { status: 'refused', reason: textOf(record.ack) } : confirmedWith(record.ack, readFacts)
}

/** Most programs ask whether a message was confirmed, not with what: the facts are parsed when they are looked at. */
function confirmedWith(ack: Uint8Array, readFacts: (ack: Uint8Array) => Facts): PublishResult {
  let facts: Facts | undefined
  // A copy: a program may keep its answers, and with the bytes at hand a whole page of the cassette each.
  const bytes = new Uint8Array(ack)
  return {
    status: 'confirmed',
    get answer() {
      return (facts ??= readFacts(bytes))
    },
  }
}

/**
 * Reads recorded facts. Many brokers say the same of one message after the other: equal bytes in a row give the same frozen
 * object, without being parsed again.
 */
export function factsReader(): (ack: Uint8Array) => Facts {
  let last: Uint8Array = new Uint8Array(0)
  let facts: Facts = Object.freeze({})
  return (ack) => {
    if (!isEqual(ack, last)) {
      facts = Object.freeze(ack.length === 0 ? {} : decodeFacts(ack))
      // A copy: the bytes at hand keep a whole page of the cassette alive.
      last = new Uint8Array(ack)
    }
    return facts
  }
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
