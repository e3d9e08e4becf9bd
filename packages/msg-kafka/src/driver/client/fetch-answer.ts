import { createRequire } from 'node:module'
import { shortAscii } from '@x07-lab/msg-core/format'
import type { IHeaders, KafkaMessage } from 'kafkajs'
import { ByteReader } from '../../protocol/byte-reader.ts'
import {
  checksumHolds,
  isControl,
  isLogAppendTime,
  isTransactional,
  ProtocolError,
  readBatches,
  readRecords,
  type RecordBatch,
} from '../../protocol/index.ts'
import type { HeaderPair } from '../wire/header-pair.ts'

/*
 * What a broker answers to Fetch, as kafkajs's consumer takes it. kafkajs 2.2.4 reads it itself, but makes an object a field, does
 * not look at checksums, loses the order of headers, gives up a batch of more records than a call takes arguments, and takes a
 * message whose key is four zero bytes for the end of an aborted transaction, of which it then shows the rest.
 */

/** The headers of a message in their order; kafkajs's own object loses it, and repeated names with it. */
export const headerPairs = Symbol('header pairs in wire order')

/** A message as kafkajs knows it, and its headers in order where the broker is one that knows headers. */
export type FetchedMessage = KafkaMessage & { readonly [headerPairs]?: readonly HeaderPair[] }

interface FetchedPartition {
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: string
  readonly lastStableOffset: string
  readonly lastStartOffset?: string
  readonly abortedTransactions: readonly never[]
  readonly preferredReadReplica?: number
  readonly messages: readonly FetchedMessage[]
}

interface FetchAnswer {
  readonly throttleTime: number
  readonly clientSideThrottleTime?: number
  readonly errorCode?: number
  readonly sessionId?: number
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[]
}

/** Versions of Fetch whose answers are read here: from format 2 of batches on, to the last that kafkajs speaks. */
export const fetchVersions = { first: 4, last: 11 } as const

/**
 * Reads an answer of a version:
 *
 *     int32 throttle time | from 7: int16 error code, int32 session id | topics: string name, partitions:
 *     int32 partition | int16 error code | int64 high watermark | int64 last stable offset | from 5: int64 log start offset
 *     aborted transactions: int64 producer id, int64 first offset | 11: int32 preferred replica | int32 length, batches
 *
 * Messages of aborted transactions, marks of transactions, and what compaction left of a batch are one hidden message a batch, by
 * which kafkajs knows how far it has read.
 *
 * @throws ProtocolError for bytes that are not such an answer, or that were changed on the way
 */
export async function readFetchAnswer(version: number, raw: Buffer): Promise<FetchAnswer> {
  const reader = new ByteReader(raw)
  const throttle = reader.int32()
  const session = version < 7 ? {} : { errorCode: reader.int16(), sessionId: reader.int32() }
  const responses = await readArray(reader, async () => ({
    topicName: reader.take(reader.int16()).toString(),
    partitions: await readArray(reader, () => readPartition(version, reader)),
  }))
  // From version 8 on the broker leaves the waiting to the client.
  return version < 8
    ? { throttleTime: throttle, ...session, responses }
    : { throttleTime: 0, clientSideThrottleTime: throttle, ...session, responses }
}

async function readPartition(version: number, reader: ByteReader): Promise<FetchedPartition> {
  const head = {
    partition: reader.int32(),
    errorCode: reader.int16(),
    highWatermark: String(reader.int64()),
    lastStableOffset: String(reader.int64()),
    ...(version >= 5 && { lastStartOffset: String(reader.int64()) }),
  }
  const aborted = await readArray(reader, () => ({ producerId: reader.int64(), firstOffset: reader.int64() }))
  const replica = version < 11 ? {} : { preferredReadReplica: reader.int32() }
  const length = reader.int32()
  const messages = length <= 0 ? [] : await readMessages(reader.take(length), aborted)
  return { ...head, ...replica, abortedTransactions: [], messages }
}

async function readArray<T>(reader: ByteReader, read: () => T | Promise<T>): Promise<T[]> {
  const count = reader.int32()
  // An item takes at least four bytes.
  if (count > reader.left / 4) {
    throw new ProtocolError('invalid', `read a fetch answer: ${count} items in ${reader.left} bytes`)
  }
  const items: T[] = []
  for (let nth = 0; nth < count; nth++) items.push(await read())
  return items
}

