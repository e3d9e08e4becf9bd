import { DriverError, wakeup, type Delivery, type Driver } from '@x07-lab/msg-core'
import type { EventSource } from '../events/event.ts'
import { Aggregate } from './aggregate.ts'
import { isCanonicalJson } from './canonical.ts'
import { readConsumed } from './consumed.ts'
import { SeenIds } from './seen-ids.ts'

/** What one run needs. The driver may be live, recording or replaying: the pipeline does not ask. */
export interface PipelineOptions {
  readonly driver: Driver
  readonly source: EventSource
  /** Publishes not confirmed at the same time, at most. */
  readonly window?: number
  /** Called for each delivery before it counts; throwing rejects it, and it comes again. */
  readonly handle?: (delivery: Delivery) => void
  /** Messages of others to consume beside the published ones; default 0. */
  readonly foreign?: number
  readonly onProgress?: (published: number, consumed: number) => void
  readonly onDuplicate?: () => void
  readonly signal?: AbortSignal
}

/** What a run did. */
export interface PipelineResult {
  readonly aggregate: Aggregate
  readonly published: number
  /** Deliveries of messages that were processed before. */
  readonly duplicates: number
  readonly rejected: number
  /** Payloads that are not in RFC 8785 form (the messages of others may be anything). */
  readonly notCanonical: number
}

/** Confirms outstanding: enough to keep both brokers busy, little enough to repeat after a lost connection. */
const defaultWindow = 1024
/** Tries of a message that the broker refuses. */
const maxPublishTries = 5

/**
 * Publishes every event and consumes until each was processed once. Both halves run at the same time; the failure of one
 * ends the other.
 *
 * @throws DriverError as the driver gives it, once a message was refused {@link maxPublishTries} times, or when aborted
 */
export async function runPipeline(options: PipelineOptions): Promise<PipelineResult> {
  const stop = new AbortController()
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal])
  const run = new Run(options, signal)
  const halves = [run.publishAll(), run.consumeAll()].map((half) =>
    half.catch((error: unknown) => {
      // The first failure is the one that the caller hears; the abort only wakes the other half.
      stop.abort()
      throw error
    }),
  )
  const [first, second] = await Promise.allSettled(halves)
  const failures = [first, second].filter((half) => half?.status === 'rejected')
  const failure = failures.find(({ reason }) => !isAbort(reason)) ?? failures[0]
  if (failure !== undefined) throw failure.reason
  if (options.signal?.aborted === true) throw new DriverError('aborted', 'stopped on request')
  return run.result()
}

function isAbort(reason: unknown): boolean {
  return reason instanceof DriverError && reason.code === 'aborted'
}

class Run {
  readonly #options: PipelineOptions
  readonly #signal: AbortSignal
  readonly #aggregate = new Aggregate()
  readonly #seen = new SeenIds()
  readonly #consumed = new AbortController()
  readonly #published = wakeup()
  #confirmed = 0
  #expected = Number.POSITIVE_INFINITY
  #duplicates = 0
  #rejected = 0
  #notCanonical = 0

  constructor(options: PipelineOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  result(): PipelineResult {
    return {
      aggregate: this.#aggregate,
      published: this.#confirmed,
      duplicates: this.#duplicates,
      rejected: this.#rejected,
      notCanonical: this.#notCanonical,
    }
  }

  async publishAll(): Promise<void> {
    const { source, window = defaultWindow, foreign = 0 } = this.#options
    let open = 0
    let failure: { readonly error: unknown } | undefined
    for await (const envelope of source.envelopes(this.#signal)) {
      while (open >= window && failure === undefined) await this.#published.wait()
      if (failure !== undefined || this.#signal.aborted) break
      open++
      this.#publish(envelope).then(
        () => {
          open--
          this.#published.wake()
        },
        (error: unknown) => {
          open--
          failure ??= { error }
          this.#published.wake()
        },
      )
    }
    while (open > 0) await this.#published.wait()
    if (failure !== undefined) throw failure.error
    if (this.#signal.aborted) throw new DriverError('aborted', 'stopped on request')
    this.#expected = this.#confirmed + foreign
    this.#endWhenComplete()
  }

  async consumeAll(): Promise<void> {
    const { driver, handle, onDuplicate } = this.#options
    const signal = AbortSignal.any([this.#signal, this.#consumed.signal])
    for await (const delivery of driver.deliveries({ signal })) {
      if (handle !== undefined && !accepts(handle, delivery)) {
        this.#rejected++
        await delivery.settle('reject')
        continue
      }
      const message = readConsumed(delivery.envelope)
      if (message.id === undefined || this.#seen.add(message.id)) {
        if (!isCanonicalJson(message.payload)) this.#notCanonical++
        this.#aggregate.add(message.key, message.payload)
      } else {
        this.#duplicates++
        onDuplicate?.()
      }
      await this.#settle(delivery)
      this.#progress()
      this.#endWhenComplete()
    }
    if (this.#signal.aborted) throw new DriverError('aborted', 'stopped on request')
    if (this.#aggregate.count < this.#expected && this.#expected !== Number.POSITIVE_INFINITY) {
      throw new DriverError(
        'closed',
        `consume: the deliveries ended after ${this.#aggregate.count} of ${this.#expected} messages`,
      )
    }
  }

  async #publish(envelope: Uint8Array): Promise<void> {
    for (let tries = 1; ; tries++) {
      const result = await this.#options.driver.publish(envelope, { signal: this.#signal })
      if (result.status === 'confirmed') {
        this.#confirmed++
        this.#progress()
        return
      }
      if (tries === maxPublishTries) {
        throw new DriverError(
          'precondition_failed',
          `publish: the broker refused a message ${tries} times: ${result.reason}`,
        )
      }
    }
  }

  async #settle(delivery: Delivery): Promise<void> {
    try {
      await delivery.settle('ack')
    } catch (error) {
      // What could not be settled comes again and is then a duplicate.
      if (!(error instanceof DriverError && error.retryable)) throw error
    }
  }

  #progress(): void {
    this.#options.onProgress?.(this.#confirmed, this.#aggregate.count)
  }

  #endWhenComplete(): void {
    if (this.#aggregate.count >= this.#expected) this.#consumed.abort()
  }
}

function accepts(handle: (delivery: Delivery) => void, delivery: Delivery): boolean {
  try {
    handle(delivery)
    return true
  } catch {
    return false
  }
}
