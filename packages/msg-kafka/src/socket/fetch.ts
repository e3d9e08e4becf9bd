import { canonicalJsonBytes } from '@x07-lab/msg-core/format'
import type { Fields } from '../protocol/index.ts'
import type { TopicNames } from './topic-names.ts'

/** What one Fetch asks for. */
export interface FetchAsked {
  readonly version: number
  /** 0 sees all records, 1 only those of transactions that were committed. */
  readonly isolation: number
  /** Offsets by `topic/partition`. */
  readonly offsets: ReadonlyMap<string, bigint>
}

export interface FetchRequestTopic {
  topic?: string
  topicId?: string
  partitions: { partition: number; fetchOffset: bigint }[]
}

export interface FetchedPartition {
  partitionIndex: number
  errorCode: number
  highWatermark: bigint
  lastStableOffset?: bigint
  logStartOffset?: bigint
  abortedTransactions?: { producerId: bigint; firstOffset: bigint }[] | null
  preferredReadReplica?: number
  records: Uint8Array | null
}

export interface FetchedTopic {
  topic?: string
  topicId?: string
  partitions: FetchedPartition[]
}

/**
 * The fetch session of one connection (KIP-227): a client names all partitions once and then only those that changed, so what
 * it asks for is only known from all it said.
 */
export class FetchSession {
  #offsets = new Map<string, bigint>()

  asked(version: number, fields: Fields, names: TopicNames): FetchAsked {
    const epoch = (fields['sessionEpoch'] as number | undefined) ?? -1
    // Epoch 0 begins a session, -1 ends it: both name all partitions.
    const offsets = epoch > 0 ? this.#offsets : new Map<string, bigint>()
    for (const topic of fields['topics'] as unknown as FetchRequestTopic[]) {
      const name = names.of(topic)
      for (const { partition, fetchOffset } of topic.partitions) offsets.set(`${name}/${partition}`, fetchOffset)
    }
    for (const topic of (fields['forgottenTopicsData'] ?? []) as { topic?: string; partitions: number[] }[]) {
      const name = names.of(topic)
      for (const partition of topic.partitions) offsets.delete(`${name}/${partition}`)
    }
    this.#offsets = offsets
    return { version, isolation: (fields['isolationLevel'] as number | undefined) ?? 0, offsets: new Map(offsets) }
  }
}

export function encodeAsked({ version, isolation, offsets }: FetchAsked): Uint8Array {
  return canonicalJsonBytes({
    version,
    isolation,
    offsets: Object.fromEntries([...offsets].map(([name, offset]) => [name, String(offset)])),
  })
}

export function decodeAsked(bytes: Uint8Array): FetchAsked {
  const { version, isolation, offsets } = JSON.parse(Buffer.from(bytes).toString()) as {
    version: number
    isolation: number
    offsets: Record<string, string>
  }
  return {
    version,
    isolation,
    offsets: new Map(Object.entries(offsets).map(([name, offset]) => [name, BigInt(offset)])),
  }
}

/** Whether a Fetch answer says something: it has records or an error. */
export function saysSomething(answer: Fields): boolean {
  if (((answer['errorCode'] as number | undefined) ?? 0) !== 0) return true
  return (answer['responses'] as unknown as FetchedTopic[]).some(({ partitions }) =>
    partitions.some(({ errorCode, records }) => errorCode !== 0 || (records !== null && records.length > 0)),
  )
}
