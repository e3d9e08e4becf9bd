import { DriverError, type Outcome } from '@x07-lab/msg-core'
import type { ConsumeMessage } from 'amqplib'
import { directReplyTo } from '@x07-lab/msg-core/format'
import type { LiveConnection } from '../connection/live-connection.ts'
import type { AckWindow } from './ack-window.ts'
import type { Unacked } from './delivery-queue.ts'
import type { MessageQueue, QueueConsumerHooks } from './queue-consumer.ts'

const settled: Promise<void> = Promise.resolve()

/** RabbitMQ has forgotten a direct reply when it has sent it. */
const noAcks: AckWindow = { ended: false, settled: 0, ack() {}, nack() {}, flush() {}, end() {} }

/**
 * Direct replies (https://www.rabbitmq.com/direct-reply-to.html). RabbitMQ sends them on the channel that published the request, so
 * the publisher consumes them and puts them in here.
 */
export class ReplyQueue implements MessageQueue {
  readonly queue = directReplyTo
  readonly #endpoint: string
  #hooks: QueueConsumerHooks | undefined
  #items: Unacked[] = []

  constructor(endpoint: string) {
    this.#endpoint = endpoint
  }

  get active(): boolean {
    return false
  }

  get next(): number | undefined {
    return this.#items[0]?.position
  }

  /** Whoever hands the replies out. */
  attach(hooks: QueueConsumerHooks): void {
    this.#hooks = hooks
  }

  received(connection: LiveConnection, channel: number, message: ConsumeMessage): void {
    const raw = connection.tap.next(channel, message.fields.deliveryTag)
    this.#items.push({ message, raw, position: this.#hooks?.position() ?? 0, acks: noAcks })
    this.#hooks?.heard()
    this.#hooks?.changed()
  }

  get idle(): boolean {
    return this.#items.length === 0
  }

  take(): Unacked | undefined {
    return this.#items.shift()
  }

  settle(_item: Unacked, outcome: Outcome): Promise<void> {
    if (outcome === 'ack') return settled
    const why = `a direct reply is nobody's to give back, ${outcome} means nothing`
    return Promise.reject(
      new DriverError('protocol', `settle a delivery from ${directReplyTo} of ${this.#endpoint}: ${why}`),
    )
  }

  start(): void {}
  stop(): void {}
  up(): Promise<void> {
    return settled
  }
  down(): void {}
  end(): Promise<void> {
    return settled
  }
  askForLife(): void {}
}
