import { DriverError, type Delivery, type Metadata, type Outcome } from '@x07-lab/msg-core'
import type { Batch, KafkaMessage, TopicOffsets } from 'kafkajs'
import { decodeWire } from '../wire/decode.ts'
import { PartitionFeed, type Unacked } from './partition-feed.ts'

const done: Promise<void> = Promise.resolve()

/** Messages of one fetch of one partition that have not been handed out. */
interface Fetched {
  readonly feed: PartitionFeed
  readonly messages: readonly KafkaMessage[]
  readonly highWatermark: string
  /** The high watermark. */
  readonly end: bigint
  at: number
}

/** How an queue tells what happens to it. */
export interface DeliveryQueueOptions {
  readonly endpoint: string
  /** The logical name of a topic on the broker. */
  readonly logical: (physical: string) => string
  /** A delivery is at hand. */
  readonly onArrival: () => void
  /** A commit may move on. */
  readonly onSettled: () => void
  /** Whether deliveries may be part of transactions. */
  readonly hasTransactions: boolean
  /** Whether the broker tells a topic apart from a former one of its name. */
  readonly isIdentified: (physical: string) => boolean
  /** Fewer messages than the limit are waiting. */
  readonly onRoom: () => void
  /** Fetch no more while so many messages are waiting. */
  readonly limit: number
}

/** The part of a delivery in a transaction: it is settled when that ends. */
export interface OffsetsInTransaction {
  /** @throws DriverError where the delivery is not one that can still be settled */
  check(delivery: Delivery): void
  /** What the broker is to be told when these deliveries are processed. */
  committable(deliveries: ReadonlySet<Delivery>): TopicOffsets[]
  /** The broker was told. */
  committed(deliveries: ReadonlySet<Delivery>): void
  /** They come again. */
  aborted(deliveries: ReadonlySet<Delivery>): void
}

/**
 * The messages of a consumer between the fetch and their settling, over all partitions assigned to it. It outlives kafkajs's
 * consumers: a partition that comes back to this driver goes on where it was.
 */
