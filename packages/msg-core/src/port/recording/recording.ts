import type { EntryFields } from '../../format/cassette/index.ts'
import { OutputBuffer } from '../../format/cassette/output-buffer.ts'
import {
  encodeMetadata,
  encodeSettled,
  laneKey,
  messagingKind,
  wires,
  writeRecord,
  type IterationEnd,
  type UnsettledNote,
  type WireNames,
} from '../../format/record/index.ts'
import { canonicalJsonBytes } from '../../format/json/index.ts'
import type { EntrySizes } from '../../rr/index.ts'
import type { JsonObject } from '../../format/envelope/index.ts'
import type { DriverObserver } from '../observer.ts'
import { recordTransaction, type Settling } from './transaction.ts'
import {
  DriverError,
  type Delivery,
  type Driver,
  type Outcome,
  type PublishResult,
  type Transaction,
  type WaitOptions,
} from '../index.ts'

/** Where a recording is written: the part of an rr handle that it needs. */
export interface RecordingSink {
  /** Takes the next number of the counter over begins and ends of all entries. */
  begin(): number
  /** Sees that an entry of these lengths is within the limits, before what it tells happens. @throws where it is not */
  check?(sizes: EntrySizes): void
  /**
   * Sees that such an entry can be appended, before what cannot be undone. @throws where it cannot
   *
   * @returns what to release before the entry is appended, or when there will be none
   */
  admit?(sizes: EntrySizes): number
  release?(admitted: number): void
  /**
   * How long an envelope is when it is written, at most: what takes its place may be longer. Default: as it is.
   *
   * @param beside bytes of the response that are not of the envelope
   */
  writtenBytes?(envelope: Uint8Array, beside: number): number
  /** Appends one entry, whose bytes may be others afterwards; the end takes the next number too. */
  appendEntry(fields: EntryFields): void
}

/** What {@link recording} needs beside the driver. */
export interface RecordingOptions {
  /** Tells this driver from others of the same cassette: its entries have the key `endpoint/name`. */
  readonly name?: string
  /** Monotonic time in microseconds; default `performance.now()`. */
  readonly now?: () => number
  readonly observer?: DriverObserver
}

/** A driver that records, and what began on it and has not ended. */
export interface RecordingDriver extends Driver {
  /** Positions of begins without an entry: what the seal must list for the order of the others to be readable. */
  openBegins(): number[]
  /**
   * Records what the program has left open: deliveries without a settle, iterations under way. `close` does it; who seals
   * before closing calls it first. What comes later is not recorded.
   */
  finish(): void
}

const none = new Uint8Array(0)
const settled: Promise<void> = Promise.resolve()

/** Bytes of a record beside endpoint, envelope and answer. */
const recordFrameBytes = 36

/** A program that does nothing for longer, in microseconds, has that in its recording, and may do so again in replay. */
const pauseMicros = 1_000_000

// Taken when this module loads: test runners replace the clock.
const clock = performance.now.bind(performance)

/**
 * Wraps a live driver so that every publish is recorded when its answer comes, and every delivery when it is settled: a
 * crash in between leaves the message to the broker's redelivery, so that the cassette never claims work that was not done.
 * What the program leaves open is recorded as such when it closes.
 * The wrapper adds nothing to what the program sees; an append that fails fails the call it belongs to.
 */
export function recording(driver: Driver, sink: RecordingSink, options: RecordingOptions = {}): RecordingDriver {
  return new Recording(driver, sink, options)
}

/** A delivery that was handed out and has no entry. */
interface OpenDelivery {
  readonly live: Delivery
  readonly seq: number
  readonly arrived: number
}

