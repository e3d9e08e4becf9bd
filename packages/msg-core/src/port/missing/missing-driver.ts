import type { CassetteReader } from '../../format/cassette/index.ts'
import { Queue } from '../../kit/queue.ts'
import { wakeup } from '../../kit/wakeup.ts'
import { DriverError, iterateDeliveries, type Delivery, type Driver, type WaitOptions } from '../index.ts'
import { MessageRules } from '../replaying/message-rules.ts'
import type { ReplayMatchOptions } from '../replaying/options.ts'
import { findPart, lanesOf } from '../replaying/parts.ts'
import { RecordedPart, type HitRules } from './recorded-part.ts'

/** What {@link openMissing} is told. */
export interface MissingOptions extends Omit<HitRules, 'messages' | 'match'>, ReplayMatchOptions {
  readonly match?: 'strict' | 'x07'
  /** Gives the form in which an envelope was recorded, without its secrets. */
  readonly recordedForm?: ((envelope: Uint8Array) => Uint8Array) | undefined
  /** Of a driver that was recorded under a name. */
  readonly name?: string | undefined
  /** Opens the real broker's driver, at the first miss. */
  readonly live: () => Promise<Driver>
}

/** What a run that records what is missing came to. */
export interface MissingCounts {
  /** Publishes and deliveries that the cassette answered. */
  readonly hits: number
  /** Publishes that went to the broker, and deliveries that came from it. */
  readonly misses: number
  /** Recorded publishes and deliveries that this run had no use for. */
  readonly unused: number
}

/** A driver that answers from a cassette, and asks the broker for what that does not have. */
export interface MissingDriver extends Driver {
  counts(): MissingCounts
  /** Why the run cannot become a cassette: the program did otherwise what no broker can be asked about, or none was to be had. */
  difference(): Error | undefined
}

/** A consumer that gets nothing for so long, while the recording has more for it, has the broker asked as well. */
const quietMs = 1_000

/**
 * A driver for `record_missing_v1`: hits come from a cassette, misses go to the broker, once, and the recording wrapper over this
 * driver writes down both in the order in which they happened now. What is a hit and what a miss, says
 * `docs/adr/0010-recording-what-is-missing.md`.
 *
 * @throws DriverError `not_found` where the cassette has nothing of such a driver, `precondition_failed` for transactions
 */
export function openMissing(reader: CassetteReader, options: MissingOptions): MissingDriver {
  const { name } = options
  const lanes = lanesOf(reader)
  const part = findPart(lanes, name === undefined ? {} : { name })
  const recorded = new RecordedPart(reader, lanes, part, {
    cassette: options.cassette,
    matchMode: options.matchMode,
    match: options.match ?? 'strict',
    messages: new MessageRules(options),
  })
  return new Missing(recorded, part, options)
}

class Missing implements MissingDriver {
  readonly wire: Driver['wire']
  readonly endpoint: string
  readonly transaction?: NonNullable<Driver['transaction']>
  readonly #recorded: RecordedPart
  readonly #options: MissingOptions
  readonly #changed = wakeup()
  readonly #taken = wakeup()
  /** Deliveries of the broker that were not handed out. */
  readonly #arrived = new Queue<Delivery>()
  /** Recorded deliveries, for transactions. */
  readonly #hitDeliveries = new WeakSet<Delivery>()
  #live: Promise<Driver> | undefined
  #opened: Driver | undefined
  /** What ended the deliveries of the broker, or kept it from being asked. */
  #failure: unknown
  #unreachable: Error | undefined
  #topologyDeclared = false
  #iteration: AbortController | undefined
  #quiet: NodeJS.Timeout | undefined
  #iterating = false
  #closed = false
  #hits = 0
  #misses = 0

  constructor(
    recorded: RecordedPart,
    { wire, endpoint }: { readonly wire: Driver['wire']; readonly endpoint: string },
    options: MissingOptions,
  ) {
    this.wire = wire
    this.endpoint = endpoint
    this.#recorded = recorded
    this.#options = options
    if (wire === 'kafka') this.transaction = (wait) => this.#transaction(wait)
  }

