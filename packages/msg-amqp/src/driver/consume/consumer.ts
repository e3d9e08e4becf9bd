import { DriverError, type Delivery } from '@x07-lab/msg-core'
import { iterateDeliveries, wakeup } from '@x07-lab/msg-core/driver'
import type { LiveConnection } from '../connection/live-connection.ts'
import type { Participant } from '../connection/session.ts'
import { watchSilence, type SilenceWatch } from '../silence.ts'
import { deliveryMetadata, deliveryOf } from './delivery.ts'
import type { Unacked } from './delivery-queue.ts'
import { QueueConsumer, type MessageQueue, type QueueConsumerOptions, type Subscription } from './queue-consumer.ts'
import type { ReplyQueue } from './reply-queue.ts'

export interface ConsumerOptions extends Omit<QueueConsumerOptions, 'hooks'> {
  readonly subscriptions: readonly Subscription[]
  /** Direct replies, where the topology consumes them. */
  readonly replies?: ReplyQueue
  /** Time without a delivery or settle after which the broker is asked for a sign of life. */
  readonly idleTimeoutMs: number
}

/** Consumes every queue that is subscribed to, and hands their messages out in the order of their arrival. */
export class Consumer implements Participant {
  readonly #options: ConsumerOptions
  readonly #queues: readonly MessageQueue[]
  readonly #changed = wakeup()
  #connection: LiveConnection | undefined
  #iterating = false
  #closed = false
  #failure: DriverError | undefined
  #arrived = 0
  readonly #metadata = deliveryMetadata()
  readonly #watch: SilenceWatch

  constructor(options: ConsumerOptions) {
    this.#options = options
    this.#watch = watchSilence(options.timers, options.idleTimeoutMs, {
      pending: () => this.#iterating && this.#queues.some(({ active }) => active),
      // Heartbeats are sent by another process of the broker than the channel's: they go on when the channel hangs, or when
      // bytes were lost on the way.
      silent: () => this.#queues.forEach((queue) => queue.askForLife()),
    })
    const hooks = {
      position: () => this.#arrived++,
      changed: () => this.#changed.wake(),
      heard: () => this.#watch.heard(),
      failed: (error: DriverError) => this.fail(error),
    }
    const { subscriptions, replies } = options
    const queues = subscriptions.map((subscription) => new QueueConsumer(subscription, { ...options, hooks }))
    replies?.attach(hooks)
    this.#queues = replies === undefined ? queues : [...queues, replies]
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
      for (const queue of this.#queues) queue.start(this.#connection)
      this.#watch.start()
    }
    return iterateDeliveries(
      {
        changed: this.#changed,
        take: () => this.#take(),
        finished: () => this.#closed,
        done: () => {
          this.#iterating = false
          for (const queue of this.#queues) queue.stop()
        },
      },
      signal === undefined ? {} : { signal },
    )
  }

  /** Whether every queue consumes, and all that has come is settled. */
  get idle(): boolean {
    return this.#queues.every(({ idle }) => idle)
  }

  /** Whether this consumes a queue now. */
  consumes(name: string): boolean {
    return this.#queues.some(({ queue, active }) => queue === name && active)
  }

  async up(connection: LiveConnection): Promise<void> {
    this.#connection = connection
    await Promise.all(this.#queues.map((queue) => queue.up(connection)))
    if (this.#iterating) this.#watch.start()
  }

  down(): void {
    this.#connection = undefined
    for (const queue of this.#queues) queue.down()
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
    await Promise.all(this.#queues.map((queue) => queue.end()))
  }

  #take(): Delivery | undefined {
    const queue = this.#first()
    const item = queue?.take()
    if (queue !== undefined && item !== undefined) return this.#delivery(queue, item)
    if (this.#failure !== undefined) throw this.#failure
    return undefined
  }

  /** The queue whose next message arrived first. */
  #first(): MessageQueue | undefined {
    let first: MessageQueue | undefined
    let lowest = Infinity
    for (const queue of this.#queues) {
      const position = queue.next
      if (position === undefined || position >= lowest) continue
      first = queue
      lowest = position
    }
    return first
  }

  #delivery(queue: MessageQueue, item: Unacked): Delivery {
    try {
      return deliveryOf(queue.queue, item, this.#options.names, this.#metadata, (outcome) =>
        queue.settle(item, outcome),
      )
    } catch (cause) {
      const what = `read a message from queue ${queue.queue} of ${this.#options.endpoint}`
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new DriverError(
        'protocol',
        `${what}: ${why}; it stays unacknowledged until this driver closes and then goes back to the queue, ` +
          'the next iteration goes on behind it; take it out with a client that can read it',
        { cause },
      )
    }
  }
}
