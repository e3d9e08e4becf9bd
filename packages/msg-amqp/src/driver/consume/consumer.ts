import { DriverError, type Delivery, type Outcome } from '@x07-lab/msg-core'
import { iterateDeliveries, wakeup } from '@x07-lab/msg-core/driver'
import type { ConsumeMessage } from 'amqplib'
import type { LiveConnection } from '../connection/live-connection.ts'
import type { Session, Participant } from '../connection/session.ts'
import { toDriverError } from '../errors.ts'
import type { Names } from '../names.ts'
import { watchSilence, type SilenceWatch } from '../silence.ts'
import type { Timers } from '../timers.ts'
import { deliveryMetadata, deliveryOf } from './delivery.ts'
import { inbox, type Received } from './delivery-queue.ts'
import { openConsumerChannel, prefetchOf, type ConsumerChannel } from './consumer-channel.ts'

export interface ConsumerOptions {
  readonly session: Session
  readonly names: Names
  readonly endpoint: string
  /** Logical names. */
  readonly queues: readonly string[]
  readonly prefetchCount: number
  readonly maxPollItems: number
  /** Time without a delivery or settle after which the broker is asked for a sign of life. */
  readonly idleTimeoutMs: number
  readonly timers: Timers
}

const settled: Promise<void> = Promise.resolve()

/**
 * Consumes on a channel of its own. What changes the consumers (start, stop, putting rejected messages back) runs one after
 * the other in `#turn`.
 */
export class Consumer implements Participant {
  readonly #options: ConsumerOptions
  readonly #inbox = inbox()
  readonly #changed = wakeup()
  #connection: LiveConnection | undefined
  #consuming: ConsumerChannel | undefined
  #iterating = false
  #closed = false
  /** A failure now is the session's to judge: it may try again. */
  #settingUp = false
  #failure: DriverError | undefined
  /** Rejected, and not yet back in the queue: nothing is handed out until they are. */
  #rejected: Received[] = []
  #turn: Promise<void> = Promise.resolve()
  readonly #metadata = deliveryMetadata()
  readonly #settleItem = (received: Received, outcome: Outcome): Promise<void> => this.#settle(received, outcome)

  readonly #watch: SilenceWatch

