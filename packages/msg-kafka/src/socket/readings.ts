import type { CassetteReader } from '@x07-lab/msg-core/format'
import {
  apiKeys,
  decodeBody,
  describeRequest,
  isControl,
  isKnown,
  readBatches,
  readRecords,
  type Fields,
  type KafkaRecord,
} from '../protocol/index.ts'
import { decodeAsked, type FetchedTopic } from './fetch.ts'
import type { StoredCall } from './ops.ts'
import { positionsOf } from './group-state.ts'
import { errorOfCommit, KafkaTape } from './tape.ts'

/** One record and where it stands. Bytes are borrowed from the cassette. */
export interface RecordReading extends Omit<KafkaRecord, 'offset'> {
  readonly topic: string
  readonly partition: number
  /** Undefined where the broker did not say: with `acks` 0, and where the answer is an error. */
  readonly offset: bigint | undefined
}

/** What an entry of the socket means to somebody who looks for messages. */
export type KafkaReading =
  /** A Produce; `confirm` is the entry of its answer. */
  | {
      readonly kind: 'publish'
      readonly entry: number
      readonly confirm: number | undefined
      readonly errorCode: number
      readonly record: RecordReading
    }
  | { readonly kind: 'delivery'; readonly entry: number; readonly record: RecordReading }
  | {
      readonly kind: 'commit'
      readonly entry: number
      readonly errorCode: number
      readonly group: string
      readonly topic: string
      readonly partition: number
      readonly offset: bigint
    }
  /** Anything else that a program asked for or a broker told. */
  | {
      readonly kind: 'other'
      readonly entry: number
      readonly key: string
      readonly text: string
      /** What was asked and what was answered, of the two what the entry holds and the tables know. */
      readonly request?: Fields
      readonly response?: Fields
    }

/**
 * The messages of a recording made at the socket, in the order of its entries: records published and delivered, positions
 * committed; of everything else a line of text. Entries of other protocols are passed over.
 *
 * @throws ProtocolError for an entry whose bytes are not what its op says
 */
export function* readKafka(reader: CassetteReader): Generator<KafkaReading> {
  const tape = new KafkaTape(reader)
  for (let entry = 0; entry < tape.count; entry++) {
    // The answer to a call is told with the call.
    if (tape.lane(entry).op !== 'reply') yield* readEntry(tape, entry)
  }
}

/**
 * Reads single entries of a recording made at the socket: the readings of one, none for an entry of another protocol. An
 * answer to a call has a reading of its own.
 *
 * @returns a function that throws ProtocolError for an entry whose bytes are not what its op says
 */
export function kafkaEntryReader(reader: CassetteReader): (entry: number) => Iterable<KafkaReading> {
  const tape = new KafkaTape(reader)
  return (entry) => readEntry(tape, entry)
}

function* readEntry(tape: KafkaTape, entry: number): Generator<KafkaReading> {
  const { op, key } = tape.lane(entry)
  if (op === 'call') yield* readCall(tape, entry, key)
  else if (op === 'fetch') yield* readFetch(tape, entry)
  else if (op === 'session' || op === 'heartbeat') {
    const call = tape.call(entry)
    yield { ...other(entry, key, describeRequest(call)), ...asked(call), ...answered(call, tape.entry(entry).resp) }
  } else if (op === 'reply') {
    const callEntry = tape.callOf(entry)
    if (callEntry === undefined) return
    const call = tape.call(callEntry)
    yield { ...other(entry, key, describeRequest(call)), ...answered(call, tape.entry(entry).resp) }
  } else if (op === 'end')
    yield other(entry, key, `the connection ended: ${textOf(tape.entry(entry).resp) || 'in order'}`)
  else if (op === 'dial') yield other(entry, key, textOf(tape.entry(entry).resp) || 'connected')
}

