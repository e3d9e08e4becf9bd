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

/** The session id and epoch of a Fetch that belongs to no session. */
const noSession = 0

/**
 * Fetch sessions (KIP-227): a client names all partitions once and then only those that changed, so what it asks for is only
 * known from all it said under the id that the broker gave.
 */
export class FetchSessions {
  readonly #offsets = new Map<number, Map<string, bigint>>()

  asked(version: number, fields: Fields, names: TopicNames): FetchAsked {
    const id = (fields['sessionId'] as number | undefined) ?? noSession
    const epoch = (fields['sessionEpoch'] as number | undefined) ?? -1
    // Epoch 0 begins a session, -1 ends it: both name all partitions.
    const offsets = new Map(epoch > 0 ? this.#offsets.get(id) : undefined)
    for (const topic of fields['topics'] as unknown as FetchRequestTopic[]) {
      const name = names.of(topic)
      for (const { partition, fetchOffset } of topic.partitions) offsets.set(`${name}/${partition}`, fetchOffset)
    }
    for (const topic of (fields['forgottenTopicsData'] ?? []) as { topic?: string; partitions: number[] }[]) {
      const name = names.of(topic)
      for (const partition of topic.partitions) offsets.delete(`${name}/${partition}`)
    }
    if (epoch > 0) this.#offsets.set(id, offsets)
    else this.#offsets.delete(id)
    return { version, isolation: (fields['isolationLevel'] as number | undefined) ?? 0, offsets }
  }

  /** The broker answered to a Fetch under this session. */
  answered(sessionId: number, { offsets }: FetchAsked): void {
    if (sessionId !== noSession && !this.#offsets.has(sessionId)) this.#offsets.set(sessionId, new Map(offsets))
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