class Recording implements RecordingDriver {
  readonly #driver: Driver
  readonly #sink: RecordingSink
  readonly #names: WireNames
  readonly #endpoint: Uint8Array
  readonly #key: Uint8Array
  readonly #now: () => number
  readonly #observer: DriverObserver | undefined
  readonly #open = new Set<number>()
  readonly #deliveries = new Map<number, OpenDelivery>()
  readonly #iterations = new Map<number, number>()
  readonly transaction?: NonNullable<Driver['transaction']>
  readonly remaining?: NonNullable<Driver['remaining']>
  /** By what the program has of them, where they can be part of transactions. */
  readonly #handedOut: WeakMap<Delivery, OpenDelivery> | undefined
  /** The record being appended: the sink copies it. */
  readonly #record = new OutputBuffer()
  /** When something last happened. */
  #last: number
  #closing = false
  #finished = false

  constructor(driver: Driver, sink: RecordingSink, { name, now, observer }: RecordingOptions) {
    this.#driver = driver
    this.#sink = sink
    this.#names = wires[driver.wire]
    this.#endpoint = Buffer.from(driver.endpoint)
    this.#key = name === undefined ? this.#endpoint : Buffer.from(laneKey(driver.endpoint, name))
    this.#now = now ?? (() => clock() * 1000)
    this.#observer = observer
    this.#last = this.#now()
    if (driver.remaining !== undefined) this.remaining = driver.remaining.bind(driver)
    if (driver.transaction !== undefined) {
      this.#handedOut = new WeakMap()
      this.transaction = (waitOptions) =>
        this.#transaction(async () => {
          const transaction = await driver.transaction?.(waitOptions)
          if (transaction === undefined) throw new TypeError('a driver that had transactions has none')
          return transaction
        })
    }
  }

  get wire(): Driver['wire'] {
    return this.#driver.wire
  }

  get endpoint(): string {
    return this.#driver.endpoint
  }

  openBegins(): number[] {
    return [...this.#open, ...this.#deliveries.keys()].sort((a, b) => a - b)
  }

  async ensureTopology(options?: WaitOptions): Promise<void> {
    if (this.#closing || options?.signal?.aborted === true) return this.#driver.ensureTopology(options)
    const started = this.#acts()
    const seq = this.#begin()
    try {
      await this.#driver.ensureTopology(options)
    } catch (error) {
      if (error instanceof DriverError && !this.#finished) {
        this.#append(this.#names.topologyOp, none, Buffer.from(error.message), error.errno, seq, this.#since(started))
      }
      throw error
    }
    if (!this.#finished) this.#append(this.#names.topologyOp, none, none, 0, seq, this.#since(started))
  }

  // Callbacks rather than an async function: hundreds of these wait for their confirm, and each is copied by the garbage
  // collector while it does.
  publish(
    envelope: Uint8Array,
    options?: WaitOptions,
    through: Pick<Driver, 'publish'> = this.#driver,
  ): Promise<PublishResult> {
    // Refused before a broker hears of it, in replay as well: nothing that could be played.
    if (this.#closing || options?.signal?.aborted === true) return through.publish(envelope, options)
    let started: number
    let seq: number
    try {
      this.#sink.check?.(this.#sizesOf(envelope, 0))
      started = this.#acts()
      seq = this.#begin()
    } catch (error) {
      return Promise.reject(error)
    }
    return through.publish(envelope, options).then(
      (result) => this.#published(envelope, seq, started, result),
      (error: unknown) => {
        this.#appendFailure(this.#names.publishOp, 'publish', envelope, seq, started, error)
        throw error
      },
    )
  }

  #published(envelope: Uint8Array, seq: number, started: number, result: PublishResult): PublishResult {
    const ticks = this.#since(started)
    const confirmed = result.status === 'confirmed'
    const ack = confirmed ? encodeMetadata(result.answer) : Buffer.from(result.reason)
    this.#appendRecord(this.#names.publishOp, 1, confirmed ? 1 : 2, envelope, ack, seq, ticks)
    this.#observer?.published(result.status, envelope, ticks)
    return result
  }

  #transaction(begin: () => Promise<Transaction>): Promise<Transaction> {
    return recordTransaction(
      {
        call: (request, make) => this.#call(request, make),
        publish: (envelope, options, through) => this.publish(envelope, options, through),
        settling: (delivery) => this.#settling(delivery),
      },
      begin,
    )
  }

  async #call<T>(request: JsonObject, make: () => Promise<T>): Promise<T> {
    if (this.#closing) return make()
    const started = this.#acts()
    const seq = this.#begin()
    const req = canonicalJsonBytes(request)
    const append = (resp: Uint8Array, err: number): void => {
      if (!this.#finished) this.#append(this.#names.transactionOp, req, resp, err, seq, this.#since(started))
    }
    try {
      const result = await make()
      append(none, 0)
      return result
    } catch (error) {
      if (error instanceof DriverError) append(Buffer.from(error.message), error.errno)
      throw error
    }
  }

  /** A delivery whose settling is left to a transaction. */
  #settling(delivery: Delivery): Settling | undefined {
    const open = this.#handedOut?.get(delivery)
    if (open === undefined || !this.#deliveries.has(open.seq)) return undefined
    this.#handedOut?.delete(delivery)
    const { live, seq, arrived } = open
    // The larger of what the two outcomes take.
    const admitted = this.#sink.admit?.(this.#sizesOf(live.envelope, encodeSettled(live.metadata, 'reject').length))
    const isDone = { ...live, settle: () => settled }
    return {
      live,
      settle: (outcome) => this.#settle(isDone, seq, arrived, outcome, encodeSettled(live.metadata, outcome), admitted),
    }
  }

  deliveries(options?: WaitOptions): AsyncIterable<Delivery> {
    const live = this.#driver.deliveries(options)
    if (this.#closing) return live
    const started = this.#acts()
    const seq = this.#begin()
    this.#iterations.set(seq, started)
    const ended = (end: IterationEnd): void => this.#iterated(seq, end)
    return {
      [Symbol.asyncIterator]: () => {
        const inner = live[Symbol.asyncIterator]()
        return {
          next: async () => {
            try {
              const step = await inner.next()
              if (step.done !== true) return { done: false, value: this.#arrived(step.value) }
              ended(options?.signal?.aborted === true ? 'aborted' : 'closed')
              return step
            } catch (error) {
              this.#appendFailure(this.#names.deliverOp, 'deliveries', none, this.#begin(), this.#now(), error)
              ended('failed')
              throw error
            }
          },
          return: async () => {
            ended('returned')
            return (await inner.return?.()) ?? { done: true, value: undefined }
          },
        }
      },
    }
  }

  finish(): void {
    if (this.#finished) return
    for (const { live, seq, arrived } of this.#deliveries.values()) {
      this.#unsettled(live, seq, arrived, { metadata: live.metadata }, 0)
    }
    for (const seq of this.#iterations.keys()) this.#iterated(seq, 'closed')
    this.#finished = true
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.#driver.close()
    this.finish()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #iterated(seq: number, end: IterationEnd): void {
    const started = this.#iterations.get(seq)
    if (started === undefined || this.#finished) return
    this.#iterations.delete(seq)
    if (end === 'returned' || end === 'aborted') this.#acts()
    const resp = canonicalJsonBytes({ end })
    this.#append(this.#names.iterateOp, none, resp, 0, seq, this.#since(started))
  }

  #arrived(live: Delivery): Delivery {
    const seq = this.#sink.begin()
    const arrived = this.#now()
    this.#last = arrived
    const open = { live, seq, arrived }
    this.#deliveries.set(seq, open)
    let outcome: Outcome | undefined
    const delivery: Delivery = {
      envelope: live.envelope,
      metadata: live.metadata,
      settle: (now) => {
        if (outcome !== undefined) {
          this.#resettled(seq, now)
          return settled
        }
        try {
          const ack = encodeSettled(live.metadata, now)
          // What cannot be recorded must not happen: the broker still has the message.
          const admitted = this.#sink.admit?.(this.#sizesOf(live.envelope, ack.length))
          outcome = now
          return this.#settle(live, seq, arrived, now, ack, admitted)
        } catch (error) {
          return Promise.reject(error)
        }
      },
    }
    this.#handedOut?.set(delivery, open)
    return delivery
  }

  async #settle(
    live: Delivery,
    seq: number,
    arrived: number,
    outcome: Outcome,
    ack: Uint8Array,
    admitted: number | undefined,
  ): Promise<void> {
    const now = this.#acts()
    const ticks = ticksOf(now - arrived)
    try {
      await live.settle(outcome).finally(() => {
        if (admitted !== undefined) this.#sink.release?.(admitted)
      })
    } catch (error) {
      if (error instanceof DriverError) {
        const note = { metadata: live.metadata, outcome, error: error.message }
        if (this.#unsettled(live, seq, arrived, note, error.errno)) this.#observer?.failed('settle', ticks)
      }
      throw error
    }
    if (this.#finished) return
    this.#appendRecord(this.#names.deliverOp, 2, outcome === 'ack' ? 1 : 2, live.envelope, ack, seq, ticks)
    this.#deliveries.delete(seq)
    this.#observer?.settled(outcome, live.envelope, ticks)
  }

  /** A delivery that has no settle, or a failed one; whether it was written. */
  #unsettled(live: Delivery, seq: number, arrived: number, note: UnsettledNote, err: number): boolean {
    if (this.#finished || !this.#deliveries.has(seq)) return false
    const resp = canonicalJsonBytes({ ...note })
    this.#append(this.#names.unsettledOp, live.envelope, resp, err, seq, this.#since(arrived))
    this.#deliveries.delete(seq)
    return true
  }

  #resettled(delivery: number, outcome: Outcome): void {
    if (this.#finished) return
    this.#acts()
    this.#append(this.#names.resettleOp, canonicalJsonBytes({ delivery, outcome }), none, 0, this.#begin(), 0)
  }

  /** The program does something: how long it did nothing before is written down where it was long. Gives the time. */
  #acts(): number {
    const now = this.#now()
    const idle = now - this.#last
    if (idle >= pauseMicros && !this.#finished) {
      this.#append(this.#names.pauseOp, none, none, 0, this.#begin(), ticksOf(idle))
    }
    this.#last = now
    return now
  }

  #sizesOf(envelope: Uint8Array, answerBytes: number): EntrySizes {
    const beside = recordFrameBytes + this.#endpoint.length + answerBytes
    const req = this.#sink.writtenBytes?.(envelope, beside) ?? envelope.length
    return { key: this.#key.length, req, resp: beside + req }
  }

  #begin(): number {
    const seq = this.#sink.begin()
    this.#open.add(seq)
    return seq
  }

  #since(started: number): number {
    this.#last = this.#now()
    return ticksOf(this.#last - started)
  }

  #appendRecord(
    op: string,
    opTag: 1 | 2,
    ackTag: 1 | 2,
    envelope: Uint8Array,
    ack: Uint8Array,
    seq: number,
    latencyTicks: number,
  ): void {
    const { driverKind } = this.#names
    this.#record.clear()
    writeRecord(this.#record, { opTag, driverKind, endpoint: this.#endpoint, envelope, ackTag, ack })
    this.#append(op, envelope, this.#record.written(), 0, seq, latencyTicks)
  }

  #appendFailure(
    op: string,
    call: 'publish' | 'deliveries',
    envelope: Uint8Array,
    seq: number,
    started: number,
    error: unknown,
  ): void {
    // What fails after the close comes too late for the cassette, which may be sealed.
    if (!(error instanceof DriverError) || this.#finished) return
    const ticks = this.#since(started)
    this.#append(op, envelope, Buffer.from(error.message), error.errno, seq, ticks)
    this.#observer?.failed(call, ticks)
  }

  #append(op: string, req: Uint8Array, resp: Uint8Array, err: number, seq: number, latencyTicks: number): void {
    this.#sink.appendEntry({ kind: messagingKind, op, key: this.#key, req, resp, err, latencyTicks, seq })
    this.#open.delete(seq)
  }
}

function ticksOf(micros: number): number {
  return Math.min(0xffff_ffff, Math.max(0, Math.floor(micros)))
}
