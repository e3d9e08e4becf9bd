import { DriverError, type Outcome } from '@x07-lab/msg-core'
import type { Log } from '@x07-lab/msg-core/driver'
import type { ConsumeMessage } from 'amqplib'
import type { LiveConnection } from '../connection/live-connection.ts'
import type { Session } from '../connection/session.ts'
import { toDriverError } from '../errors.ts'
import type { Names } from '../names.ts'
import { growingPause, pause, type Timers } from '@x07-lab/msg-core/kit'
import { openConsumerChannel, prefetchOf, type ConsumerChannel } from './consumer-channel.ts'
import { deliveryQueue, type DeliveryQueue, type Unacked } from './delivery-queue.ts'
import { streamOffsetArgument, streamPosition, type StreamPosition } from './stream-position.ts'

/** One queue to be consumed, and how. */
export interface Subscription {
  /** The queue's logical name. */
  readonly queue: string
  /** Deliveries that may be unsettled at once. */
  readonly prefetchCount: number
  /** Whether the broker forgets a message when it has sent it: there is nothing to settle then. */
  readonly noAck: boolean
  readonly exclusive: boolean
  /** Consumer arguments, as amqplib takes them. */
  readonly arguments: Readonly<Record<string, unknown>>
  /** Whether the queue counts deliveries of a message, those that nobody saw included. */
  readonly countsDeliveries: boolean
  /** Whether it is known to be a stream, which keeps its messages, and no position for its consumers. */
  readonly isStream: boolean
}

export interface QueueConsumerOptions {
  readonly session: Session
  readonly names: Names
  readonly endpoint: string
  readonly maxPollItems: number
  /** Longest wait for a rejected message to come again before what is behind it is handed out. */
  readonly returnTimeoutMs: number
  /** Longest wait for the broker to let go of the consumer of a connection that was lost. */
  readonly releaseTimeoutMs: number
  readonly timers: Timers
  readonly log: Log
  readonly hooks: QueueConsumerHooks
}

/** Where messages come from, as the one that hands them out sees it. */
export interface MessageQueue {
  /** The logical name. */
  readonly queue: string
  /** Whether it has a channel of its own on which the broker may be asked for a sign of life. */
  readonly active: boolean
  /** Position of what {@link take} would give. */
  readonly next: number | undefined
  /** Whether it consumes, and all that has come is settled. */
  readonly idle: boolean
  take(): Unacked | undefined
  settle(item: Unacked, outcome: Outcome): Promise<void>
  /** Begins on a connection that has just been made; what it rejects with is the session's to judge. */
  up(connection: LiveConnection): Promise<void>
  down(): void
  /** Somebody iterates from now on. */
  start(connection: LiveConnection | undefined): void
  /** Nobody does any more: what was not handed out goes back. */
  stop(): void
  /** Sends the acks that are gathered, and lets go of the rest. */
  end(): Promise<void>
  /** A request to the broker; one that is not answered ends the connection. */
  askForLife(): void
}

/** What a consumer tells the one that it belongs to. */
export interface QueueConsumerHooks {
  /** Numbers every message that arrives, over all queues. */
  position(): number
  /** Something may be handed out, or was awaited and has come. */
  changed(): void
  heard(): void
  failed(error: DriverError): void
}

const settled: Promise<void> = Promise.resolve()
const firstReleasePauseMs = 10
const maxReleasePauseMs = 200

/**
 * Consumes one queue on a channel of its own, so that nothing of another queue stops it. What starts and stops it runs one
 * after the other in `#turn`.
 */
export class QueueConsumer implements MessageQueue {
  readonly queue: string
  readonly #subscription: Subscription
  readonly #options: QueueConsumerOptions
  readonly #deliveries: DeliveryQueue
  #consuming: ConsumerChannel | undefined
  /** Somebody iterates. */
  #wanted = false
  #closed = false
  /** A failure now is the session's to judge: it may try again. */
  #settingUp = false
  #countsDeliveries: boolean
  #stream: StreamPosition | undefined
  /** Nobody else consumed the queue when this began: once the connection is lost, nobody does when the broker has noticed. */
  #alone = false
  #mustBeReleased = false
  #turn: Promise<void> = Promise.resolve()

