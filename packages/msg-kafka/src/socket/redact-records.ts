import { DriverError } from '@x07-lab/msg-core'
import type { ContentRedactor } from '@x07-lab/msg-core/driver'
import { apiKeys, decodeBody, encodeBody, isKnown, ProtocolError, readBatches, type Fields } from '../protocol/index.ts'
import type { StoredCall } from './ops.ts'
import { mapRecords } from './map-records.ts'

/**
 * The records of a partition without their secrets; the very bytes where they have none, or cannot be read: the broker says
 * so to the program, and the scan of the whole recording finds what they hold.
 */
function redactRecords(records: Uint8Array, redactor: ContentRedactor): Uint8Array {
  try {
    return areAsTheyStand(records) && !redactor.mayHold(records) ? records : redactReadable(records, redactor)
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof DriverError) return records
    throw error
  }
}

/** Bits of a batch's attributes that name its codec. */
const codecBits = 7

/** Whether no batch is compressed: what records hold stands in the bytes, and a look at those says more than one at each record. */
function areAsTheyStand(records: Uint8Array): boolean {
  for (const { magic, attributes } of readBatches(records)) {
    if (magic === 2 && (attributes & codecBits) !== 0) return false
  }
  return true
}

function redactReadable(records: Uint8Array, redactor: ContentRedactor): Uint8Array {
  return mapRecords(records, (record) => {
    const key = record.key && redactor.key(record.key)
    const value = record.value && redactor.payload(record.value)
    const headers = record.headers.map((header) => {
      if (header.value === null) return header
      const named = redactor.named(Buffer.from(header.key).toString(), () => Buffer.from(header.value!).toString())
      const redacted = named === undefined ? redactor.payload(header.value) : Buffer.from(named)
      return Buffer.compare(redacted, header.value) === 0 ? header : { ...header, value: redacted }
    })
    const isSame =
      key === record.key && value === record.value && headers.every((header, at) => header === record.headers[at])
    return isSame ? record : { ...record, key, value, headers }
  })
}

interface Records {
  readonly records?: Uint8Array | null
}

/**
 * A call as it may be written: of Produce the records without their secrets.
 *
 * @param decoded the fields of its body, where they are known
 */
export function redactCall<Call extends StoredCall>(
  call: Call,
  redactor: ContentRedactor | undefined,
  decoded?: Fields,
): Call {
  const { apiKey, version, body } = call
  if (redactor === undefined || apiKey !== apiKeys.Produce || !isKnown(apiKey, version)) return call
  const fields = decoded ?? decodeBody(apiKey, version, 'request', body)
  const topicData = redactTopics(fields['topicData'] as unknown as Fields[], 'partitionData', redactor)
  if (topicData === fields['topicData']) return call
  return { ...call, body: encodeBody(apiKey, version, 'request', { ...fields, topicData } as Fields) }
}

/** The answer to a Fetch as it may be written. */
export function redactFetched(
  version: number,
  answer: Fields,
  body: Uint8Array,
  redactor: ContentRedactor | undefined,
): Uint8Array {
  if (redactor === undefined) return body
  const responses = redactTopics(answer['responses'] as unknown as Fields[], 'partitions', redactor)
  if (responses === answer['responses']) return body
  return encodeBody(apiKeys.Fetch, version, 'response', { ...answer, responses } as Fields)
}

function redactTopics(topics: readonly Fields[], list: string, redactor: ContentRedactor): unknown {
  let changed = false
  const redacted = topics.map((topic) => ({
    ...topic,
    [list]: (topic[list] as unknown as Records[]).map((partition) => {
      const { records } = partition
      const others = records && redactRecords(records, redactor)
      if (others === records) return partition
      changed = true
      return { ...partition, records: others }
    }),
  }))
  return changed ? redacted : topics
}
