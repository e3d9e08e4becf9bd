import {
  apiKeys,
  decodeBody,
  encodeBody,
  readBatches,
  type Fields,
  type RecordBatch,
  type RequestHeader,
} from '../protocol/index.ts'
import type { Divergences } from './divergences.ts'
import { decodeAsked, type FetchAsked, type FetchedPartition, type FetchedTopic } from './fetch.ts'
import { ops } from './ops.ts'
import { PartitionLog } from './partition-log.ts'
import type { KafkaTape } from './tape.ts'
import { reboundRecords } from './rebound-records.ts'
import type { TokenBindings } from './token-bind.ts'
import type { TopicNames } from './topic-names.ts'

/** A Fetch that waits for records. */
export interface ParkedFetch {
  readonly header: RequestHeader
  /** Its connection. */
  readonly connection: object
  readonly asked: FetchAsked
  /** `Fetch/client id`. */
  readonly key: string
  /** Answers it, once. */
  readonly answer: (body: Uint8Array) => void
  /** Breaks its connection. */
  readonly breakOff: (failure: string) => void
  readonly cancel: () => void
}

/** A recorded answer, opened. */
interface Recorded {
  readonly entry: number
  readonly key: string
  readonly asked: FetchAsked
  readonly topics: FetchedTopic[]
  readonly body: Uint8Array
}

/**
 * Plays Fetch: recorded answers as wholes to who asked for them; after a standstill each partition is a log, from which every
 * group reads what it asks for, in whatever grouping.
 */
export class FetchPlayer {
  readonly #tape: KafkaTape
  readonly #bindings: TokenBindings
  readonly #parked = new Set<ParkedFetch>()
  /** What was given or may be read, by `topic/partition`. */
  readonly #logs = new Map<string, PartitionLog>()
  /** Batches read from a log, by client and partition: the recorded answer that holds them is spared. */
  readonly #readAhead = new Map<string, Set<bigint>>()
  /** What was last told of a partition: its high watermark and the like, for answers without records. */
  readonly #ends = new Map<string, FetchedPartition>()
  readonly #found: Divergences
  /** Whether a client read with this isolation level in the recording, by both. */
  readonly #levels = new Map<string, boolean>()
  #opened: Recorded | undefined

  constructor(tape: KafkaTape, bindings: TokenBindings, found: Divergences) {
    this.#tape = tape
    this.#bindings = bindings
    this.#found = found
  }

  get parked(): number {
    return this.#parked.size
  }

  park(fetch: ParkedFetch): void {
    this.#parked.add(fetch)
  }

  /** A connection has gone. */
  gone(connection: object): void {
    for (const fetch of this.#parked) if (fetch.connection === connection) this.#drop(fetch)
  }

  #drop(fetch: ParkedFetch): void {
    this.#parked.delete(fetch)
    fetch.cancel()
  }

