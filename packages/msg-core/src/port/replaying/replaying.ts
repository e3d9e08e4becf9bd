import { bytesAt, decodePlayed, type PlayedEntry } from '../../format/cassette/entry-decode.ts'
import type { CassetteReader } from '../../format/cassette/index.ts'
import type { DriverObserver } from '../observer.ts'
import {
  DriverError,
  iterateDeliveries,
  type Delivery,
  type PublishResult,
  type WaitOptions,
  type Wire,
} from '../index.ts'
import { wakeup } from '../../kit/wakeup.ts'
import { Queue } from '../../kit/queue.ts'
import { Player } from './player.ts'
import { outcomeOf, wires } from '../../format/record/index.ts'
import { answerOf, metadataReader, failureOf, recordOf, requestOf, type ExpectedRecord } from './answers.ts'
import { AskedPublishes } from './asked.ts'
import { DivergenceLog } from './divergence-log.ts'
import { findEndpoint, laneNames, type PlayedEndpoint } from './endpoint.ts'
import { emptyReport, type ReplayReport } from '../../playback/index.ts'
import type { ReplayingDriver, ReplayingOptions } from './options.ts'
import { playedDelivery, type PlayedDeliveries } from './played-delivery.ts'
import { publishLane, RecordedPublishes } from './recorded-publishes.ts'
import { StallGuard } from './stall-guard.ts'

const defaultStallMs = 5_000
/** Acts of the program between two turns of the event loop: without them no signal and no timer would be heard. */
const actsPerTurn = 1_024

/**
 * A driver over a recorded cassette, which the program cannot tell from the live one: the same answers, deliveries,
 * metadata and failures in the same causal order. A publish that differs from the recorded request gets a divergence in the
 * report and the recorded answer of its place, or of the entry near it that has its bytes, so that one run shows every effect
 * of a change; a publish beyond the recording fails.
 *
 * @throws DriverError `not_found` when the cassette has no messaging entry, or none of the wire and endpoint asked for
 */
export function replaying(cassette: CassetteReader, options: ReplayingOptions = {}): ReplayingDriver {
  return new Replaying(cassette, findEndpoint(laneNames(cassette), options), options)
}