export class DeliveryQueue {
  readonly #options: DeliveryQueueOptions
  readonly #feeds = new Map<string, PartitionFeed>()
  /** Of topics that are no more, while messages of theirs are unacked. */
  readonly #former = new Set<PartitionFeed>()
  readonly #unackedOf = new WeakMap<Delivery, Unacked>()
  /** How deliveries take part in a transaction. */
  readonly inTransaction: OffsetsInTransaction = {
    check: (delivery) => this.#refuseLost(this.#of(delivery)),
    committable: (deliveries) => this.#committable(deliveries),
    committed: (deliveries) => {
      for (const { feed, offset } of this.#committableByFeed(deliveries)) feed.committed = String(offset)
      for (const delivery of deliveries) this.#settle(this.#of(delivery), 'ack')
    },
    aborted: (deliveries) => {
      for (const delivery of deliveries) {
        const unacked = this.#of(delivery)
        if (!this.#closed && !unacked.feed.revoked) this.#settle(unacked, 'reject')
      }
    },
  }
  /** The last offset handed out, by partition, assigned or not, so that what comes again is known for it. */
  readonly #seen = new Map<string, { offset: bigint }>()
  #fetched: Fetched[] = []
  #waiting = 0
  #returned = 0
  #closed = false
  /** Times that partitions were assigned, less the first. */
  #rebalances = -1

  constructor(options: DeliveryQueueOptions) {
    this.#options = options
  }

  /** Whether enough messages wait to be handed out. */
  get isFull(): boolean {
    return this.#waiting > this.#options.limit
  }

  /** Whether all that was fetched is handed out and settled. */
  get isIdle(): boolean {
    return this.#waiting === 0 && this.#returned === 0 && [...this.#feeds.values()].every((feed) => feed.isIdle)
  }

  /** Whether a partition is this member's. */
  isAssigned(physical: string, partition: number): boolean {
    return this.#feeds.has(nameOf(physical, partition))
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
        const name = nameOf(physical, partition)
        assigned.add(name)
        if (!this.#feeds.has(name)) this.#feed(physical, partition)
      }
    }
    for (const name of this.#feeds.keys()) if (!assigned.has(name)) this.#revoke(name)
  }

  /** Takes what a fetch brought. */
  accept({
    topic,
    partition,
    messages,
    highWatermark,
  }: Pick<Batch, 'topic' | 'partition' | 'messages' | 'highWatermark'>): void {
    const name = nameOf(topic, partition)
    const end = BigInt(highWatermark)
    let feed = this.#feeds.get(name)
    if (feed !== undefined && end < feed.next) {
      // The partition is shorter than what was read of it. Where the broker tells topics of one name apart, it is the same
      // topic, which lost its end; where it does not, another one is by far more likely.
      if (!this.#options.isIdentified(topic)) this.#seen.delete(name)
      this.#revoke(name)
      feed = undefined
    }
    feed ??= this.#feed(topic, partition)
    const unseen = feed.unseen(messages)
    if (end > feed.end) feed.end = end
    if (unseen.length === 0) return
    this.#fetched.push({ feed, messages: unseen, highWatermark, end, at: 0 })
    this.#waiting += unseen.length
    this.#options.onArrival()
  }

  /**
   * The topic was deleted and made anew: what was read of the former one is still handed out and can be settled, without
   * effect on the broker, and every message of the new one is new.
   *
   * @returns how many messages of the former topic the broker had and nobody can read any more, as far as is known
   */
  renew(physical: string): bigint {
    let lost = 0n
    for (const [name, feed] of [...this.#feeds].filter(([, one]) => one.physical === physical)) {
      this.#feeds.delete(name)
      this.#former.add(feed)
      feed.former = true
      if (feed.end > feed.next) lost += feed.end - (feed.next < 0n ? 0n : feed.next)
      this.#feed(physical, feed.partition, { offset: -1n })
    }
    return lost
  }

  /** The offset after the last message taken from a partition, if any was. */
  nextOf(physical: string, partition: number): bigint | undefined {
    const next = this.#feeds.get(nameOf(physical, partition))?.next ?? -1n
    return next < 0n ? undefined : next
  }

  /** Goes on from a later offset: what is before it is no more. */
  skipTo(physical: string, partition: number, offset: bigint): void {
    const feed = this.#feeds.get(nameOf(physical, partition))
    if (feed !== undefined && feed.next < offset) feed.next = offset
  }

  /** The next delivery: a rejected message before anything else. */
  take(): Delivery | undefined {
    const unacked = this.#returned > 0 ? this.#takeReturned() : this.#takeFetched()
    return unacked === undefined ? undefined : this.#delivery(unacked)
  }

  /** Nothing can be settled any more. */
  close(): void {
    this.#closed = true
    this.#fetched = []
    this.#waiting = 0
  }

  #feed(
    physical: string,
    partition: number,
    seen = this.#seen.get(nameOf(physical, partition)) ?? { offset: -1n },
  ): PartitionFeed {
    const name = nameOf(physical, partition)
    this.#seen.set(name, seen)
    const feed = new PartitionFeed(this.#options.logical(physical), physical, partition, seen)
    this.#feeds.set(name, feed)
    return feed
  }

  #takeReturned(): Unacked | undefined {
    for (const feed of [...this.#former, ...this.#feeds.values()]) {
      const unacked = feed.takeReturned()
      if (unacked === undefined) continue
      this.#returned--
      return unacked
    }
    return undefined
  }

  #takeFetched(): Unacked | undefined {
    const batch = this.#fetched[0]
    const message = batch?.messages[batch.at]
    if (batch === undefined || message === undefined) return undefined
    if (++batch.at === batch.messages.length) this.#fetched.shift()
    if (this.#waiting-- === this.#options.limit + 1) this.#options.onRoom()
    const { feed, highWatermark, end } = batch
    const offset = BigInt(message.offset)
    const redelivered = offset <= feed.seen.offset
    if (!redelivered) feed.seen.offset = offset
    const unacked: Unacked = { feed, message, offset, highWatermark, end, settled: false, redelivered }
    feed.handedOut(unacked)
    return unacked
  }

  #delivery(unacked: Unacked): Delivery {
    const { feed, message } = unacked
    const metadata: Metadata = {
      committed: feed.committed,
      highWatermark: unacked.highWatermark,
      lag: String(unacked.end - 1n - unacked.offset),
      offset: message.offset,
      partition: feed.partition,
      rebalances: this.#rebalances,
      redelivered: unacked.redelivered,
      timestamp: message.timestamp,
    }
    let settled = false
    const delivery: Delivery = {
      envelope: decodeWire(feed.topic, message),
      metadata,
      settle: (outcome) => {
        if (settled) return done
        settled = true
        try {
          this.#settle(unacked, outcome)
          return done
        } catch (error) {
          return Promise.reject(error)
        }
      },
    }
    if (this.#options.hasTransactions) this.#unackedOf.set(delivery, unacked)
    return delivery
  }

  #of(delivery: Delivery): Unacked {
    const unacked = this.#unackedOf.get(delivery)
    if (unacked !== undefined) return unacked
    throw new DriverError(
      'protocol',
      `ack in a transaction on ${this.#options.endpoint}: not a delivery of this driver`,
    )
  }

  #committableByFeed(deliveries: ReadonlySet<Delivery>): { feed: PartitionFeed; offset: bigint }[] {
    const all = new Set([...deliveries].map((delivery) => this.#of(delivery)))
    for (const unacked of all) this.#refuseLost(unacked)
    return [...new Set([...all].map(({ feed }) => feed))].flatMap((feed) => {
      const offset = feed.former ? undefined : feed.committableWith(all)
      return offset === undefined ? [] : [{ feed, offset }]
    })
  }

  #committable(deliveries: ReadonlySet<Delivery>): TopicOffsets[] {
    const byTopic = Map.groupBy(this.#committableByFeed(deliveries), ({ feed }) => feed.physical)
    return Array.from(byTopic, ([topic, feeds]) => ({
      topic,
      partitions: feeds.map(({ feed: { partition }, offset }) => ({ partition, offset: String(offset) })),
    }))
  }

  #settle(unacked: Unacked, outcome: Outcome): void {
    this.#refuseLost(unacked)
    const { feed } = unacked
    if (outcome !== 'reject') {
      if (!feed.acked(unacked)) return
      if (!feed.former) this.#options.onSettled()
      else if (feed.isIdle && !this.#fetched.some((batch) => batch.feed === feed)) this.#former.delete(feed)
      return
    }
    feed.rejected(unacked)
    this.#returned++
    this.#options.onArrival()
  }

  #refuseLost({ feed, offset }: Unacked): void {
    if (this.#closed || feed.revoked) {
      const what = `settle offset ${offset} of ${feed.topic}/${feed.partition} on ${this.#options.endpoint}`
      if (this.#closed) throw new DriverError('closed', `${what}: the driver is closed`)
      throw new DriverError(
        'connection_lost',
        `${what}: the partition was given to another member of the group, which gets the message again`,
      )
    }
  }

  #revoke(name: string): void {
    const feed = this.#feeds.get(name)
    if (feed === undefined) return
    this.#feeds.delete(name)
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

function nameOf(topic: string, partition: number): string {
  return `${partition} ${topic}`
}
