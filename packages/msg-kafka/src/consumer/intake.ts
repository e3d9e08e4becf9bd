import { DriverError, type Delivery, type Metadata, type Outcome } from '@x07-lab/msg-core'
import type { Batch, KafkaMessage } from 'kafkajs'
import { decodeWire } from '../wire/decode.ts'
import { PartitionFeed, type Held } from './partition-feed.ts'

/** Messages of one fetch of one partition that have not been handed out. */
interface Fetched {
  readonly feed: PartitionFeed
  readonly messages: readonly KafkaMessage[]
  readonly highWatermark: string
  /** The high watermark. */
  readonly end: bigint
  at: number
}

/** How an intake tells what happens to it. */
export interface IntakeOptions {
  readonly endpoint: string
  /** The logical name of a topic on the broker. */
  readonly logical: (physical: string) => string
  /** A delivery is at hand. */
  readonly onArrival: () => void
  /** A commit may move on. */
  readonly onSettled: () => void
  /** Fewer messages than the limit are waiting. */
  readonly onRoom: () => void
  /** Fetch no more while so many messages are waiting. */
  readonly limit: number
}

/**
 * The messages of a consumer between the fetch and their settling, over all partitions assigned to it. It outlives kafkajs's
 * consumers: a partition that comes back to this driver goes on where it was.
 */
export class Intake {
  readonly #options: IntakeOptions
  readonly #feeds = new Map<string, PartitionFeed>()
  /** The last offset handed out, by partition, assigned or not, so that what comes again is known for it. */
  readonly #seen = new Map<string, { offset: bigint }>()
  #fetched: Fetched[] = []
  #waiting = 0
  #returned = 0
  #closed = false
  /** Times that partitions were assigned, less the first. */
  #rebalances = -1

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Whether enough messages wait to be handed out. */
  get isFull(): boolean {
    return this.#waiting > this.#options.limit
  }

  get feeds(): Iterable<PartitionFeed> {
    return this.#feeds.values()
  }

  /** The group gave these partitions, by topic name on the broker, to this member; all others are somebody else's now. */
  assign(assignment: Readonly<Record<string, readonly number[]>>): void {
    this.#rebalances++
    const assigned = new Set<string>()
    for (const [physical, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const lane = laneOf(physical, partition)
        assigned.add(lane)
        if (!this.#feeds.has(lane)) this.#feed(physical, partition)
      }
    }
    for (const lane of this.#feeds.keys()) if (!assigned.has(lane)) this.#revoke(lane)
  }

  /** Takes what a fetch brought. */
  accept({
    topic,
    partition,
    messages,
    highWatermark,
  }: Pick<Batch, 'topic' | 'partition' | 'messages' | 'highWatermark'>): void {
    const lane = laneOf(topic, partition)
    const end = BigInt(highWatermark)
    let feed = this.#feeds.get(lane)
    if (feed !== undefined && end < feed.next) {
      // The partition is shorter than what was read of it: it lost its end, or is another topic of the same name.
      this.#revoke(lane)
      feed = undefined
    }
    feed ??= this.#feed(topic, partition)
    const unseen = feed.unseen(messages)
    if (unseen.length === 0) return
    this.#fetched.push({ feed, messages: unseen, highWatermark, end, at: 0 })
    this.#waiting += unseen.length
    this.#options.onArrival()
  }

  /** The next delivery: a rejected message before anything else. */
  take(): Delivery | undefined {
    const held = this.#returned > 0 ? this.#takeReturned() : this.#takeFetched()
    return held === undefined ? undefined : this.#delivery(held)
  }

  /** Nothing can be settled any more. */
  close(): void {
    this.#closed = true
    this.#fetched = []
    this.#waiting = 0
  }

  #feed(physical: string, partition: number): PartitionFeed {
    const lane = laneOf(physical, partition)
    const seen = this.#seen.get(lane) ?? { offset: -1n }
    this.#seen.set(lane, seen)
    const feed = new PartitionFeed(this.#options.logical(physical), physical, partition, seen)
    this.#feeds.set(lane, feed)
    return feed
  }

  #takeReturned(): Held | undefined {
    for (const feed of this.#feeds.values()) {
      const held = feed.takeReturned()
      if (held === undefined) continue
      this.#returned--
      return held
    }
    return undefined
  }

  #takeFetched(): Held | undefined {
    const batch = this.#fetched[0]
    const message = batch?.messages[batch.at]
    if (batch === undefined || message === undefined) return undefined
    if (++batch.at === batch.messages.length) this.#fetched.shift()
    if (this.#waiting-- === this.#options.limit + 1) this.#options.onRoom()
    const { feed, highWatermark, end } = batch
    const offset = BigInt(message.offset)
    const redelivered = offset <= feed.seen.offset
    if (!redelivered) feed.seen.offset = offset
    const held: Held = { feed, message, offset, highWatermark, end, settled: false, redelivered }
    feed.handedOut(held)
    return held
  }

  #delivery(held: Held): Delivery {
    const { feed, message } = held
    const metadata: Metadata = {
      committed: feed.committed,
      highWatermark: held.highWatermark,
      lag: String(held.end - 1n - held.offset),
      offset: message.offset,
      partition: feed.partition,
      rebalances: this.#rebalances,
      redelivered: held.redelivered,
      timestamp: message.timestamp,
    }
    let settled = false
    return {
      envelope: decodeWire(feed.topic, message),
      metadata,
      settle: async (outcome: Outcome): Promise<void> => {
        if (settled) return
        settled = true
        this.#settle(held, outcome)
      },
    }
  }

  #settle(held: Held, outcome: Outcome): void {
    const { feed, offset } = held
    if (this.#closed || feed.revoked) {
      const what = `settle offset ${offset} of ${feed.topic}/${feed.partition} on ${this.#options.endpoint}`
      if (this.#closed) throw new DriverError('closed', `${what}: the driver is closed`)
      throw new DriverError(
        'connection_lost',
        `${what}: the partition was given to another member of the group, which gets the message again`,
      )
    }
    if (outcome !== 'reject') {
      if (feed.acked(held)) this.#options.onSettled()
      return
    }
    feed.rejected(held)
    this.#returned++
    this.#options.onArrival()
  }

  #revoke(lane: string): void {
    const feed = this.#feeds.get(lane)
    if (feed === undefined) return
    this.#feeds.delete(lane)
    feed.revoked = true
    while (feed.takeReturned() !== undefined) this.#returned--
    const wasFull = this.isFull
    this.#fetched = this.#fetched.filter((batch) => {
      if (batch.feed !== feed) return true
      this.#waiting -= batch.messages.length - batch.at
      return false
    })
    if (wasFull && !this.isFull) this.#options.onRoom()
  }
}

function laneOf(topic: string, partition: number): string {
  return `${partition} ${topic}`
}
