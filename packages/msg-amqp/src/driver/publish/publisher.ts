import { DriverError, type Metadata, type PublishResult } from '@x07-lab/msg-core'
import { wakeup } from '@x07-lab/msg-core/driver'
import type { ConfirmChannel } from 'amqplib'
import type { Link } from '../connection/link.ts'
import type { Session, Tenant } from '../connection/session.ts'
import { toDriverError } from '../errors.ts'
import { watchSilence, type SilenceWatch } from '../silence.ts'
import type { Timers } from '../timers.ts'
import {
  abortable,
  outgoingQueue,
  rejectOutgoing,
  resolveOutgoing,
  type Abortables,
  type Outgoing,
} from './outgoing.ts'
import { prepare, wireOf, type PublishRules } from './prepare.ts'
import { markReturned } from './returned.ts'

export interface PublisherOptions extends PublishRules {
  readonly session: Session
  readonly maxUnconfirmed: number
  readonly maxUnconfirmedBytes: number
  readonly confirmTimeoutMs: number
  readonly timers: Timers
}

/**
 * Publishes on a confirm channel, in the order of the calls. What is unconfirmed when a connection or channel is lost is
 * sent again, first and in its order, on the next one: the broker may get it twice, never in another order.
 */
export class Publisher implements Tenant {
  readonly #options: PublisherOptions
  readonly #waiting = outgoingQueue()
  /** On the channel and not confirmed, in the order of sending. */
  readonly #unconfirmed = new Set<Outgoing>()
  #unconfirmedBytes = 0
  /** While there are any, one message goes at a time. They are in front of all others. */
  #suspects = 0
  #channel: ConfirmChannel | undefined
  #link: Link | undefined
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
      const outgoing = prepare(envelope, this.#options, resolve, reject)
      if (signal !== undefined) {
        if (signal.aborted) throw new DriverError('aborted', `publish to ${outgoing.topic}: aborted by the caller`)
        abortable(outgoing, signal, this.#abortables)
      }
      this.#waiting.push(outgoing)
      if (this.#channel === undefined) this.#options.session.revive()
      else this.#pump()
    })
  }

  /** Resolves when every call made so far has its answer. */
  async drained(): Promise<void> {
    while (this.#waiting.length > 0 || this.#unconfirmed.size > 0) await this.#idle.wait()
  }

  async up(link: Link): Promise<void> {
    this.#link = link
    await this.#openChannel(link)
  }

  down(): void {
    this.#link = undefined
    this.#channelGone()
  }

  fail(error: DriverError): void {
    this.#channelGone()
    for (const outgoing of this.#waiting.drain()) {
      this.#unsuspect(outgoing)
      rejectOutgoing(outgoing, error)
    }
    this.#idle.wake()
  }

  /** Lets everything go at the end of the driver. */
  async end(error: DriverError): Promise<void> {
    this.#watch.end()
    const channel = this.#channel
    this.#channel = undefined
    this.fail(error)
    if (channel !== undefined) await this.#link?.ask(channel.close())
  }

  async #openChannel(link: Link): Promise<void> {
    const channel = await link.ask(link.model.createConfirmChannel())
    let error: Error | undefined
    channel.on('error', (cause) => {
      error = cause
    })
    channel.on('close', () => {
      if (this.#channel !== channel) return
      // Without an error of its own the channel went down with the connection, whose end the session tells.
      if (error === undefined) this.#channelGone()
      else this.#channelClosed(link, error)
    })
    channel.on('drain', () => {
      this.#full = false
      this.#pump()
    })
    channel.on('return', (message) => markReturned(this.#unconfirmed, message))
    this.#channel = channel
    this.#full = false
    this.#pump()
  }

  /** Sends what may be sent now. */
  #pump(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#waiting.shift()
      this.#send(next.channel, next.outgoing)
    }
    if (this.#waiting.length === 0 && this.#unconfirmed.size === 0) this.#idle.wake()
  }

  #next(): { readonly channel: ConfirmChannel; readonly outgoing: Outgoing } | undefined {
    const { maxUnconfirmed, maxUnconfirmedBytes } = this.#options
    const channel = this.#channel
    let outgoing = this.#waiting.peek()
    while (outgoing?.answered === true) {
      this.#waiting.shift()
      this.#unsuspect(outgoing)
      outgoing = this.#waiting.peek()
    }
    if (channel === undefined || outgoing === undefined || this.#full) return undefined
    const open = this.#unconfirmed.size
    if (open === 0) return { channel, outgoing }
    const fits = open < maxUnconfirmed && this.#unconfirmedBytes + outgoing.bodyBytes <= maxUnconfirmedBytes
    return fits && this.#suspects === 0 ? { channel, outgoing } : undefined
  }

  #send(channel: ConfirmChannel, outgoing: Outgoing): void {
    const { options, body } = wireOf(outgoing)
    try {
      const room = channel.publish(outgoing.exchange, outgoing.routingKey, body, options, (error) =>
        this.#confirmed(outgoing, error),
      )
      if (!room) this.#full = true
    } catch (error) {
      this.#notSent(outgoing, error)
      return
    }
    outgoing.wire = undefined
    outgoing.sent++
    outgoing.returned = undefined
    this.#unconfirmed.add(outgoing)
    this.#unconfirmedBytes += outgoing.bodyBytes
    this.#watch.start()
  }

  /** amqplib refused to encode it, or its channel has just closed. */
  #notSent(outgoing: Outgoing, error: unknown): void {
    if (error instanceof RangeError) {
      const { topic } = outgoing
      rejectOutgoing(outgoing, new DriverError('too_large', `publish to ${topic}: ${headersTooLong}`, { cause: error }))
    } else if (error instanceof TypeError) {
      rejectOutgoing(outgoing, toDriverError(error, `publish to ${outgoing.topic}`, 'live'))
    } else {
      // The close that follows opens another channel.
      this.#waiting.putBack([outgoing])
      this.#full = true
    }
  }

