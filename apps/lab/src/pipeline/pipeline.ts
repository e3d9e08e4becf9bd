import { DriverError, type Delivery, type Driver, type WaitOptions } from '@x07-lab/msg-core'
import { wakeup } from '@x07-lab/msg-core/driver'
import type { EventSource } from '../events/event.ts'
import { readConsumed } from './consumed.ts'
import { pauseBefore, type Patience } from './patience.ts'
import { Processed } from './processed.ts'
import { OwnTally, type Tally, type Totals } from './tally.ts'

/** How the work is done: the program's own part, the same for a recording and its replay. */
export interface PipelineWork {
  /** Publishes not confirmed at the same time, at most. */
  readonly window?: number
  /** Called for each delivery before it counts; throwing rejects it, and it comes again. */
  readonly handle?: (delivery: Delivery) => void
}

/** What one run needs. The driver may be live, recording or replaying: the pipeline does not ask. */
export interface PipelineOptions extends PipelineWork {
  readonly driver: Driver
  readonly source: EventSource
  /**
   * The source is a transcript of publishes, not of events: one that is refused or fails is what it says, and nothing is
   * tried again.
   */
  readonly transcript?: boolean
  /** One of several that share out publishing and consuming: then any of them may get any message. */
  readonly worker?: boolean
  /** Of a worker: it is done once it has published all of its own and no delivery has come for so long. Without it, `foreign` says. */
  readonly idleMs?: number | undefined
  /** Of a worker: how many messages none of them has processed; while there are some it stays, since another may die. */
  readonly left?: () => Promise<number>
  /** Messages of others to consume beside the published ones; default 0. Of a worker less than 0 where others got more of its own. */
  readonly foreign?: number
  /** Of a live run; without it refused messages are tried again at once, and what does not come is waited for. */
  readonly patience?: Patience
  /** What the messages are added to; default one in this thread. */
  readonly tally?: Tally
  readonly onProgress?: (published: number, consumed: number) => void
  readonly onDuplicate?: () => void
  readonly signal?: AbortSignal
}

/** What a run did. */
export interface PipelineResult extends Totals {
  readonly published: number
  /** Messages of others that were consumed. */
  readonly foreign: number
  /** Deliveries of messages that were processed before. */
  readonly duplicates: number
  readonly rejected: number
}

/** What a run came to, in numbers, for the log. */
export function counted({ published, foreign, duplicates, notCanonical }: PipelineResult): Record<string, number> {
  return { published, foreign, duplicates, not_canonical: notCanonical }
}

/** Confirms outstanding: enough to keep both brokers busy, little enough to repeat after a lost connection. */
const defaultWindow = 1024
/** Looks within the time after which messages are lost, at least: it is noticed at most a tenth too late. */
const looksForLost = 10
const longestLookMs = 1_000
/** Times in a row that the broker says that it has nothing: a message may be under way when it is asked. */
const looksThatAgree = 3
/** Times that the wait is longer while the broker has messages: it may not have noticed yet that the consumer of a lost connection is gone. */
const whileSomethingIsThere = 3
const looksForIdle = 10
/** Idle spans in which somebody else has to process what is left. */
const maxIdleRounds = 20

/**
 * Publishes every event and consumes until each was processed once. Both halves run at the same time; the failure of one
 * ends the other.
 *
 * @throws DriverError as the driver gives it, once a message was refused for too long or was lost, or when aborted
 */
export async function runPipeline(options: PipelineOptions): Promise<PipelineResult> {
  // Not `AbortSignal.any`, which costs as much as a decode every time that it is asked whether it has fired.
  const stop = follower(options.signal)
  const run = new Run(options, stop.signal)
  const halves = [run.publishAll(), run.consumeAll()].map((half) =>
    half.catch((error: unknown) => {
      run.fail(error)
      // Only wakes the other half.
      stop.abort()
    }),
  )
  await Promise.all(halves)
  const { failure } = run
  const onRequest = options.signal?.aborted === true
  if (failure !== undefined && !(onRequest && isAbort(failure.error))) throw failure.error
  if (onRequest) throw new DriverError('aborted', 'stopped on request')
  return run.result(await run.tally.end())
}

/** A controller that aborts when the signal does. */
function follower(signal: AbortSignal | undefined): AbortController {
  const controller = new AbortController()
  if (signal?.aborted === true) controller.abort()
  signal?.addEventListener('abort', () => controller.abort(), { once: true })
  return controller
}

