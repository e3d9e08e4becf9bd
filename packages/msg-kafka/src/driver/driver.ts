import {
  DriverError,
  type Delivery,
  type Driver,
  type PublishResult,
  type Transaction,
  type WaitOptions,
} from '@x07-lab/msg-core'
import type { Remaining } from '@x07-lab/msg-core/driver'
import { asBuffer } from '@x07-lab/msg-core/kit'
import type { Client } from './client/client.ts'
import { repairKafkajs } from './client/kafkajs-repair.ts'
import type { KafkaConsumer } from './consumer/consumer.ts'
import type { Settings } from './options.ts'
import type { Outbox } from './producer/outbox.ts'
import { createTransactions, type Transactions } from './producer/transaction.ts'
import { administer, ensureTopics, matches, removeTopics, uncommittedOf } from './topology.ts'
import { encodeWire } from './wire/encode.ts'

/** A driver of Apache Kafka or Redpanda, and what the port leaves out. */
export interface KafkaDriver extends Driver {
  /** The client library and its version, as a recording states it. */
  readonly clientVersion: string
  /** What the broker says of its version, where it says it. */
  readonly brokerVersion: string | undefined
  /** How keys are spread over partitions. */
  readonly partitioner: string
  /** Leaves the group, then deletes the topics and the group. Before close, or after it. */
  removeTopology(options?: WaitOptions): Promise<void>
  /** Messages of the topics that the consumer group has not committed, whoever of its members has them. */
  uncommitted(options?: WaitOptions): Promise<number>
}

/** What a driver is put together from. */
export interface DriverParts {
  readonly settings: Settings
  readonly admin: Client
  /** The connections of transactions, made when the first one begins. */
  readonly transactions: Client
  readonly consumer: KafkaConsumer
  readonly outbox: Outbox
  readonly clientVersion: string
  readonly brokerVersion: string | undefined
  readonly partitioner: string
  /** Lets go of what the parts share; called once. */
  readonly release: () => Promise<void>
}

export function createDriver(parts: DriverParts): KafkaDriver {
  return new Kafka(parts)
}

class Kafka implements KafkaDriver {
  readonly wire = 'kafka'
  readonly endpoint: string
  readonly clientVersion: string
  readonly brokerVersion: string | undefined
  readonly partitioner: string
  readonly #parts: DriverParts
  /** Names on the broker by logical topic. */
  readonly #topics: ReadonlyMap<string, string>
  /** Messages without a key so far, by logical topic: they take the partitions in turn. */
  readonly #keyless = new Map<string, number>()
  readonly #transactions: Transactions
  #closing: Promise<void> | undefined

  constructor(parts: DriverParts) {
    const { settings } = parts
    this.#parts = parts
    this.#topics = new Map(settings.topics.map((topic) => [topic, settings.physical(topic)]))
    this.#transactions = createTransactions({
      client: parts.transactions,
      settings,
      prepare: (envelope, signal) => this.#prepare(envelope, signal),
      offsets: parts.consumer.inTransaction,
    })
    this.endpoint = settings.endpoint
    this.clientVersion = parts.clientVersion
    this.brokerVersion = parts.brokerVersion
    this.partitioner = parts.partitioner
  }

  async ensureTopology({ signal }: WaitOptions = {}): Promise<void> {
    const { admin, settings } = this.#parts
    const topics = [...this.#topics]
    const wait = signal && { signal }
    this.#refuseClosed('create topics')
    await administer(
      admin,
      settings,
      `create topics on ${this.endpoint}`,
      (client) => ensureTopics(client, topics, settings),
      wait,
    )
  }

  publish(envelope: Uint8Array, { signal }: WaitOptions = {}): Promise<PublishResult> {
    try {
      this.#refuseClosed('publish')
      const { topic, message, bytes } = this.#prepare(envelope, signal)
      const { promise, resolve, reject } = Promise.withResolvers<PublishResult>()
      this.#parts.outbox.add({ topic, message, bytes, signal, resolve, reject })
      return promise
    } catch (error) {
      return Promise.reject(error)
    }
  }

  transaction(): Promise<Transaction> {
    try {
      this.#refuseClosed('begin a transaction')
      return this.#transactions.begin()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  deliveries(options?: WaitOptions): AsyncIterable<Delivery> {
    return this.#parts.consumer.deliveries(options)
  }

  async remaining(): Promise<Remaining> {
    return this.#parts.outbox.idle ? this.#parts.consumer.remaining() : 'something'
  }

  async removeTopology({ signal }: WaitOptions = {}): Promise<void> {
    const { admin, settings, consumer, outbox } = this.#parts
    const topics = [...this.#topics.values()]
    const group = settings.physical(settings.groupId)
    const what = `remove topics from ${this.endpoint}`
    const undo = repairKafkajs()
    try {
      await outbox.flush()
      await consumer.leave()
      await administer(admin, settings, what, (client) => removeTopics(client, topics, group), signal && { signal })
    } finally {
      undo()
    }
  }

  uncommitted({ signal }: WaitOptions = {}): Promise<number> {
    const { admin, settings } = this.#parts
    const group = settings.physical(settings.groupId)
    const what = `ask for the offsets of ${group} on ${this.endpoint}`
    return administer(
      admin,
      settings,
      what,
      (client) => uncommittedOf(client, group, [...this.#topics.values()]),
      signal && { signal },
    )
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const { outbox, consumer, release } = this.#parts
    try {
      await Promise.all([outbox.flush(), consumer.close(), this.#transactions.close()])
    } finally {
      this.#parts.transactions.sockets.cut('the driver is closed')
      await release()
    }
  }

  #prepare(envelope: Uint8Array, signal: AbortSignal | undefined) {
    const what = `publish to ${this.endpoint}`
    if (signal?.aborted === true) throw new DriverError('aborted', `${what}: aborted by the caller`)
    const { profile, givenBy } = this.#parts.settings
    const { max_message_bytes } = profile.limits
    if (envelope.length > max_message_bytes) {
      throw new DriverError(
        'too_large',
        `${what}: the envelope has ${envelope.length} bytes, ${
          givenBy === 'profile'
            ? `the profile ${profile.id} allows ${max_message_bytes}; shorten it, or raise limits.max_message_bytes`
            : `without a profile at most ${max_message_bytes}; shorten it, or give one with limits.max_message_bytes`
        }`,
      )
    }
    const bytes = asBuffer(envelope)
    const { topic, message } = encodeWire(bytes, this.#parts.settings.topicSettings)
    const { patterns } = this.#parts.settings
    const physical = this.#topics.get(topic) ?? (patterns.some((one) => matches(one, topic)) ? topic : undefined)
    if (physical === undefined) {
      const known = [...this.#topics.keys(), ...patterns.map(String)].join(', ')
      throw new DriverError('not_found', `${what}: topic "${topic}" is not one of this driver's: ${known}`)
    }
    if (message.key === null) {
      message.nth = this.#keyless.get(topic) ?? 0
      this.#keyless.set(topic, message.nth + 1)
    }
    return { topic: physical, message, bytes: bytes.length }
  }

  #refuseClosed(what: string): void {
    if (this.#closing === undefined) return
    throw new DriverError('closed', `${what} on ${this.endpoint}: the driver is closed`)
  }
}
