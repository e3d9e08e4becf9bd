import { DriverError, type Metadata, type PublishResult } from '@x07-lab/msg-core'
import { wakeup } from '@x07-lab/msg-core/driver'
import type { ConfirmChannel, ConsumeMessage } from 'amqplib'
import { directReplyTo } from '@x07-lab/msg-core/format'
import type { LiveConnection } from '../connection/live-connection.ts'
import type { Session, Participant } from '../connection/session.ts'
import type { ReplyQueue } from '../consume/reply-queue.ts'
import { toDriverError } from '../errors.ts'
import { watchSilence, type SilenceWatch } from '../silence.ts'
import type { Timers } from '@x07-lab/msg-core/kit'
import {
  abortable,
  pendingQueue,
  rejectPending,
  resolvePending,
  type Abortables,
  type PendingPublish,
} from './pending.ts'
import { prepare, wireOf, type PublishRules } from './prepare.ts'
import { publishFrames, publishTo } from './frames.ts'
import { rawChannel, type RawChannel } from './raw-channel.ts'
import { markReturned } from './returned.ts'

export interface PublisherOptions extends PublishRules {
  readonly session: Session
  readonly maxUnconfirmed: number
  readonly maxUnconfirmedBytes: number
  readonly confirmTimeoutMs: number
  /** Whether a message that no queue takes is an answer; a refusal otherwise. */
  readonly answersUnroutable: (topic: string) => boolean
  /** Where direct replies go, which come on the channel of the publishes. */
  readonly replies?: ReplyQueue
  readonly timers: Timers
}

/**
 * Publishes on a confirm channel, in the order of the calls. What is unconfirmed when a connection or channel is lost is
 * sent again, first and in its order, on the next one: the broker may get it twice, never in another order.
 */