interface Aborted {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

async function readMessages(records: Buffer, aborted: readonly Aborted[]): Promise<FetchedMessage[]> {
  const messages: FetchedMessage[] = []
  const isHidden = hidingAborted(aborted)
  for (const batch of readBatches(records)) {
    if (!checksumHolds(batch)) {
      throw new ProtocolError(
        'invalid',
        `read the batch at offset ${batch.baseOffset}: its checksum is wrong; bytes were changed on the way`,
      )
    }
    if (!isHidden(batch)) await addMessages(messages, batch)
    const last = String(batch.lastOffset)
    if (messages.at(-1)?.offset !== last) messages.push(hidden(last))
  }
  return messages
}

/** Which batches no reader of committed messages is given, in the order of offsets. */
function hidingAborted(aborted: readonly Aborted[]): (batch: RecordBatch) => boolean {
  const ahead = aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  const producers = new Set<bigint>()
  return (batch) => {
    while (ahead.length > 0 && ahead[0]!.firstOffset <= batch.lastOffset) producers.add(ahead.shift()!.producerId)
    if (!isControl(batch)) return isTransactional(batch) && producers.has(batch.producerId)
    if (producers.has(batch.producerId) && isAbort(batch)) producers.delete(batch.producerId)
    return true
  }
}

/** The key of a mark is its version and its type, of which 0 is an abort. */
function isAbort(batch: RecordBatch): boolean {
  const key = readRecords(batch)[0]?.key
  return key != null && key.length >= 4 && key[2] === 0 && key[3] === 0
}

/** Codecs are looked up where kafkajs has them: a program, or the options of a driver, may have given others. */
const { lookupCodecByAttributes } = createRequire(import.meta.url)(
  'kafkajs/src/protocol/message/compression/index.js',
) as { lookupCodecByAttributes: (attributes: number) => { decompress(bytes: Buffer): Promise<Buffer> } | null }

async function addMessages(messages: FetchedMessage[], batch: RecordBatch): Promise<void> {
  if (batch.magic !== 2) {
    for (const { offset, timestamp, key, value } of readRecords(batch)) {
      messages.push(new Fetched(String(offset), String(timestamp), key as Buffer | null, value as Buffer | null, []))
    }
    return
  }
  const codec = lookupCodecByAttributes(batch.attributes)
  addRecords(messages, batch, codec === null ? batch.payload : await codec.decompress(batch.payload))
}

/** The records of a batch of format 2, see `records.ts` of the protocol; the most frequent bytes of a consumer. */
function addRecords(messages: FetchedMessage[], batch: RecordBatch, bytes: Buffer): void {
  const reader = new ByteReader(bytes)
  const timeOf = adder(batch.baseTimestamp)
  const offsetOf = adder(batch.baseOffset)
  const appendTime = isLogAppendTime(batch) ? String(batch.maxTimestamp) : undefined
  for (let nth = 0; nth < batch.count; nth++) {
    const end = reader.varint() + reader.at
    reader.int8()
    const ofRecord = timeOf(reader.varlong())
    const timestamp = appendTime ?? ofRecord
    const offset = offsetOf(BigInt(reader.varint()))
    const key = readField(reader)
    const value = readField(reader)
    const pairs = readPairs(reader)
    if (reader.at !== end) {
      throw new ProtocolError('invalid', `read record ${nth} of a batch: it ends at byte ${reader.at}, expected ${end}`)
    }
    messages.push(new Fetched(offset, timestamp, key, value, pairs))
  }
}

function adder(base: bigint): (delta: bigint) => string {
  return (delta) => String(base + delta)
}

function readField(reader: ByteReader): Buffer | null {
  const length = reader.varint()
  return length < 0 ? null : reader.take(length)
}

const noPairs: readonly HeaderPair[] = []

function readPairs(reader: ByteReader): readonly HeaderPair[] {
  const count = reader.varint()
  if (count === 0) return noPairs
  if (count < 0 || count > reader.left) {
    throw new ProtocolError('invalid', `read a record: ${count} headers in ${reader.left} bytes`)
  }
  const pairs: HeaderPair[] = []
  for (let nth = 0; nth < count; nth++) pairs.push({ key: readName(reader), value: readField(reader) })
  return pairs
}

function readName(reader: ByteReader): string {
  const length = reader.varint()
  const start = reader.at
  const bytes = reader.take(length)
  return shortAscii(reader.bytes, start, start + length) ?? bytes.toString()
}

function hidden(offset: string): FetchedMessage {
  const message = new Fetched(offset, '-1', null, null, noPairs)
  message.isControlRecord = true
  return message
}

/** A message as kafkajs makes them; what else it has are parts of its batch that only kafkajs reads. */
class Fetched {
  readonly attributes = 0
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  isControlRecord = false
  readonly [headerPairs]: readonly HeaderPair[]

  constructor(
    offset: string,
    timestamp: string,
    key: Buffer | null,
    value: Buffer | null,
    pairs: readonly HeaderPair[],
  ) {
    this.offset = offset
    this.timestamp = timestamp
    this.key = key
    this.value = value
    this[headerPairs] = pairs
  }

  /** For other users of kafkajs in this process. */
  get headers(): IHeaders {
    const headers: Record<string, Buffer | Buffer[]> = {}
    for (const { key, value } of this[headerPairs] as readonly { readonly key: string; readonly value: Buffer }[]) {
      const before = headers[key]
      const all = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
      Object.defineProperty(headers, key, { value: all, enumerable: true, configurable: true, writable: true })
    }
    return headers
  }
}
