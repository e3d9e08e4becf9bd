import { DriverError, type Delivery, type Outcome } from '@x07-lab/msg-core'
import { iterateDeliveries, wakeup } from '@x07-lab/msg-core/driver'
import type { ConsumeMessage } from 'amqplib'
import type { Link } from '../connection/link.ts'
import type { Session, Tenant } from '../connection/session.ts'
import { toDriverError } from '../errors.ts'
import type { Names } from '../names.ts'
import { watchSilence, type SilenceWatch } from '../silence.ts'
import type { Timers } from '../timers.ts'
import { deliveryFacts, deliveryOf } from './delivery.ts'
import { inbox, type Received } from './inbox.ts'
import { openLane, prefetchOf, type Lane } from './lane.ts'

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
export class Consumer implements Tenant {
  readonly #options: ConsumerOptions
  readonly #inbox = inbox()
  readonly #changed = wakeup()
  #link: Link | undefined
  #lane: Lane | undefined
  #iterating = false
  #closed = false
  /** A failure now is the session's to judge: it may try again. */
  #settingUp = false
  #failure: DriverError | undefined
  /** Rejected, and not yet back in the queue: nothing is handed out until they are. */
  #rejected: Received[] = []
  #turn: Promise<void> = Promise.resolve()
  readonly #metadata = deliveryFacts()
  readonly #settleItem = (received: Received, outcome: Outcome): Promise<void> => this.#settle(received, outcome)

  readonly #watch: SilenceWatch

  constructor(options: ConsumerOptions) {
    this.#options = options
    this.#watch = watchSilence(options.timers, options.idleTimeoutMs, {
      pending: () => this.#iterating && this.#lane !== undefined,
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

  async up(link: Link): Promise<void> {
    this.#link = link
    this.#settingUp = true
    try {
      await this.#inTurn(() => this.#start())
    } finally {
      this.#settingUp = false
    }
  }

  down(): void {
    this.#link = undefined
    this.#laneGone()
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
    const lane = this.#lane
    if (lane === undefined) return
    lane.acks.flush()
    this.#laneGone()
    await lane.link.ask(lane.channel.close())
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
    if (this.#lane?.acks !== received.acks) return Promise.reject(this.#lostBeforeSettle(received))
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
    if (this.#lane?.acks !== received.acks) throw this.#lostBeforeSettle(received)
  }

  /**
   * Puts rejected messages back in their place. Messages behind them may be on their way already, so the consumers are
   * cancelled first: after that nothing more comes, all of it goes back, and RabbitMQ delivers it again from there in order.
   */
  async #putBack(): Promise<void> {
    const lane = this.#lane
    if (lane === undefined || this.#rejected.length === 0) return
    await this.#cancel(lane)
    if (this.#lane !== lane) return
    this.#returnAll(lane)
    await this.#start()
  }

  async #stop(): Promise<void> {
    const lane = this.#lane
    // Another iteration may have begun in the meantime: it goes on with what is there.
    if (lane === undefined || this.#iterating) return
    await this.#cancel(lane)
    if (this.#lane === lane) this.#returnAll(lane)
  }

  async #cancel(lane: Lane): Promise<void> {
    const tags = [...lane.tags.values()]
    lane.tags.clear()
    for (const tag of tags) await lane.link.ask(lane.channel.cancel(tag))
  }

  #returnAll(lane: Lane): void {
    lane.acks.flush()
    const back = [...this.#rejected, ...this.#inbox.drain()].filter(({ acks }) => acks === lane.acks)
    this.#rejected = []
    back.sort((a, b) => a.message.fields.deliveryTag - b.message.fields.deliveryTag)
    for (const { message } of back) lane.acks.requeue(message)
  }

  /** Consumes from every queue that is not consumed yet, while somebody iterates. */
  async #start(): Promise<void> {
    const link = this.#link
    if (link === undefined || !this.#iterating || this.#closed || this.#failure !== undefined) return
    const lane = this.#lane ?? (await this.#openLane(link))
    for (const queue of this.#options.queues) {
      if (!lane.tags.has(queue)) await this.#consume(lane, queue)
    }
    this.#watch.start()
  }

  async #openLane(link: Link): Promise<Lane> {
    const lane = await openLane(link, this.#options, (closed, error) => {
      if (this.#lane !== closed) return
      this.#laneGone()
      // Without an error of its own the channel went down with the connection, whose end the session tells.
      if (error !== undefined && !this.#settingUp) this.#channelFailed(error)
    })
    this.#lane = lane
    return lane
  }

  async #consume(lane: Lane, queue: string): Promise<void> {
    const physical = this.#options.names.physicalQueue(queue)
    const consuming = lane.channel.consume(physical, (message) => {
      if (message === null) this.#cancelledByBroker(lane, queue)
      else this.#received(lane, queue, message)
    })
    const { consumerTag } = await lane.link.ask(consuming)
    lane.tags.set(queue, consumerTag)
  }

  #received(lane: Lane, queue: string, message: ConsumeMessage): void {
    this.#watch.heard()
    const raw = lane.link.tap.next(lane.number, message.fields.deliveryTag)
    this.#inbox.push({ message, raw, queue, acks: lane.acks })
    if (this.#inbox.length === 1) this.#changed.wake()
  }

  /**
   * Heartbeats are sent by another process of the broker than the channel's: they go on when the channel hangs, or when bytes
   * were lost on the way. A request that is not answered ends the connection, and the next one consumes anew.
   */
  async #askForLife(): Promise<void> {
    const lane = this.#lane
    if (lane !== undefined) await lane.link.ask(lane.channel.prefetch(prefetchOf(this.#options.prefetchCount)))
  }

  /** RabbitMQ ends consumers when their queue is deleted, or moves to another node: then it is still there. */
  #cancelledByBroker(lane: Lane, queue: string): void {
    const { endpoint, names } = this.#options
    lane.tags.delete(queue)
    this.#later(async () => {
      const link = this.#link
      if (link === undefined || this.#lane !== lane || !this.#iterating) return
      const probe = await link.ask(link.model.createChannel())
      probe.on('error', () => undefined)
      try {
        await link.ask(probe.checkQueue(names.physicalQueue(queue)))
      } catch (cause) {
        if (!link.alive) return
        const said = `consume from queue ${queue} of ${endpoint}: the broker ended the consumer, the queue is gone`
        this.fail(new DriverError('cancelled', `${said}; declare the topology and consume again`, { cause }))
        return
      }
      await link.ask(probe.close())
      await this.#start()
    })
  }

  #channelFailed(cause: Error): void {
    const { session, endpoint, names } = this.#options
    const error = toDriverError(cause, `consume from ${endpoint}`, 'live', names.logicalText)
    if (error.code === 'connection_lost') session.drop(error)
    else this.fail(error)
  }

  #laneGone(): void {
    this.#lane?.acks.end()
    this.#lane = undefined
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
      if (error instanceof DriverError && this.#link?.alive === true) this.fail(error)
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