class Replaying implements ReplayingDriver {
  readonly #cassette: CassetteReader
  readonly #played: PlayedEndpoint
  readonly #player: Player
  readonly #log: DivergenceLog
  readonly #publishes: RecordedPublishes
  readonly #observer: DriverObserver | undefined
  readonly #expected: Readonly<Record<'publish' | 'deliver', ExpectedRecord>>
  readonly #stallMs: number
  readonly #stall: StallGuard
  readonly #readAnswer = metadataReader()
  readonly #source: PlayedDeliveries = {
    readMetadata: metadataReader(),
    settles: (entry) => {
      this.#player.offer({ kind: 'settle', entry })
      this.#play('settle')
    },
  }
  readonly #changed = wakeup()
  readonly #arrived = new Queue<number>()
  readonly #asked: AskedPublishes
  #failure: DriverError | undefined
  #iterating = false
  #consumerWaits = false
  #closed = false
  #acts = 0
  #resting = false

  constructor(cassette: CassetteReader, played: PlayedEndpoint, options: ReplayingOptions) {
    const { roles } = played
    this.#cassette = cassette
    this.#played = played
    this.#observer = options.observer
    const { driverKind } = wires[played.wire]
    const endpoint = Buffer.from(played.endpoint)
    this.#expected = { publish: { opTag: 1, driverKind, endpoint }, deliver: { opTag: 2, driverKind, endpoint } }
    this.#player = new Player(
      {
        count: cassette.count,
        begin: (entry) => cassette.begin(entry),
        role: (entry) => roles[cassette.lane(entry)] ?? 'none',
      },
      { lane: () => publishLane, open: options.openBegins ?? new Set() },
    )
    const strict = (options.match ?? 'strict') === 'strict'
    this.#log = new DivergenceLog(cassette, played, strict)
    this.#publishes = new RecordedPublishes(cassette, this.#player, this.#log, strict)
    this.#asked = new AskedPublishes(played.endpoint, () => this.#wakeUp())
    this.#stallMs = options.stallMs ?? defaultStallMs
    this.#stall = new StallGuard(
      this.#stallMs,
      () => this.#consumerWaits || this.#asked.size > 0,
      () => this.#fail(this.#log.stalled(this.#player.waitingFor(), this.#stallMs)),
    )
  }

  get wire(): Wire {
    return this.#played.wire
  }

  get endpoint(): string {
    return this.#played.endpoint
  }

  ensureTopology(): Promise<void> {
    return Promise.resolve()
  }

  publish(envelope: Uint8Array, { signal }: WaitOptions = {}): Promise<PublishResult> {
    // One promise a publish: an async function around it would make two more.
    return new Promise((resolve, reject) => this.#publish(envelope, signal, resolve, reject))
  }

  deliveries(options: WaitOptions = {}): AsyncIterable<Delivery> {
    if (this.#iterating) {
      throw new DriverError('protocol', `consume from ${this.endpoint}: an iteration is already under way`)
    }
    this.#iterating = true
    this.#play()
    return iterateDeliveries(
      {
        changed: { wait: () => this.#waitForArrival(), wake: () => this.#changed.wake() },
        take: () => this.#take(),
        // A live broker would wait for more; a recording knows that nothing more comes.
        finished: () => this.#closed || (this.#arrived.length === 0 && this.#player.deliveriesLeft === 0),
        done: () => {
          this.#iterating = false
        },
      },
      options,
    )
  }

  report(): ReplayReport {
    return { ...emptyReport, ...this.#log.report() }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#wakeUp()
    this.#closed = true
    this.#stall.stop()
    this.#asked.rejectAll(
      new DriverError('closed', `publish to ${this.endpoint}: the driver was closed before the recorded answer`),
    )
    this.#changed.wake()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #publish(
    envelope: Uint8Array,
    signal: AbortSignal | undefined,
    resolve: (result: PublishResult) => void,
    reject: (error: unknown) => void,
  ): void {
    if (this.#closed) throw new DriverError('closed', `publish to ${this.endpoint}: the driver is closed`)
    if (signal?.aborted === true) throw new DriverError('aborted', `publish to ${this.endpoint}: aborted by the caller`)
    if (this.#failure !== undefined) throw this.#failure
    const { entry, recorded, inPlace } = this.#publishes.take(envelope)
    this.#asked.add(entry, { envelope, recorded, signal, resolve, reject })
    this.#play(entry)
    if (!this.#asked.has(entry)) return
    this.#stall.watch()
    // Before the answer of another's place the recording may have what this very task does next, such as a settle.
    if (!inPlace) setImmediate(() => this.#answerOutOfPlace(entry))
  }

  #answerOutOfPlace(entry: number): void {
    this.#wakeUp()
    this.#answer(entry)
    this.#stall.moved()
  }

  /**
   * Lets everything happen whose causes have happened. The call `made` just now, or the settle, has nobody who waits for it
   * yet: answers that came after its own are given a microtask later, so that the program hears them after it too.
   */
  #play(made?: number | 'settle'): void {
    if (this.#resting || this.#rests()) return
    let later: number[] | undefined
    let answered = made === 'settle'
    for (let release = this.#player.release(); release !== undefined; release = this.#player.release()) {
      if (release.kind === 'answer') {
        if (answered) (later ??= []).push(release.entry)
        else this.#answer(release.entry)
        answered ||= release.entry === made
      } else {
        this.#arrived.push(release.entry)
        this.#changed.wake()
      }
    }
    if (later !== undefined) queueMicrotask(() => later.forEach((entry) => this.#answer(entry)))
    this.#stall.moved()
  }

  /** Now and then, lets the event loop turn first. */
  #rests(): boolean {
    if (++this.#acts % actsPerTurn !== 0) return false
    this.#resting = true
    setImmediate(() => this.#wakeUp())
    return true
  }

  #wakeUp(): void {
    if (!this.#resting) return
    this.#resting = false
    this.#play()
  }

  #answer(index: number): void {
    const asked = this.#asked.take(index)
    if (asked === undefined) return
    const entry = asked.recorded
    const ticks = entry.latencyTicks
    if (entry.err !== 0) {
      this.#observer?.failed('publish', ticks)
      asked.reject(failureOf(entry))
      return
    }
    try {
      const result = answerOf(entry, recordOf(entry, index, this.#expected.publish), this.#readAnswer)
      this.#observer?.published(result.status, asked.envelope, ticks)
      asked.resolve(result)
    } catch (error) {
      asked.reject(error)
    }
  }

  #take(): Delivery | undefined {
    if (this.#failure !== undefined) throw this.#failure
    const index = this.#arrived.shift()
    if (index === undefined) return undefined
    const entry = this.#entry(index)
    this.#cassette.consume(index)
    const { document, latencyTicks: ticks } = entry
    if (entry.err === 0) {
      const record = recordOf(entry, index, this.#expected.deliver)
      const received = bytesAt(document, record.envelopeAt, record.envelopeLength)
      const ack = bytesAt(document, record.ackAt, record.ackLength)
      const recorded = outcomeOf(record.ackTag, ack)
      return playedDelivery(this.#source, index, received, ack, (envelope, outcome) => {
        this.#log.settled(index, recorded, outcome)
        this.#observer?.settled(recorded, envelope, ticks)
      })
    }
    const failure = failureOf(entry)
    if (entry.reqLength === 0) {
      // The deliveries themselves failed: there is nothing to settle.
      this.#observer?.failed('deliveries', ticks)
      this.#player.offer({ kind: 'settle', entry: index })
      throw failure
    }
    return playedDelivery(this.#source, index, requestOf(entry), new Uint8Array(0), () => {
      this.#observer?.failed('settle', ticks)
      throw failure
    })
  }

  #entry(index: number): PlayedEntry {
    return decodePlayed(this.#cassette.entry(index))
  }

  async #waitForArrival(): Promise<void> {
    this.#consumerWaits = true
    this.#stall.watch()
    try {
      await this.#changed.wait()
    } finally {
      this.#consumerWaits = false
    }
  }

  #fail(error: DriverError): void {
    this.#failure = error
    this.#asked.rejectAll(error)
    this.#changed.wake()
  }
}