  #confirmed(outgoing: Outgoing, error: unknown): void {
    const nacked = error instanceof Error && error.message === 'message nacked'
    // amqplib calls back with another error for what a closing channel leaves unconfirmed: that is sent again.
    if ((error !== null && !nacked) || !this.#forget(outgoing)) return
    this.#watch.heard()
    this.#options.session.progress()
    const { returned } = outgoing
    if (nacked) resolveOutgoing(outgoing, { status: 'refused', reason: 'nack: the broker could not take the message' })
    else if (returned !== undefined) resolveOutgoing(outgoing, { status: 'refused', reason: returned })
    else resolveOutgoing(outgoing, { status: 'confirmed', answer: this.#answer(outgoing) })
    this.#pump()
  }

  #answer(outgoing: Outgoing): Metadata {
    const { topic, sent } = outgoing
    if (sent > 1) return { exchange: topic, sent }
    let answer = this.#answers.get(topic)
    if (answer === undefined) {
      answer = Object.freeze({ exchange: topic })
      this.#answers.set(topic, answer)
    }
    return answer
  }

  /** The broker closed the channel over one of the unconfirmed messages; it does not say over which. */
  #channelClosed(link: Link, cause: Error): void {
    const { session, names } = this.#options
    const open = [...this.#unconfirmed]
    const [only] = open
    const topic = only?.topic ?? ''
    const error = toDriverError(cause, `publish to ${topic}`, 'live', names.logicalText)
    if (error.retryable) {
      this.#channelGone()
      session.drop(error)
      return
    }
    if (only !== undefined && open.length === 1) {
      this.#forget(only)
      rejectOutgoing(only, error)
    } else for (const outgoing of open) this.#suspect(outgoing)
    this.#channelGone()
    this.#openChannel(link).catch((failure: unknown) => {
      session.drop(toDriverError(failure, `open a channel to ${this.#options.endpoint}`, 'live'))
    })
    if (this.#waiting.length === 0) this.#idle.wake()
  }

  #channelGone(): void {
    this.#channel = undefined
    this.#waiting.putBack([...this.#unconfirmed])
    this.#unconfirmed.clear()
    this.#unconfirmedBytes = 0
  }

  #stalled(times: number): void {
    const { session, endpoint, confirmTimeoutMs } = this.#options
    const blocked = this.#link?.blocked
    const why = blocked === undefined ? '' : `; the broker holds publishing back: ${blocked}`
    const error = new DriverError(
      'timeout',
      `publish to ${endpoint}: no confirm within ${confirmTimeoutMs} ms for ${this.#unconfirmed.size} messages${why}`,
    )
    if (times > maxStalls) {
      for (const outgoing of [...this.#unconfirmed, ...this.#waiting.drain()]) rejectOutgoing(outgoing, error)
    }
    session.drop(error)
  }

  #suspect(outgoing: Outgoing): void {
    if (!outgoing.suspect) this.#suspects++
    outgoing.suspect = true
  }

  #unsuspect(outgoing: Outgoing): void {
    if (outgoing.suspect) this.#suspects--
    outgoing.suspect = false
  }

  #forget(outgoing: Outgoing): boolean {
    if (!this.#unconfirmed.delete(outgoing)) return false
    this.#unconfirmedBytes -= outgoing.bodyBytes
    this.#unsuspect(outgoing)
    return true
  }
}

/** Connections on which every confirm may fail to come, in a row, before the callers are told. */
const maxStalls = 2

const headersTooLong = 'the headers take more than 65536 bytes, the most that one header frame may hold here'