  counts(): MissingCounts {
    return { hits: this.#hits, misses: this.#misses, unused: this.#recorded.unused }
  }

  difference(): Error | undefined {
    return this.#recorded.difference ?? this.#unreachable
  }

  async ensureTopology(options?: WaitOptions): Promise<void> {
    this.#refuseClosed('topology of')
    this.#topologyDeclared = true
    if (this.#opened !== undefined) return this.#opened.ensureTopology(options)
    await (this.#recorded.topology() ?? this.#needed())
  }

  async publish(envelope: Uint8Array, options?: WaitOptions) {
    this.#refuseClosed('publish to')
    if (options?.signal?.aborted === true) {
      throw new DriverError('aborted', `publish to ${this.endpoint}: aborted by the caller`)
    }
    const answer = this.#recorded.publish(this.#options.recordedForm?.(envelope) ?? envelope)
    this.#changed.wake()
    if (answer !== undefined) {
      this.#hits++
      return answer
    }
    this.#misses++
    const live = await this.#needed()
    return live.publish(envelope, options)
  }

  deliveries(options: WaitOptions = {}): AsyncIterable<Delivery> {
    if (this.#iterating) {
      throw new DriverError('protocol', `consume from ${this.endpoint}: an iteration is already under way`)
    }
    this.#iterating = true
    if (this.#opened !== undefined) this.#consume(this.#opened)
    return iterateDeliveries(
      {
        changed: { wait: () => this.#wait(), wake: () => this.#changed.wake() },
        take: () => this.#take(),
        finished: () => this.#closed,
        done: () => {
          this.#iterating = false
          clearTimeout(this.#quiet)
          this.#endIteration()
        },
      },
      options,
    )
  }

  async remaining() {
    if (!this.#recorded.exhausted || this.#arrived.length > 0) return 'something'
    return (await this.#opened?.remaining?.()) ?? (this.#opened === undefined ? 'nothing' : 'unknown')
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#quiet)
    this.#endIteration()
    this.#changed.wake()
    const live = await this.#live?.catch(() => undefined)
    await live?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The broker, for a call that only it can answer. */
  async #needed(): Promise<Driver> {
    try {
      return await this.#broker()
    } catch (error) {
      this.#unreachable ??= error instanceof Error ? error : new Error(String(error))
      throw error
    }
  }

  /** The real driver, opened at the first miss, with the topology that the program has declared. */
  #broker(): Promise<Driver> {
    this.#live ??= this.#open()
    return this.#live
  }

  async #open(): Promise<Driver> {
    const live = await this.#options.live()
    try {
      if (live.endpoint !== this.endpoint || live.wire !== this.wire) {
        throw new DriverError(
          'precondition_failed',
          `record what is missing in ${this.#options.cassette}: it was recorded from ${this.endpoint} (${this.wire}), and the driver is of ` +
            `${live.endpoint} (${live.wire}); give the same profile, or record it anew`,
        )
      }
      if (this.#topologyDeclared) await live.ensureTopology()
    } catch (error) {
      await live.close().catch(() => {})
      throw error
    }
    this.#opened = live
    if (this.#iterating) this.#consume(live)
    return live
  }

  #take(): Delivery | undefined {
    const recorded = this.#recorded.delivery()
    if (recorded !== undefined) {
      this.#hits++
      this.#hitDeliveries.add(recorded)
      return recorded
    }
    const live = this.#arrived.shift()
    if (live !== undefined) {
      this.#misses++
      this.#taken.wake()
      return live
    }
    if (this.#failure === undefined) return undefined
    const failure = this.#failure
    this.#failure = undefined
    throw failure
  }

  #wait(): Promise<void> {
    if (this.#recorded.exhausted) this.#ask()
    else if (this.#opened === undefined) {
      clearTimeout(this.#quiet)
      this.#quiet = setTimeout(() => this.#ask(), quietMs)
    }
    return this.#changed.wait()
  }

  #endIteration(): void {
    this.#iteration?.abort()
    this.#iteration = undefined
    this.#taken.wake()
  }

  /** The recording has nothing more for the consumer: does the broker? */
  #ask(): void {
    if (this.#live !== undefined || this.#closed) return
    // Where the recorded program waited for nothing until its end, that nothing comes is an answer too.
    const mayWait = this.#recorded.ended === 'aborted' || this.#recorded.ended === 'closed'
    this.#broker().catch((error: unknown) => {
      if (mayWait) return
      this.#failure = error
      this.#changed.wake()
    })
  }

  #consume(live: Driver): void {
    const own = new AbortController()
    this.#iteration = own
    const take = async (): Promise<void> => {
      for await (const delivery of live.deliveries({ signal: own.signal })) {
        this.#arrived.push(delivery)
        this.#changed.wake()
        while (this.#arrived.length > 0 && !own.signal.aborted) await this.#taken.wait()
        if (own.signal.aborted) return
      }
    }
    take().catch((error: unknown) => {
      this.#failure = error
      this.#changed.wake()
    })
  }

  async #transaction(options?: WaitOptions) {
    this.#misses++
    const live = await this.#needed()
    if (live.transaction === undefined) {
      throw new DriverError('invalid_config', `transaction on ${this.endpoint}: this broker has none`)
    }
    const inner = await live.transaction(options)
    return {
      publish: (envelope: Uint8Array, wait?: WaitOptions) => inner.publish(envelope, wait),
      ack: (delivery: Delivery) => {
        if (this.#hitDeliveries.has(delivery)) void delivery.settle('ack').catch(() => {})
        else inner.ack(delivery)
      },
      commit: () => inner.commit(),
      abort: () => inner.abort(),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    }
  }

  #refuseClosed(what: string): void {
    if (this.#closed) throw new DriverError('closed', `${what} ${this.endpoint}: the driver is closed`)
  }
}