function asked({ apiKey, version, body }: StoredCall): { readonly request?: Fields } {
  // Of a login the recording has no body.
  if (!isKnown(apiKey, version) || body.length === 0) return {}
  return { request: decodeBody(apiKey, version, 'request', body) }
}

function answered({ apiKey, version }: StoredCall, body: Uint8Array): { readonly response?: Fields } {
  return isKnown(apiKey, version) ? { response: decodeBody(apiKey, version, 'response', body) } : {}
}

function other(entry: number, key: string, text: string): KafkaReading & { readonly kind: 'other' } {
  return { kind: 'other', entry, key, text }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}

function* readCall(tape: KafkaTape, entry: number, key: string): Generator<KafkaReading> {
  const call = tape.call(entry)
  const { apiKey, version, body } = call
  if (apiKey !== apiKeys.Produce && apiKey !== apiKeys.OffsetCommit) {
    yield { ...other(entry, key, describeRequest(call)), ...asked(call) }
    return
  }
  const fields = decodeBody(apiKey, version, 'request', body)
  const confirm = tape.replyTo(entry)
  const answer = confirm === undefined ? undefined : decodeBody(apiKey, version, 'response', tape.entry(confirm).resp)
  if (apiKey === apiKeys.Produce) {
    yield* readProduce(tape, entry, confirm, fields, answer)
    return
  }
  const errorCode = answer === undefined ? 0 : errorOfCommit(answer)
  for (const { group, partition: id, offset } of positionsOf(fields, tape.names)) {
    const slash = id.lastIndexOf('/')
    const place = { topic: id.slice(0, slash), partition: Number(id.slice(slash + 1)) }
    yield { kind: 'commit', entry, errorCode, group, ...place, offset }
  }
}

interface ProducedTopic {
  name?: string
  topicId?: string
  partitionData: { index: number; records: Uint8Array | null }[]
}

interface ProduceAnswer {
  name?: string
  topicId?: string
  partitionResponses: { index: number; errorCode: number; baseOffset: bigint }[]
}

function* readProduce(
  tape: KafkaTape,
  entry: number,
  confirm: number | undefined,
  fields: Fields,
  answer: Fields | undefined,
): Generator<KafkaReading> {
  const answers = (answer?.['responses'] ?? []) as unknown as ProduceAnswer[]
  for (const data of fields['topicData'] as unknown as ProducedTopic[]) {
    const topic = tape.names.of(data)
    const answered = answers.find((one) => tape.names.of(one) === topic)
    for (const { index: partition, records } of data.partitionData) {
      const said = answered?.partitionResponses.find(({ index }) => index === partition)
      const errorCode = said?.errorCode ?? 0
      let offset = said === undefined || errorCode !== 0 ? undefined : said.baseOffset
      for (const record of recordsOf(records)) {
        yield { kind: 'publish', entry, confirm, errorCode, record: { ...record, topic, partition, offset } }
        if (offset !== undefined) offset++
      }
    }
  }
}

function* readFetch(tape: KafkaTape, entry: number): Generator<KafkaReading> {
  const { req, resp } = tape.entry(entry)
  const { version, offsets } = decodeAsked(req)
  const fields = decodeBody(apiKeys.Fetch, version, 'response', resp)
  for (const fetched of fields['responses'] as unknown as FetchedTopic[]) {
    const topic = tape.names.of(fetched)
    for (const { partitionIndex: partition, records } of fetched.partitions) {
      const from = offsets.get(`${topic}/${partition}`) ?? 0n
      for (const record of recordsOf(records)) {
        // A broker gives whole batches: what lies before the offset asked for is not for this reader.
        if (record.offset >= from) yield { kind: 'delivery', entry, record: { ...record, topic, partition } }
      }
    }
  }
}

function* recordsOf(records: Uint8Array | null): Generator<KafkaRecord> {
  for (const batch of readBatches(records ?? new Uint8Array(0))) if (!isControl(batch)) yield* readRecords(batch)
}