  /** Gives a recorded answer to the Fetch that asks for it: `spared` where its records were read from the log before. */
  give(entry: number): 'given' | 'spared' | 'blocked' {
    const recorded = this.#open(entry)
    if (this.#wasRead(recorded)) return 'spared'
    const fetch = this.#wanted(recorded)
    if (fetch === undefined) return 'blocked'
    this.#note(recorded, false)
    this.#compareIsolation(recorded, fetch)
    const { offsets } = fetch.asked
    const whole = fetch.header.version === recorded.asked.version && sameKeys(offsets, recorded.asked.offsets)
    const topics = whole
      ? recorded.topics
      : recorded.topics.map((topic) => ({
          ...topic,
          partitions: topic.partitions.filter(({ partitionIndex }) =>
            offsets.has(`${this.#tape.names.of(topic as { topic?: string })}/${partitionIndex}`),
          ),
        }))
    const fields = decodeBody(apiKeys.Fetch, recorded.asked.version, 'response', recorded.body)
    const body =
      whole && (fields['sessionId'] ?? 0) === 0 && this.#bindings.size === 0
        ? recorded.body
        : this.#encode(fetch, {
            ...fields,
            sessionId: 0,
            responses: topics.filter(({ partitions }) => partitions.length > 0) as never,
          })
    this.#answer(fetch, body)
    return 'given'
  }

  /** Breaks the connection of a Fetch like the one that got no answer; false where none waits. */
  breakOff(key: string, failure: string): boolean {
    for (const fetch of this.#parked) {
      if (fetch.key !== key) continue
      this.#drop(fetch)
      fetch.breakOff(failure)
      return true
    }
    return false
  }

  /** From now on the records of this entry are read from logs. */
  toLog(entry: number): void {
    this.#note(this.#open(entry), true)
  }

  /**
   * Answers what waits from the logs; how many were answered.
   *
   * @param again whether records may be read that were given as a whole before
   */
  readLogs(again: boolean): number {
    let answered = 0
    for (const fetch of this.#parked) if (this.readLog(fetch, again)) answered++
    return answered
  }

  /** Answers one Fetch from the logs, if they have anything for it. */
  readLog(fetch: ParkedFetch, again: boolean): boolean {
    const found = new Map<string, FetchedPartition>()
    for (const [partition, offset] of fetch.asked.offsets) {
      const read = this.#read(partition, offset, fetch, again)
      if (read !== undefined) found.set(partition, read)
    }
    if (found.size === 0) return false
    this.#answer(fetch, this.#encode(fetch, { responses: this.#responses(fetch, found) }))
    return true
  }

  /** Answers a Fetch with nothing. */
  answerEmpty(fetch: ParkedFetch): void {
    if (this.#parked.has(fetch))
      this.#answer(fetch, this.#encode(fetch, { responses: this.#responses(fetch, new Map()) }))
  }

  #answer(fetch: ParkedFetch, body: Uint8Array): void {
    this.#drop(fetch)
    fetch.answer(body)
  }

  #open(entry: number): Recorded {
    if (this.#opened?.entry === entry) return this.#opened
    const { req, resp } = this.#tape.entry(entry)
    const asked = decodeAsked(req)
    const fields = decodeBody(apiKeys.Fetch, asked.version, 'response', resp)
    const topics = fields['responses'] as unknown as FetchedTopic[]
    return (this.#opened = { entry, key: this.#tape.lane(entry).key, asked, topics, body: resp })
  }

  /** The Fetch that asks for what was recorded: the same offsets of the partitions that have something; one with all the same first. */
  #wanted({ key, asked, topics }: Recorded): ParkedFetch | undefined {
    let near: ParkedFetch | undefined
    for (const fetch of this.#parked) {
      if (fetch.key !== key) continue
      // Two consumers of one client may differ in it; a level that nobody read with has taken the place of another.
      if (fetch.asked.isolation !== asked.isolation && this.#wasReadWith(key, fetch.asked.isolation)) continue
      if (sameOffsets(fetch.asked.offsets, asked.offsets)) return fetch
      const { names } = this.#tape
      const serves = topics.every((topic) =>
        topic.partitions.every(({ partitionIndex, errorCode, records }) => {
          if (errorCode === 0 && (records?.length ?? 0) === 0) return true
          const name = `${names.of(topic)}/${partitionIndex}`
          return fetch.asked.offsets.get(name) === asked.offsets.get(name)
        }),
      )
      if (serves) near ??= fetch
    }
    return near
  }

  #compareIsolation({ entry, key, asked }: Recorded, fetch: ParkedFetch): void {
    const [was, now] = [asked.isolation, fetch.asked.isolation]
    if (was === now || this.#wasReadWith(key, now)) return
    const differences = [{ field: 'isolationLevel', recorded: isolationText(was), now: isolationText(now) }]
    this.#found.tell({ kind: 'changed', op: ops.fetch, key, entry, differences }, `isolation ${key} ${now}`)
  }

  #wasReadWith(key: string, level: number): boolean {
    const name = `${key} ${level}`
    let known = this.#levels.get(name)
    if (known === undefined) {
      known = this.#tape
        .entriesOf(ops.fetch, key)
        .some((entry) => decodeAsked(this.#tape.entry(entry).req).isolation === level)
      this.#levels.set(name, known)
    }
    return known
  }

  /** Remembers what an answer says, and where it is to be read from. */
  #note({ entry, topics }: Recorded, readable: boolean): void {
    for (const topic of topics) {
      for (const partition of topic.partitions) {
        const id = `${this.#tape.names.of(topic)}/${partition.partitionIndex}`
        this.#ends.set(id, { ...partition, records: null, errorCode: 0, abortedTransactions: null })
        const offsets = batchesOf(partition).map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset] as const)
        const first = offsets[0]?.[0]
        const last = offsets.at(-1)?.[1]
        if (first === undefined || last === undefined) continue
        let log = this.#logs.get(id)
        if (log === undefined) this.#logs.set(id, (log = new PartitionLog()))
        log.add(entry, Number(first), Number(last), readable)
      }
    }
  }

  #read(id: string, offset: bigint, fetch: ParkedFetch, again: boolean): FetchedPartition | undefined {
    const found = this.#logs.get(id)?.at(Number(offset), again)
    const partition = found && this.#partitionOf(found.entry, id)
    if (partition?.records === undefined || partition.records === null) return undefined
    const batches = batchesOf(partition).filter(({ lastOffset }) => lastOffset >= offset)
    const first = batches[0]
    if (first === undefined) return undefined
    if (found?.readable === true) {
      const name = `${fetch.key} ${id}`
      const known = this.#readAhead.get(name) ?? new Set()
      this.#readAhead.set(name, known)
      for (const { baseOffset } of batches) known.add(baseOffset)
    }
    const { records } = partition
    return { ...partition, records: records.subarray(first.bytes.byteOffset - records.byteOffset) }
  }

  #partitionOf(entry: number, id: string): FetchedPartition | undefined {
    const { topics } = this.#open(entry)
    for (const topic of topics) {
      const name = this.#tape.names.of(topic)
      for (const partition of topic.partitions) if (`${name}/${partition.partitionIndex}` === id) return partition
    }
    return undefined
  }

  /** Whether all records of an answer were read from logs; so they count once. */
  #wasRead({ key, topics }: Recorded): boolean {
    if (this.#readAhead.size === 0) return false
    const seen: [Set<bigint>, bigint][] = []
    for (const topic of topics) {
      for (const partition of topic.partitions) {
        const known = this.#readAhead.get(`${key} ${this.#tape.names.of(topic)}/${partition.partitionIndex}`)
        for (const { baseOffset } of batchesOf(partition)) {
          if (known?.has(baseOffset) !== true) return false
          seen.push([known, baseOffset])
        }
      }
    }
    for (const [known, baseOffset] of seen) known.delete(baseOffset)
    return seen.length > 0
  }

  #responses({ asked, header }: ParkedFetch, found: ReadonlyMap<string, FetchedPartition>): Fields[] {
    const topics = new Map<string, Fields[]>()
    for (const [id, offset] of asked.offsets) {
      const slash = id.lastIndexOf('/')
      const end = found.get(id) ?? this.#ends.get(id)
      const partition: Fields = {
        highWatermark: offset,
        lastStableOffset: offset,
        logStartOffset: 0n,
        preferredReadReplica: -1,
        abortedTransactions: null,
        ...(end as unknown as Fields | undefined),
        partitionIndex: Number(id.slice(slash + 1)),
        errorCode: found.get(id)?.errorCode ?? 0,
        records: found.get(id)?.records ?? new Uint8Array(0),
      }
      const name = id.slice(0, slash)
      const listed = topics.get(name)
      if (listed === undefined) topics.set(name, [partition])
      else listed.push(partition)
    }
    return [...topics].map(([name, partitions]) => topicOf(name, partitions, header.version, this.#tape.names))
  }

  #encode({ header }: ParkedFetch, fields: Fields): Uint8Array {
    const { names } = this.#tape
    const responses = (fields['responses'] as unknown as FetchedTopic[]).map((topic) => {
      const partitions = topic.partitions.map((partition) => ({
        ...partition,
        records: partition.records && reboundRecords(partition.records, this.#bindings),
      }))
      return topicOf(this.#bindings.toNow(names.of(topic)), partitions, header.version, names)
    })
    return encodeBody(apiKeys.Fetch, header.version, 'response', { ...fields, responses })
  }
}

function batchesOf({ records }: FetchedPartition): RecordBatch[] {
  return records === null ? [] : [...readBatches(records)]
}

/** A topic by its name, or by its id from version 13 on. */
function topicOf(name: string, partitions: Fields[], version: number, names: TopicNames): Fields {
  return version >= 13 ? { topicId: names.idOf(name) ?? name, partitions } : { topic: name, partitions }
}

function sameOffsets(a: ReadonlyMap<string, bigint>, b: ReadonlyMap<string, bigint>): boolean {
  if (a.size !== b.size) return false
  for (const [name, offset] of a) if (b.get(name) !== offset) return false
  return true
}

function isolationText(level: number): string {
  return level === 1 ? 'read_committed' : 'read_uncommitted'
}

function sameKeys(a: ReadonlyMap<string, bigint>, b: ReadonlyMap<string, bigint>): boolean {
  if (a.size !== b.size) return false
  for (const name of a.keys()) if (!b.has(name)) return false
  return true
}