export class Publisher implements Participant {
  readonly #options: PublisherOptions
  readonly #waiting = pendingQueue()
  /** On the channel and not confirmed, in the order of sending. */
  readonly #unconfirmed = new Set<PendingPublish>()
  #unconfirmedBytes = 0
  /** While there are any, one message goes at a time. They are in front of all others. */
  #suspects = 0
  /** Doubts that the broker did not share. */
  readonly #taken = new Set<string>()
  #channel: ConfirmChannel | undefined
  #raw: RawChannel | undefined
  #connection: LiveConnection | undefined
  /** amqplib's buffer is full; it says `drain` when it is not. */
  #full = false
  #answers = new Map<string, Metadata>()
  readonly #abortables: Abortables = new WeakMap()
  readonly #watch: SilenceWatch
  readonly #idle = wakeup()

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#watch = watchSilence(options.timers, options.confirmTimeoutMs, {
      pending: () => this.#unconfirmed.size > 0,
      silent: (times) => this.#stalled(times),
    })
  }

  publish(envelope: Uint8Array, signal: AbortSignal | undefined): Promise<PublishResult> {
    return new Promise((resolve, reject) => {
      const pending = prepare(envelope, this.#options, resolve, reject)
      if (signal !== undefined) {
        if (signal.aborted) throw new DriverError('aborted', `${publishTo(pending.topic)}: aborted by the caller`)
        abortable(pending, signal, this.#abortables)
      }
      this.#waiting.push(pending)
      if (this.#channel === undefined) this.#options.session.revive()
      else this.#pump()
    })
  }

  /** Whether every call made so far has its answer. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#unconfirmed.size === 0
  }

  /** Resolves when every call made so far has its answer. */
  async drained(): Promise<void> {
    while (!this.idle) await this.#idle.wait()
  }

  async up(connection: LiveConnection): Promise<void> {
    this.#connection = connection
    await this.#openChannel(connection)
  }

  down(): void {
    this.#connection = undefined
    this.#channelGone()
  }

  fail(error: DriverError): void {
    this.#channelGone()
    for (const pending of this.#waiting.drain()) {
      this.#unsuspect(pending)
      rejectPending(pending, error)
    }
    this.#idle.wake()
  }

  /** Lets everything go at the end of the driver. */
  async end(error: DriverError): Promise<void> {
    this.#watch.end()
    const channel = this.#channel
    this.#channel = undefined
    this.#raw = undefined
    this.fail(error)
    if (channel !== undefined) await this.#connection?.ask(channel.close())
  }

  async #openChannel(connection: LiveConnection): Promise<void> {
    const channel = await connection.ask(connection.model.createConfirmChannel())
    const raw = rawChannel(channel)
    let error: Error | undefined
    channel.on('error', (cause) => {
      error = cause
    })
    channel.on('close', () => {
      if (this.#channel !== channel) return
      // Without an error of its own the channel went down with the connection, whose end the session tells.
      if (error === undefined) this.#channelGone()
      else this.#channelClosed(connection, error)
    })
    channel.on('drain', () => {
      this.#full = false
      this.#pump()
    })
    channel.on('return', (message) => markReturned(this.#unconfirmed, message, connection.tap.nextReturned(raw.number)))
    const { replies } = this.#options
    if (replies !== undefined) {
      const take = (message: ConsumeMessage | null): void => {
        if (message !== null) replies.received(connection, raw.number, message)
      }
      await connection.ask(channel.consume(directReplyTo, take, { noAck: true }))
    }
    this.#channel = channel
    this.#raw = raw
    this.#full = false
    this.#pump()
  }

  /** Sends what may be sent now. */
  #pump(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#waiting.shift()
      this.#send(next.raw, next.pending)
    }
    if (this.#waiting.length === 0 && this.#unconfirmed.size === 0) this.#idle.wake()
  }

  #next(): { readonly raw: RawChannel; readonly pending: PendingPublish } | undefined {
    const { maxUnconfirmed, maxUnconfirmedBytes } = this.#options
    const raw = this.#raw
    let pending = this.#waiting.peek()
    while (pending?.answered === true) {
      this.#waiting.shift()
      this.#unsuspect(pending)
      pending = this.#waiting.peek()
    }
    if (raw === undefined || pending === undefined || this.#full) return undefined
    const open = this.#unconfirmed.size
    if (open === 0) return { raw, pending }
    const fits = open < maxUnconfirmed && this.#unconfirmedBytes + pending.bodyBytes <= maxUnconfirmedBytes
    return fits && this.#suspects === 0 && !this.#isDoubtful(pending) ? { raw, pending } : undefined
  }

  #isDoubtful({ doubt }: PendingPublish): boolean {
    return doubt !== undefined && !this.#taken.has(doubt)
  }

  #send(raw: RawChannel, pending: PendingPublish): void {
    try {
      const pieces = publishFrames(raw.number, raw.frameMax, pending, wireOf(pending))
      if (!raw.open) {
        // The close that follows opens another channel.
        this.#waiting.putBack([pending])
        this.#full = true
        return
      }
      if (!raw.write(pieces, (error) => this.#confirmed(pending, error))) this.#full = true
    } catch (error) {
      this.#unsuspect(pending)
      rejectPending(pending, toDriverError(error, publishTo(pending.topic), 'live'))
      return
    }
    // With others unconfirmed beside it those would be sent again, and be there twice.
    if (this.#isDoubtful(pending)) this.#suspect(pending)
    pending.wire = undefined
    pending.sent++
    pending.returned = undefined
    this.#unconfirmed.add(pending)
    this.#unconfirmedBytes += pending.bodyBytes
    this.#watch.start()
  }

  #confirmed(pending: PendingPublish, error: unknown): void {
    const nacked = error instanceof Error && error.message === 'message nacked'
    // amqplib calls back with another error for what a closing channel leaves unconfirmed: that is sent again.
    if ((error !== null && !nacked) || !this.#forget(pending)) return
    this.#watch.heard()
    this.#options.session.progress()
    const { returned, doubt } = pending
    if (doubt !== undefined && this.#taken.size < takenMost) this.#taken.add(doubt)
    if (nacked) resolvePending(pending, { status: 'refused', reason: 'nack: the broker could not take the message' })
    else if (returned !== undefined && this.#options.answersUnroutable(pending.topic)) {
      resolvePending(pending, { status: 'confirmed', answer: { exchange: pending.topic, routed: false } })
    } else if (returned !== undefined) resolvePending(pending, { status: 'refused', reason: returned })
    else resolvePending(pending, { status: 'confirmed', answer: this.#answer(pending) })
    this.#pump()
  }

  #answer(pending: PendingPublish): Metadata {
    const { topic, sent } = pending
    if (sent > 1) return { exchange: topic, sent }
    let answer = this.#answers.get(topic)
    if (answer === undefined) {
      answer = Object.freeze({ exchange: topic })
      this.#answers.set(topic, answer)
    }
    return answer
  }

  /** The broker closed the channel over one of the unconfirmed messages; it does not say over which. */
  #channelClosed(connection: LiveConnection, cause: Error): void {
    const { session, names } = this.#options
    const open = [...this.#unconfirmed]
    const [only] = open
    const topic = only?.topic ?? ''
    const error = toDriverError(cause, publishTo(topic), 'live', names.logicalText)
    if (error.retryable) {
      this.#channelGone()
      session.drop(error)
      return
    }
    if (only !== undefined && open.length === 1) {
      this.#forget(only)
      rejectPending(only, error)
    } else for (const pending of open) this.#suspect(pending)
    this.#channelGone()
    this.#openChannel(connection).catch((failure: unknown) => {
      session.drop(toDriverError(failure, `open a channel to ${this.#options.endpoint}`, 'live'))
    })
    if (this.#waiting.length === 0) this.#idle.wake()
  }

  #channelGone(): void {
    this.#channel = undefined
    this.#raw = undefined
    this.#waiting.putBack([...this.#unconfirmed])
    this.#unconfirmed.clear()
    this.#unconfirmedBytes = 0
  }

  #stalled(times: number): void {
    const { session, endpoint, confirmTimeoutMs } = this.#options
    const blocked = this.#connection?.blocked
    const why = blocked === undefined ? '' : `; the broker holds publishing back: ${blocked}`
    const error = new DriverError(
      'timeout',
      `publish to ${endpoint}: no confirm within ${confirmTimeoutMs} ms for ${this.#unconfirmed.size} messages${why}`,
    )
    if (times > maxStalls) {
      for (const pending of [...this.#unconfirmed, ...this.#waiting.drain()]) rejectPending(pending, error)
    }
    session.drop(error)
  }

  #suspect(pending: PendingPublish): void {
    if (!pending.suspect) this.#suspects++
    pending.suspect = true
  }

  #unsuspect(pending: PendingPublish): void {
    if (pending.suspect) this.#suspects--
    pending.suspect = false
  }

  #forget(pending: PendingPublish): boolean {
    if (!this.#unconfirmed.delete(pending)) return false
    this.#unconfirmedBytes -= pending.bodyBytes
    this.#unsuspect(pending)
    return true
  }
}

/** Doubts that are remembered, at most: beyond them a message waits for its confirm, as the first of them did. */
const takenMost = 1_000

/** Connections on which every confirm may fail to come, in a row, before the callers are told. */
const maxStalls = 2
