import { DriverError, type Delivery, type Driver, type PublishResult, type WaitOptions } from '@x07-lab/msg-core'
import type { Remaining } from '@x07-lab/msg-core/driver'
import type { Channel } from 'amqplib'
import type { AmqpQueue, AmqpTopology } from './config/topology.ts'
import type { LiveConnection } from './connection/live-connection.ts'
import type { Session, Participant } from './connection/session.ts'
import type { Consumer } from './consume/consumer.ts'
import { toDriverError } from './errors.ts'
import type { Names } from './names.ts'
import type { Publisher } from './publish/publisher.ts'
import type { Timers } from '@x07-lab/msg-core/kit'
import { declareTopology, deleteTopology } from './topology.ts'

/** The driver port over RabbitMQ, and what only this broker has. */
export interface AmqpDriver extends Driver {
  readonly wire: 'amqp'
  /** What the broker calls itself, such as `RabbitMQ` or `Apache Qpid Broker-J Core`, and its version, such as `3.10.8`; of the connection opened last. */
  readonly brokerName: string
  readonly brokerVersion: string
  /** Client library and version, such as `amqplib 2.3.1`. */
  readonly clientVersion: string
  remaining(): Promise<Remaining>
  /**
   * Deletes the topology's queues with all they hold, and its exchanges. For topologies made for one run; before close.
   *
   * @throws DriverError as {@connection Driver.ensureTopology}
   */
  removeTopology(options?: WaitOptions): Promise<void>
}

/** The client library in package.json; it does not tell its version to programs. */
export const clientVersion = 'amqplib 2.3.1'

/** How a topology without an id is called in messages. */
export const defaultTopologyId = 'topology'

export interface DriverParts {
  readonly endpoint: string
  readonly topology: AmqpTopology
  readonly names: Names
  readonly session: Session
  readonly publisher: Publisher
  readonly consumer: Consumer
  readonly timers: Timers
  readonly closeTimeoutMs: number
}

export class AmqpDriverOverSession implements AmqpDriver, Participant {
  readonly wire = 'amqp'
  readonly endpoint: string
  readonly clientVersion = clientVersion
  readonly #parts: DriverParts
  #brokerName = ''
  #brokerVersion = ''
  /** Declared once, so declared again on every new connection: a broker may have come back without it. */
  #declared = false
  #closing: Promise<void> | undefined

  constructor(parts: DriverParts) {
    this.#parts = parts
    this.endpoint = parts.endpoint
  }

  get brokerName(): string {
    return this.#brokerName
  }

  get brokerVersion(): string {
    return this.#brokerVersion
  }

  async up(connection: LiveConnection): Promise<void> {
    this.#brokerName = connection.brokerName
    this.#brokerVersion = connection.brokerVersion
    const { topology, names } = this.#parts
    if (this.#declared)
      await this.#onChannel(connection, (channel) => declareTopology(connection, channel, topology, names))
  }

  down(): void {}

  fail(): void {}

  async ensureTopology({ signal }: WaitOptions = {}): Promise<void> {
    const { topology, names } = this.#parts
    await this.#administer(`declare topology ${topology.id ?? defaultTopologyId}`, signal, (channel, connection) =>
      declareTopology(connection, channel, topology, names),
    )
    this.#declared = true
  }

  async removeTopology({ signal }: WaitOptions = {}): Promise<void> {
    const { topology, names } = this.#parts
    this.#declared = false
    await this.#administer(`remove topology ${topology.id ?? defaultTopologyId}`, signal, (channel, connection) =>
      deleteTopology(connection, channel, topology, names),
    )
  }

  publish(envelope: Uint8Array, { signal }: WaitOptions = {}): Promise<PublishResult> {
    if (this.#closing !== undefined) return Promise.reject(this.#closed('publish to'))
    return this.#parts.publisher.publish(envelope, signal)
  }

  deliveries({ signal }: WaitOptions = {}): AsyncIterable<Delivery> {
    return this.#parts.consumer.deliveries(signal)
  }

  /**
   * Ready messages of the queues, and who else consumes them. Messages in a queue of the topology that is not consumed here may come
   * back from it (a time to live with a dead-letter exchange): then nothing is certain. Neither it is with a stream, which keeps them.
   */
  async remaining(): Promise<Remaining> {
    const { topology, session, publisher, consumer } = this.#parts
    const { connection } = session
    if (connection === undefined || !publisher.idle || !consumer.idle) return 'something'
    let remaining: Remaining = 'nothing'
    try {
      await this.#onChannel(connection, async (channel) => {
        for (const queue of topology.queues ?? []) {
          const answer = await this.#remainingOf(queue, connection, channel)
          if (answer === 'something' || remaining === 'nothing') remaining = answer
        }
      })
    } catch {
      return 'unknown'
    }
    return remaining
  }

  async #remainingOf(queue: AmqpQueue, connection: LiveConnection, channel: Channel): Promise<Remaining> {
    const { names, consumer } = this.#parts
    if (queue.arguments?.['x-queue-type'] === 'stream') return 'unknown'
    const asked = await connection.ask(channel.checkQueue(names.physicalQueue(queue.name)))
    const isConsumed = consumer.consumes(queue.name)
    if (asked.messageCount > 0) return isConsumed ? 'something' : 'unknown'
    return asked.consumerCount > (isConsumed ? 1 : 0) ? 'unknown' : 'nothing'
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const { publisher, consumer, session, timers, closeTimeoutMs } = this.#parts
    await publisher.drained()
    const { connection } = session
    // From here on a lost connection is what was wanted.
    session.end()
    const cancel = timers.after(closeTimeoutMs, () => connection?.destroy(this.#closed('close')))
    try {
      // Each channel is closed by itself first: the closing of a connection overtakes what its channels have yet to send.
      await consumer.end()
      await publisher.end(this.#closed('publish to'))
      await connection?.ask(connection.model.close())
    } catch {
      // The connection went first; there is nothing left to let go of but the socket.
    } finally {
      cancel()
      connection?.destroy(undefined)
    }
  }

  /** Runs `work` on a channel of its own, so that an error of it disturbs nobody. */
  async #administer(
    doing: string,
    signal: AbortSignal | undefined,
    work: (channel: Channel, connection: LiveConnection) => Promise<void>,
  ): Promise<void> {
    const { session, names, endpoint } = this.#parts
    if (this.#closing !== undefined) throw this.#closed(`${doing} on`)
    session.revive()
    const connection = await session.ready(signal)
    try {
      await this.#onChannel(connection, work)
    } catch (error) {
      throw toDriverError(error, `${doing} on ${endpoint}`, 'live', names.logicalText)
    }
  }

  async #onChannel(
    connection: LiveConnection,
    work: (channel: Channel, connection: LiveConnection) => Promise<void>,
  ): Promise<void> {
    const channel = await connection.ask(connection.model.createChannel())
    // What went wrong is what `work` rejects with; without a listener the event would end the process.
    channel.on('error', () => undefined)
    await work(channel, connection)
    await connection.ask(channel.close())
  }

  #closed(doing: string): DriverError {
    return new DriverError('closed', `${doing} ${this.endpoint}: the driver is closed`)
  }
}
