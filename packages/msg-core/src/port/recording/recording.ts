import type { EntryFields } from '../../format/cassette/index.ts'
import { OutputBuffer } from '../../format/cassette/output-buffer.ts'
import type { DriverObserver } from '../observer.ts'
import {
  DriverError,
  type Delivery,
  type Driver,
  type Outcome,
  type PublishResult,
  type WaitOptions,
} from '../index.ts'
import type { EntrySizes } from '../../rr/index.ts'
import {
  encodeMetadata,
  encodeSettled,
  messagingKind,
  wires,
  writeRecord,
  type WireNames,
} from '../../format/record/index.ts'

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
  /** Appends one entry, whose bytes may be others afterwards; the end takes the next number too. */
  appendEntry(fields: EntryFields): void
}

/** What {@link recording} needs beside the driver. */
export interface RecordingOptions {
  /** Monotonic time in microseconds; default `performance.now()`. */
  readonly now?: () => number
  readonly observer?: DriverObserver
}

/** A driver that records, and what began on it and has not ended. */
export interface RecordingDriver extends Driver {
  /** Positions of begins without an entry: what the seal must list for the order of the others to be readable. */
  openBegins(): number[]
}

const none = new Uint8Array(0)

/** Bytes of a record beside endpoint, envelope and answer. */
const recordFrameBytes = 36

/**
 * Wraps a live driver so that every publish is recorded when its answer comes, and every delivery when it is settled: a
 * crash in between leaves the message to the broker's redelivery, so that the cassette never claims work that was not done.
 * The wrapper adds nothing to what the program sees; an append that fails fails the call it belongs to.
 */
export function recording(driver: Driver, sink: RecordingSink, options: RecordingOptions = {}): RecordingDriver {
  return new Recording(driver, sink, options)
}

class Recording implements RecordingDriver {
  readonly #driver: Driver
  readonly #sink: RecordingSink
  readonly #names: WireNames
  readonly #endpoint: Uint8Array
  readonly #now: () => number
  readonly #observer: DriverObserver | undefined
  readonly #open = new Set<number>()
  /** The record being appended: the sink copies it. */
  readonly #record = new OutputBuffer()
  #closing = false
  #closed = false

  constructor(driver: Driver, sink: RecordingSink, { now, observer }: RecordingOptions) {
    this.#driver = driver
    this.#sink = sink
    this.#names = wires[driver.wire]
    this.#endpoint = Buffer.from(driver.endpoint)
    this.#now = now ?? (() => performance.now() * 1000)
    this.#observer = observer
  }

  get wire(): Driver['wire'] {
    return this.#driver.wire
  }

  get endpoint(): string {
    return this.#driver.endpoint
  }

  openBegins(): number[] {
    return [...this.#open].sort((a, b) => a - b)
  }

  ensureTopology(options?: WaitOptions): Promise<void> {
    return this.#driver.ensureTopology(options)
  }

  // Callbacks rather than an async function: hundreds of these wait for their confirm, and each is copied by the garbage
  // collector while it does.
  publish(envelope: Uint8Array, options?: WaitOptions): Promise<PublishResult> {
    // Refused before a broker hears of it, in replay as well: nothing that could be played.
    if (this.#closing || options?.signal?.aborted === true) return this.#driver.publish(envelope, options)
    let seq: number
    try {
      this.#sink.check?.(this.#sizesOf(envelope, 0))
      seq = this.#begin()
    } catch (error) {
      return Promise.reject(error)
    }
    const started = this.#now()
    return this.#driver.publish(envelope, options).then(
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

  deliveries(options?: WaitOptions): AsyncIterable<Delivery> {
    const live = this.#driver.deliveries(options)
    return {
      [Symbol.asyncIterator]: () => {
        const inner = live[Symbol.asyncIterator]()
        return {
          next: async () => {
            try {
              const step = await inner.next()
              return step.done === true ? step : { done: false, value: this.#arrived(step.value) }
            } catch (error) {
              this.#appendFailure(this.#names.deliverOp, 'deliveries', none, this.#begin(), this.#now(), error)
              throw error
            }
          },
          return: async () => (await inner.return?.()) ?? { done: true, value: undefined },
        }
      },
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.#driver.close()
    this.#closed = true
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #arrived(live: Delivery): Delivery {
    const seq = this.#begin()
    const arrived = this.#now()
    let settled = false
    return {
      envelope: live.envelope,
      metadata: live.metadata,
      settle: async (outcome: Outcome): Promise<void> => {
        if (settled) return
        const ack = encodeSettled(live.metadata, outcome)
        // What cannot be recorded must not happen: the broker still has the message.
        const admitted = this.#sink.admit?.(this.#sizesOf(live.envelope, ack.length))
        settled = true
        const ticks = this.#since(arrived)
        try {
          await live.settle(outcome).finally(() => {
            if (admitted !== undefined) this.#sink.release?.(admitted)
          })
        } catch (error) {
          this.#appendFailure(this.#names.deliverOp, 'settle', live.envelope, seq, arrived, error)
          throw error
        }
        this.#appendRecord(this.#names.deliverOp, 2, outcome === 'ack' ? 1 : 2, live.envelope, ack, seq, ticks)
        this.#observer?.settled(outcome, live.envelope, ticks)
      },
    }
  }

  #sizesOf(envelope: Uint8Array, answerBytes: number): EntrySizes {
    const resp = recordFrameBytes + this.#endpoint.length + envelope.length + answerBytes
    return { key: this.#endpoint.length, req: envelope.length, resp }
  }

  #begin(): number {
    const seq = this.#sink.begin()
    this.#open.add(seq)
    return seq
  }

  #since(started: number): number {
    return Math.min(0xffff_ffff, Math.max(0, Math.floor(this.#now() - started)))
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
    call: 'publish' | 'settle' | 'deliveries',
    envelope: Uint8Array,
    seq: number,
    started: number,
    error: unknown,
  ): void {
    // What fails after the close comes too late for the cassette, which may be sealed.
    if (!(error instanceof DriverError) || this.#closed) return
    const ticks = this.#since(started)
    this.#append(op, envelope, Buffer.from(error.message), error.errno, seq, ticks)
    this.#observer?.failed(call, ticks)
  }

  #append(op: string, req: Uint8Array, resp: Uint8Array, err: number, seq: number, latencyTicks: number): void {
    this.#sink.appendEntry({ kind: messagingKind, op, key: this.#endpoint, req, resp, err, latencyTicks, seq })
    this.#open.delete(seq)
  }
}