  constructor(subscription: Subscription, options: QueueConsumerOptions) {
    this.queue = subscription.queue
    this.#subscription = subscription
    this.#options = options
    this.#countsDeliveries = subscription.countsDeliveries
    if (subscription.isStream) this.#stream = streamPosition()
    this.#deliveries = deliveryQueue({
      timers: options.timers,
      timeoutMs: options.returnTimeoutMs,
      answered: () => this.#answered(),
      changed: () => options.hooks.changed(),
    })
  }

  get active(): boolean {
    return this.#consuming !== undefined
  }

  get next(): number | undefined {
    return this.#deliveries.next
  }

  get idle(): boolean {
    const consuming = this.#consuming
    if (consuming?.tag === undefined) return !this.#wanted
    return this.#subscription.noAck
      ? this.#deliveries.next === undefined
      : consuming.received === consuming.acks.settled
  }

  take(): Unacked | undefined {
    const item = this.#deliveries.shift()
    return item === undefined || this.#stream === undefined ? item : this.#stream.handedOut(item)
  }

  async up(connection: LiveConnection): Promise<void> {
    this.#settingUp = true
    try {
      await this.#inTurn(() => this.#start(connection))
    } finally {
      this.#settingUp = false
    }
  }

  down(): void {
    this.#channelGone()
  }

  start(connection: LiveConnection | undefined): void {
    this.#wanted = true
    if (connection !== undefined) this.#later(() => this.#start(connection))
  }

  stop(): void {
    this.#wanted = false
    this.#later(() => this.#stop())
  }

  settle(item: Unacked, outcome: Outcome): Promise<void> {
    if (this.#closed) return Promise.reject(this.#unsettleable('closed', 'the driver is closed'))
    if (this.#subscription.noAck) {
      if (outcome === 'ack') return settled
      return Promise.reject(
        this.#unsettleable(
          'protocol',
          `its consumer takes messages as acknowledged (no_ack), ${outcome} means nothing`,
        ),
      )
    }
    if (this.#consuming?.acks !== item.acks || item.acks.ended) return Promise.reject(this.#lostBeforeSettle())
    this.#options.session.progress()
    this.#options.hooks.heard()
    // A stream takes neither a reject nor a discard: what is rejected comes again from here, what is discarded stays behind.
    if (this.#stream !== undefined && outcome === 'reject') {
      this.#deliveries.giveBack(item)
      this.#options.hooks.changed()
      return settled
    }
    if (outcome === 'ack' || this.#stream !== undefined) {
      this.#stream?.settled(item)
      item.acks.ack(item.message)
      return settled
    }
    item.acks.nack(item.message, outcome === 'reject')
    if (item.acks.ended) return Promise.reject(this.#lostBeforeSettle())
    if (outcome === 'reject') this.#deliveries.awaitReturn(item)
    return settled
  }

  async end(): Promise<void> {
    this.#closed = true
    await this.#turn
    const consuming = this.#consuming
    if (consuming === undefined) return
    consuming.acks.flush()
    this.#channelGone()
    await consuming.connection.ask(consuming.channel.close())
  }

  askForLife(): void {
    this.#later(async () => {
      const consuming = this.#consuming
      if (consuming === undefined) return
      await consuming.connection.ask(consuming.channel.prefetch(prefetchOf(this.#subscription.prefetchCount)))
    })
  }

  async #start(connection: LiveConnection): Promise<void> {
    if (!this.#wanted || this.#closed || !connection.alive) return
    const consuming = this.#consuming ?? (await this.#openChannel(connection))
    if (consuming.tag !== undefined) return
    await this.#waitForRelease(consuming)
    if (this.#consuming !== consuming) return
    const { noAck, exclusive } = this.#subscription
    // From here on the broker may send messages, whether its answer is read or not.
    consuming.consumeSent = true
    const answer = consuming.channel.consume(
      this.#physical,
      (message) => {
        if (message === null) this.#cancelledByBroker(consuming)
        else this.#received(consuming, message)
      },
      { noAck, exclusive, arguments: this.#arguments() },
    )
    consuming.tag = (await consuming.connection.ask(answer)).consumerTag
  }

  /** As the topology says; of a stream that was read before, behind what is settled. */
  #arguments(): Subscription['arguments'] {
    const { arguments: given } = this.#subscription
    const stream = this.#stream
    if (stream === undefined) return given
    const next = stream.next
    if (next !== undefined) return { ...given, [streamOffsetArgument]: { '!': 'int64', value: next } }
    const start = given[streamOffsetArgument] ?? 'next'
    if (stream.begun && (start === 'next' || start === 'last')) {
      const { endpoint, log } = this.#options
      const said = `consume from stream ${this.queue} of ${endpoint}: nothing was read of it yet, so that it begins at ${start} again`
      log('warn', `${said}: messages published while the connection was lost are passed over`, {})
    }
    stream.begun = true
    return given
  }

  /**
   * Resolves when the queue has dealt with what was sent to it before, or the channel is gone. RabbitMQ prefers a question to what
   * waits in front of it, so that only the second answer comes after that.
   */
  async #answered(): Promise<void> {
    const consuming = this.#consuming
    if (consuming === undefined) return
    try {
      await consuming.connection.ask(consuming.channel.checkQueue(this.#physical))
      await consuming.connection.ask(consuming.channel.checkQueue(this.#physical))
    } catch {
      // Told by the events of the channel and of its connection.
    }
  }

  get #physical(): string {
    return this.#options.names.physicalQueue(this.queue)
  }

  async #openChannel(connection: LiveConnection): Promise<ConsumerChannel> {
    const { prefetchCount } = this.#subscription
    const { maxPollItems } = this.#options
    const consuming = await openConsumerChannel(connection, { prefetchCount, maxPollItems }, (closed, error) => {
      if (this.#consuming !== closed) return
      this.#channelGone()
      // Without an error of its own the channel went down with the connection, whose end the session tells.
      if (error !== undefined && !this.#settingUp) this.#channelFailed(error)
    })
    this.#consuming = consuming
    return consuming
  }

  /**
   * After a lost connection the broker may not have noticed yet that its consumer is gone: what that one holds is delivered after
   * what is in the queue, should the next one begin before. So it waits until nobody consumes the queue, where nobody but this
   * consumer did. A peer that went silent is given up by the broker after two heartbeats, which bounds the wait.
   */
  async #waitForRelease(consuming: ConsumerChannel): Promise<void> {
    const { releaseTimeoutMs, timers } = this.#options
    const { connection, channel } = consuming
    for (let waited = 0, tries = 1; ; tries++) {
      const { consumerCount } = await connection.ask(channel.checkQueue(this.#physical))
      this.#alone = consumerCount === 0
      if (this.#alone || !this.#mustBeReleased || waited >= releaseTimeoutMs) break
      const pauseMs = growingPause(tries, firstReleasePauseMs, maxReleasePauseMs)
      waited += pauseMs
      await pause(pauseMs, undefined, timers)
      if (this.#consuming !== consuming) return
    }
    this.#mustBeReleased = false
  }

  async #stop(): Promise<void> {
    const consuming = this.#consuming
    // Another iteration may have begun in the meantime: it goes on with what is there. A queue that counts deliveries would
    // count what nobody saw, and a stream takes nothing back: it stays here, for the next iteration or until the close.
    if (consuming === undefined || this.#wanted || this.#countsDeliveries || this.#stream !== undefined) return
    const { tag } = consuming
    if (tag === undefined) return
    consuming.tag = undefined
    await consuming.connection.ask(consuming.channel.cancel(tag))
    consuming.consumeSent = false
    if (this.#consuming !== consuming) return
    consuming.acks.flush()
    const back = this.#deliveries.drain().filter(({ acks }) => acks === consuming.acks)
    if (this.#subscription.noAck) return
    for (const { message } of [...back].sort(byTag)) consuming.acks.nack(message, true)
  }

  #received(consuming: ConsumerChannel, message: ConsumeMessage): void {
    const { hooks } = this.#options
    hooks.heard()
    consuming.received++
    const raw = consuming.connection.tap.next(consuming.number, message.fields.deliveryTag)
    if (message.fields.redelivered && !this.#countsDeliveries) {
      this.#countsDeliveries = raw.properties.includes('x-delivery-count')
    }
    // A stream that somebody else declared is known by the first message that comes.
    if (consuming.received === 1 && raw.properties.includes(streamOffsetArgument)) this.#stream ??= streamPosition()
    const item = { message, raw, position: hooks.position(), acks: consuming.acks }
    this.#deliveries.push(this.#stream === undefined ? item : { ...item, streamOffset: this.#stream.arrived(raw) })
    hooks.changed()
  }

  /** RabbitMQ ends consumers when their queue is deleted, or moves to another node: then it is still there. */
  #cancelledByBroker(consuming: ConsumerChannel): void {
    consuming.tag = undefined
    this.#later(async () => {
      const { connection } = consuming
      if (this.#consuming !== consuming || !this.#wanted) return
      const probe = await connection.ask(connection.model.createChannel())
      probe.on('error', () => undefined)
      try {
        await connection.ask(probe.checkQueue(this.#physical))
      } catch (cause) {
        if (!connection.alive) return
        const said = `consume from queue ${this.queue} of ${this.#options.endpoint}: the broker ended the consumer, the queue is gone`
        this.#options.hooks.failed(
          new DriverError('cancelled', `${said}; declare the topology and consume again`, { cause }),
        )
        return
      }
      await connection.ask(probe.close())
      await this.#start(connection)
    })
  }

  #channelFailed(cause: Error): void {
    const { session, endpoint, names, hooks } = this.#options
    const doing = `consume from ${endpoint}`
    if (!/ closed by server: /.test(cause.message)) {
      // What came is not what AMQP allows at this place: bytes were lost or changed on the way.
      session.drop(
        new DriverError('connection_lost', `${doing}: what came over the connection is out of order`, { cause }),
      )
      return
    }
    const error = toDriverError(cause, doing, 'live', names.logicalText)
    if (error.code === 'connection_lost') session.drop(error)
    else hooks.failed(error)
  }

  #channelGone(): void {
    this.#mustBeReleased ||= this.#alone && this.#consuming?.consumeSent === true
    this.#consuming?.acks.end()
    this.#consuming = undefined
    this.#deliveries.drain()
    this.#stream?.lost()
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
      if (error instanceof DriverError && this.#options.session.connection?.alive === true)
        this.#options.hooks.failed(error)
    })
  }

  #lostBeforeSettle(): DriverError {
    return this.#unsettleable('connection_lost', 'the connection it came over was lost; the broker delivers it again')
  }

  #unsettleable(code: 'closed' | 'connection_lost' | 'protocol', why: string): DriverError {
    return new DriverError(code, `settle a delivery from queue ${this.queue} of ${this.#options.endpoint}: ${why}`)
  }
}

function byTag(a: Unacked, b: Unacked): number {
  return a.message.fields.deliveryTag - b.message.fields.deliveryTag
}