  constructor(options: ConsumerOptions) {
    this.#options = options
    this.#watch = watchSilence(options.timers, options.idleTimeoutMs, {
      pending: () => this.#iterating && this.#consuming !== undefined,
      silent: () => this.#later(() => this.#askForLife()),
    })
  }

  deliveries(signal: AbortSignal | undefined): AsyncIterable<Delivery> {
    const { endpoint, session } = this.#options
    if (this.#iterating) {
      throw new DriverError('protocol', `consume from ${endpoint}: an iteration is already under way; end it first`)
    }
    this.#iterating = true
    this.#failure = undefined
    if (!this.#closed) {
      session.revive()
      this.#later(() => this.#start())
    }
    return iterateDeliveries(
      {
        changed: this.#changed,
        take: () => this.#take(),
        finished: () => this.#closed,
        done: () => {
          this.#iterating = false
          this.#later(() => this.#stop())
        },
      },
      signal === undefined ? {} : { signal },
    )
  }

  async up(connection: LiveConnection): Promise<void> {
    this.#connection = connection
    this.#settingUp = true
    try {
      await this.#inTurn(() => this.#start())
    } finally {
      this.#settingUp = false
    }
  }

  down(): void {
    this.#connection = undefined
    this.#channelGone()
  }

  fail(error: DriverError): void {
    this.#failure = error
    this.#changed.wake()
  }

  /** Sends the acks that are gathered, and returns what was not handed out. */
  async end(): Promise<void> {
    this.#closed = true
    this.#watch.end()
    this.#changed.wake()
    await this.#turn
    const consuming = this.#consuming
    if (consuming === undefined) return
    consuming.acks.flush()
    this.#channelGone()
    await consuming.connection.ask(consuming.channel.close())
  }

  #take(): Delivery | undefined {
    if (this.#rejected.length > 0) return undefined
    const received = this.#inbox.shift()
    if (received !== undefined) {
      return deliveryOf(received, this.#options.names, this.#metadata, this.#settleItem)
    }
    if (this.#failure !== undefined) throw this.#failure
    return undefined
  }

  #settle(received: Received, outcome: Outcome): Promise<void> {
    if (this.#closed) return Promise.reject(this.#unsettleable(received, 'closed', 'the driver is closed'))
    if (this.#consuming?.acks !== received.acks) return Promise.reject(this.#lostBeforeSettle(received))
    this.#options.session.progress()
    this.#watch.heard()
    if (outcome === 'ack') {
      received.acks.ack(received.message)
      return settled
    }
    return this.#reject(received)
  }

  async #reject(received: Received): Promise<void> {
    this.#rejected.push(received)
    // If the step fails, the channel is gone, and that is what is looked at.
    await this.#inTurn(() => this.#putBack()).catch(() => undefined)
    if (this.#consuming?.acks !== received.acks) throw this.#lostBeforeSettle(received)
  }

  /**
   * Puts rejected messages back in their place. Messages behind them may be on their way already, so the consumers are
   * cancelled first: after that nothing more comes, all of it goes back, and RabbitMQ delivers it again from there in order.
   */
  async #putBack(): Promise<void> {
    const consuming = this.#consuming
    if (consuming === undefined || this.#rejected.length === 0) return
    await this.#cancel(consuming)
    if (this.#consuming !== consuming) return
    this.#returnAll(consuming)
    await this.#start()
  }

  async #stop(): Promise<void> {
    const consuming = this.#consuming
    // Another iteration may have begun in the meantime: it goes on with what is there.
    if (consuming === undefined || this.#iterating) return
    await this.#cancel(consuming)
    if (this.#consuming === consuming) this.#returnAll(consuming)
  }

  async #cancel(consuming: ConsumerChannel): Promise<void> {
    const tags = [...consuming.tags.values()]
    consuming.tags.clear()
    for (const tag of tags) await consuming.connection.ask(consuming.channel.cancel(tag))
  }

  #returnAll(consuming: ConsumerChannel): void {
    consuming.acks.flush()
    const back = [...this.#rejected, ...this.#inbox.drain()].filter(({ acks }) => acks === consuming.acks)
    this.#rejected = []
    back.sort((a, b) => a.message.fields.deliveryTag - b.message.fields.deliveryTag)
    for (const { message } of back) consuming.acks.requeue(message)
  }

  /** Consumes from every queue that is not consumed yet, while somebody iterates. */
  async #start(): Promise<void> {
    const connection = this.#connection
    if (connection === undefined || !this.#iterating || this.#closed || this.#failure !== undefined) return
    const consuming = this.#consuming ?? (await this.#openConsumerChannel(connection))
    for (const queue of this.#options.queues) {
      if (!consuming.tags.has(queue)) await this.#consume(consuming, queue)
    }
    this.#watch.start()
  }

  async #openConsumerChannel(connection: LiveConnection): Promise<ConsumerChannel> {
    const consuming = await openConsumerChannel(connection, this.#options, (closed, error) => {
      if (this.#consuming !== closed) return
      this.#channelGone()
      // Without an error of its own the channel went down with the connection, whose end the session tells.
      if (error !== undefined && !this.#settingUp) this.#channelFailed(error)
    })
    this.#consuming = consuming
    return consuming
  }

  async #consume(consuming: ConsumerChannel, queue: string): Promise<void> {
    const physical = this.#options.names.physicalQueue(queue)
    const answer = consuming.channel.consume(physical, (message) => {
      if (message === null) this.#cancelledByBroker(consuming, queue)
      else this.#received(consuming, queue, message)
    })
    const { consumerTag } = await consuming.connection.ask(answer)
    consuming.tags.set(queue, consumerTag)
  }

  #received(consuming: ConsumerChannel, queue: string, message: ConsumeMessage): void {
    this.#watch.heard()
    const raw = consuming.connection.tap.next(consuming.number, message.fields.deliveryTag)
    this.#inbox.push({ message, raw, queue, acks: consuming.acks })
    if (this.#inbox.length === 1) this.#changed.wake()
  }

  /**
   * Heartbeats are sent by another process of the broker than the channel's: they go on when the channel hangs, or when bytes
   * were lost on the way. A request that is not answered ends the connection, and the next one consumes anew.
   */
  async #askForLife(): Promise<void> {
    const consuming = this.#consuming
    if (consuming !== undefined)
      await consuming.connection.ask(consuming.channel.prefetch(prefetchOf(this.#options.prefetchCount)))
  }

  /** RabbitMQ ends consumers when their queue is deleted, or moves to another node: then it is still there. */
  #cancelledByBroker(consuming: ConsumerChannel, queue: string): void {
    const { endpoint, names } = this.#options
    consuming.tags.delete(queue)
    this.#later(async () => {
      const connection = this.#connection
      if (connection === undefined || this.#consuming !== consuming || !this.#iterating) return
      const probe = await connection.ask(connection.model.createChannel())
      probe.on('error', () => undefined)
      try {
        await connection.ask(probe.checkQueue(names.physicalQueue(queue)))
      } catch (cause) {
        if (!connection.alive) return
        const said = `consume from queue ${queue} of ${endpoint}: the broker ended the consumer, the queue is gone`
        this.fail(new DriverError('cancelled', `${said}; declare the topology and consume again`, { cause }))
        return
      }
      await connection.ask(probe.close())
      await this.#start()
    })
  }

  #channelFailed(cause: Error): void {
    const { session, endpoint, names } = this.#options
    const error = toDriverError(cause, `consume from ${endpoint}`, 'live', names.logicalText)
    if (error.code === 'connection_lost') session.drop(error)
    else this.fail(error)
  }

  #channelGone(): void {
    this.#consuming?.acks.end()
    this.#consuming = undefined
    this.#inbox.drain()
    this.#rejected = []
  }

  /** Runs after what is under way. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    const run = this.#turn.then(step)
    this.#turn = run.catch(() => undefined)
    return run
  }

  /** The same for a step that nobody waits for. A failure of its channel or connection is told by their events. */
  #later(step: () => Promise<void>): void {
    this.#inTurn(step).catch((error: unknown) => {
      if (error instanceof DriverError && this.#connection?.alive === true) this.fail(error)
    })
  }

  #lostBeforeSettle(received: Received): DriverError {
    return this.#unsettleable(
      received,
      'connection_lost',
      'the connection it came over was lost; the broker delivers it again',
    )
  }

  #unsettleable(received: Received, code: 'closed' | 'connection_lost', why: string): DriverError {
    return new DriverError(code, `settle a delivery from queue ${received.queue} of ${this.#options.endpoint}: ${why}`)
  }
}