function isAbort(error: unknown): boolean {
  return error instanceof DriverError && error.code === 'aborted'
}

class Run {
  readonly tally: Tally
  readonly #options: PipelineOptions
  readonly #signal: AbortSignal
  readonly #processed: Processed
  /** Ends the deliveries: all is there, or the run is stopped. */
  readonly #consumed: AbortController
  readonly #published = wakeup()
  /** Handed to every publish, the same one, since there are millions. */
  readonly #publishOptions: WaitOptions
  /** Publishes without an answer. */
  #open = 0
  /** The first failure of either half: the one that the caller hears, live and in a replay. */
  #failure: { readonly error: unknown } | undefined
  #confirmed = 0
  #expected = Number.POSITIVE_INFINITY
  #deliveries = 0
  #duplicates = 0
  #rejected = 0

  constructor(options: PipelineOptions, signal: AbortSignal) {
    this.#options = options
    this.tally = options.tally ?? new OwnTally()
    this.#processed = new Processed({
      numbered: options.transcript !== true && options.worker !== true,
      again: options.source.again?.bind(options.source),
    })
    this.#signal = signal
    this.#consumed = follower(signal)
    this.#publishOptions = { signal }
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure
  }

  /** Notes a failure, unless there was one before. */
  fail(error: unknown): void {
    this.#failure ??= { error }
  }

  result(totals: Totals): PipelineResult {
    const others = this.tally.count - this.#confirmed
    return {
      ...totals,
      published: this.#confirmed,
      foreign: this.#options.worker === true ? others : Math.max(0, others),
      duplicates: this.#duplicates,
      rejected: this.#rejected,
    }
  }

  async publishAll(): Promise<void> {
    const { source, window = defaultWindow, foreign = 0 } = this.#options
    const envelopes = source.envelopes(this.#signal)
    // A loop over promises costs three of them a message; what is at hand needs none.
    if (Symbol.iterator in envelopes) {
      for (const envelope of envelopes) {
        if (this.#open >= window) await this.#room(window)
        if (this.#failure !== undefined || this.#signal.aborted) break
        this.#publish(envelope)
      }
    } else {
      for await (const envelope of envelopes) {
        if (this.#open >= window) await this.#room(window)
        if (this.#failure !== undefined || this.#signal.aborted) break
        this.#publish(envelope)
      }
    }
    await this.#room(1)
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#signal.aborted) throw new DriverError('aborted', 'publish: stopped')
    if (this.#options.idleMs !== undefined) return this.#endWhenIdle(this.#options.idleMs)
    this.#expected = this.#confirmed + foreign
    this.#endWhenComplete()
    if (this.#options.worker !== true) await this.#watchForLost()
  }

  /** Nobody tells a worker which messages fall to it: it goes on until none has come for a while. */
  async #endWhenIdle(idleMs: number): Promise<void> {
    const { patience, left } = this.#options
    const over = this.#consumed.signal
    let seen = this.#deliveries
    let rounds = 0
    for (let quietLooks = 0; patience !== undefined && !over.aborted; quietLooks++) {
      if (quietLooks === looksForIdle) {
        const others = (await left?.()) ?? 0
        if (others === 0) break
        if (++rounds === maxIdleRounds) {
          const waited = (maxIdleRounds * idleMs) / 1_000
          throw new DriverError(
            'timeout',
            `consume: the group has ${others} messages that nobody processed in ${waited} s`,
          )
        }
        quietLooks = -1
      }
      await patience.pause(idleMs / looksForIdle, over)
      if (seen === this.#deliveries) continue
      seen = this.#deliveries
      quietLooks = -1
      rounds = 0
    }
    this.#consumed.abort()
  }

  /**
   * Brokers lose messages that they confirmed: a queue purged or made anew, a time to live, a retention that is over. Waits until
   * all have come, and fails when the broker says that it has none, or when none does for a while. What others publish may take as
   * long as it likes.
   */
  async #watchForLost(): Promise<void> {
    const { patience, driver } = this.#options
    if (patience === undefined) return
    const over = this.#consumed.signal
    const lookMs = Math.min(patience.lostAfterMs / looksForLost, longestLookMs)
    let seen = this.#deliveries
    let quietMs = 0
    let empty = 0
    while (!over.aborted && this.#processed.own < this.#confirmed) {
      await patience.pause(lookMs, over)
      quietMs += lookMs
      const remaining = quietMs < 2 * lookMs ? 'unknown' : ((await driver.remaining?.()) ?? 'unknown')
      empty = remaining === 'nothing' ? empty + 1 : 0
      if (seen !== this.#deliveries) {
        seen = this.#deliveries
        quietMs = 0
        empty = 0
      }
      if (empty >= looksThatAgree) throw this.#lost(`the broker has no more of them`)
      const limitMs = patience.lostAfterMs * (remaining === 'something' ? whileSomethingIsThere : 1)
      if (quietMs >= limitMs) throw this.#lost(`none did for ${limitMs / 1000} s`)
    }
  }

  #lost(seen: string): DriverError {
    const missing = this.#confirmed - this.#processed.own
    return new DriverError(
      'timeout',
      `consume: ${missing} of ${this.#confirmed} confirmed messages did not come, and ${seen}: ` +
        'the broker lost them (a purge, a time to live, retention, a queue or topic made anew), or another consumer took them; ' +
        'record again, or wait longer with --lost-after',
    )
  }

  async consumeAll(): Promise<void> {
    const { driver, handle } = this.#options
    try {
      for await (const delivery of driver.deliveries({ signal: this.#consumed.signal })) {
        this.#deliveries++
        const accepted = handle === undefined || accepts(handle, delivery)
        if (accepted) this.#process(delivery)
        else this.#rejected++
        try {
          await delivery.settle(accepted ? 'ack' : 'reject')
        } catch (error) {
          // What could not be settled comes again; what was processed is then a duplicate.
          if (!(error instanceof DriverError && error.retryable)) throw error
        }
        this.#progress()
        this.#endWhenComplete()
      }
    } catch (error) {
      // On the spot: a publish that fails in the same turn, after this, must not come first.
      this.fail(error)
      throw error
    }
    if (this.#signal.aborted) throw new DriverError('aborted', 'stopped on request')
    if (this.tally.count < this.#expected && this.#expected !== Number.POSITIVE_INFINITY) {
      throw new DriverError(
        'closed',
        `consume: the deliveries ended after ${this.tally.count} of ${this.#expected} messages`,
      )
    }
  }

  /** Counts a message, unless it was before. */
  #process({ envelope, metadata }: Delivery): void {
    const message = readConsumed(envelope)
    const redelivered = metadata['redelivered'] === true
    if (message.id !== undefined && !this.#processed.add(envelope, message.id, redelivered)) {
      this.#duplicates++
      this.#options.onDuplicate?.()
      return
    }
    this.tally.add(message.key, message.payload)
  }

  /** Resolves when fewer than `window` publishes are open, or one has failed and all are answered. */
  async #room(window: number): Promise<void> {
    while (this.#open >= (this.#failure === undefined ? window : 1)) await this.#published.wait()
  }

  #publish(envelope: Uint8Array): void {
    this.#open++
    this.#processed.published(envelope)
    this.#try(envelope, 1)
  }

  /** Callbacks rather than an async function: each of those is two more promises for every message. */
  #try(envelope: Uint8Array, tries: number): void {
    this.#options.driver.publish(envelope, this.#publishOptions).then(
      (result) => {
        if (result.status === 'confirmed') {
          this.#confirmed++
          this.#progress()
        } else if (this.#options.transcript === true) {
          // Refused then as now.
        } else if (this.#tryAgain(envelope, tries, result.reason)) return
        this.#answered()
      },
      (error: unknown) => {
        const isPlayed = this.#options.transcript === true && error instanceof DriverError && !isAbort(error)
        if (!isPlayed) this.fail(error)
        this.#answered()
      },
    )
  }

  /** False when the message is given up. */
  #tryAgain(envelope: Uint8Array, tries: number, reason: string): boolean {
    const { patience } = this.#options
    const ms = pauseBefore(tries)
    if (ms === undefined) {
      const said = `publish: the broker refused a message ${tries} times, with growing pauses: ${reason}`
      this.fail(new DriverError('precondition_failed', said))
      return false
    }
    if (patience === undefined) this.#try(envelope, tries + 1)
    else void patience.pause(ms, this.#signal).then(() => this.#try(envelope, tries + 1))
    return true
  }

  #answered(): void {
    this.#open--
    this.#published.wake()
  }

  #progress(): void {
    this.#options.onProgress?.(this.#confirmed, this.tally.count)
  }

  #endWhenComplete(): void {
    if (this.tally.count >= this.#expected) this.#consumed.abort()
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
