import { bytesAt, type PlayedEntry } from '../../format/cassette/entry-decode.ts'
import { decodeEnvelope } from '../../format/envelope/index.ts'
import type { JsonObject } from '../../format/envelope/index.ts'
import { canonicalJsonBytes } from '../../format/json/index.ts'
import { outcomeOf, readUnsettledNote, wires } from '../../format/record/index.ts'
import { asBuffer } from '../../kit/as-buffer.ts'
import { Queue } from '../../kit/queue.ts'
import { wakeup } from '../../kit/wakeup.ts'
import type { PlaybackEvent, ReplayReport } from '../../playback/index.ts'
import {
  DriverError,
  iterateDeliveries,
  type Delivery,
  type Metadata,
  type Outcome,
  type Driver,
  type PublishResult,
  type WaitOptions,
  type Wire,
} from '../index.ts'
import type { DriverObserver } from '../observer.ts'
import { answerOf, failureOf, metadataReader, recordOf, requestOf, responseOf, type ExpectedRecord } from './answers.ts'
import { EntryMap } from './entry-map.ts'
import type { ReplayingDriver } from './options.ts'
import type { Part } from './parts.ts'
import { PendingPublishes } from './pending-publishes.ts'
import { engineLane } from './port-tape.ts'
import { playTransaction } from './transaction.ts'
import type { PlayedReplay } from './replay.ts'

const done: Promise<void> = Promise.resolve()
const none = new Uint8Array(0)

/** How a settle that the program waits for ends. */
interface HeldSettle {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** One driver of a replay. */
export class PlayedDriver implements ReplayingDriver {
  readonly #replay: PlayedReplay
  readonly #part: Part
  readonly #index: number
  readonly #observer: DriverObserver | undefined
  readonly #expected: Readonly<Record<'publish' | 'deliver', ExpectedRecord>>
  readonly #readAnswer = metadataReader()
  readonly #readMetadata = metadataReader()
  readonly #changed = wakeup()
  readonly #arrived = new Queue<number>()
  readonly #pending: PendingPublishes
  readonly #topology = new EntryMap<HeldSettle>()
  readonly #held = new EntryMap<HeldSettle>()
  #settleIsFree: boolean
  readonly #failures = new WeakSet<Error>()
  /** Of brokers that have them. */
  readonly transaction?: NonNullable<Driver['transaction']>
  #publishes = 0
  #left: number
  #iterating = false
  #iteration: number | undefined
  #consumerWaits = false
  #overstays = false
  #closed = false

  constructor(replay: PlayedReplay, part: Part, index: number) {
    this.#replay = replay
    this.#part = part
    this.#index = index
    this.#observer = replay.options.observer
    const { driverKind } = wires[part.wire]
    const endpoint = Buffer.from(part.endpoint)
    this.#expected = { publish: { opTag: 1, driverKind, endpoint }, deliver: { opTag: 2, driverKind, endpoint } }
    this.#pending = new PendingPublishes(
      part.endpoint,
      () => replay.releaseDue(),
      (callback) => replay.scheduler.turn(callback),
    )
    this.#left = deliveriesOf(replay, part)
    if (part.wire === 'kafka') {
      const call = (request: JsonObject): Promise<void> => this.#call(request)
      const publish: Driver['publish'] = (envelope, options) => this.publish(envelope, options)
      this.transaction = () => playTransaction({ call, publish }, part.endpoint)
    }
    this.#settleIsFree = !replay.hasCauses || replay.tape.rulesOf(index).settle.name !== 'ordered'
  }

  get wire(): Wire {
    return this.#part.wire
  }

  get endpoint(): string {
    return this.#part.endpoint
  }

  /** Whether the program waits for something that this driver has to give. */
  get isWaiting(): boolean {
    if (this.#pending.size > 0 || this.#topology.size > 0 || this.#held.size > 0) return true
    return this.#consumerWaits && !this.#waitsForClose()
  }

  /** Deliveries that were given and that the program has not asked for. */
  *untaken(): Generator<number> {
    for (let at = 0; at < this.#arrived.length; at++) {
      const entry = this.#arrived.peek(at)
      if (entry !== undefined) yield entry
    }
  }

  ensureTopology({ signal }: WaitOptions = {}): Promise<void> {
    const { engine, log } = this.#replay
    if (this.#closed)
      return Promise.reject(new DriverError('closed', `topology of ${this.endpoint}: the driver is closed`))
    if (signal?.aborted === true) {
      return Promise.reject(new DriverError('aborted', `topology of ${this.endpoint}: aborted by the caller`))
    }
    const lane = engineLane(this.#index, 'topology')
    // Older recordings do not tell of topologies.
    if (!this.#hasLane('topology')) return done
    const offered = engine.offer(lane, none)
    if (offered.kind === 'extra') return Promise.reject(log.extra(this.#index, 'topology'))
    return this.#answerTo(offered.event.entry)
  }

  /** Begins or ends a transaction. */
  #call(request: JsonObject): Promise<void> {
    const { engine, log } = this.#replay
    if (this.#closed)
      return Promise.reject(new DriverError('closed', `transaction on ${this.endpoint}: the driver is closed`))
    const act = canonicalJsonBytes(request)
    const offered = engine.offer(engineLane(this.#index, 'transaction'), act)
    if (offered.kind === 'extra') return Promise.reject(log.extra(this.#index, 'transaction'))
    if (offered.kind !== 'matched') log.differs(offered.kind, offered.event.entry, act)
    return this.#answerTo(offered.event.entry)
  }

  /** Waits for the end of a call that has no message. */
  #answerTo(entry: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#topology.add(entry, { resolve, reject })
      this.#replay.play()
      if (this.#topology.size > 0) this.#replay.stall.watch()
    })
  }

  publish(envelope: Uint8Array, { signal }: WaitOptions = {}): Promise<PublishResult> {
    // One promise a publish: an async function around it would make two more.
    return new Promise((resolve, reject) => this.#publish(envelope, signal, resolve, reject))
  }

  deliveries(options: WaitOptions = {}): AsyncIterable<Delivery> {
    if (this.#iterating) {
      throw new DriverError('protocol', `consume from ${this.endpoint}: an iteration is already under way`)
    }
    const { engine, log } = this.#replay
    this.#iterating = true
    this.#overstays = false
    this.#iteration = undefined
    const tells = this.#replay.tellsActs && !this.#closed
    if (tells) {
      const offered = engine.offer(engineLane(this.#index, 'iterate'), none)
      if (offered.kind === 'extra') log.extra(this.#index, 'iterate')
      else this.#iteration = offered.event.entry
    }
    this.#replay.play()
    return iterateDeliveries(
      {
        changed: { wait: () => this.#waitForArrival(), wake: () => this.#changed.wake() },
        take: () => this.#take(),
        // A live broker would wait for more; a recording that does not tell how it ended knows that nothing more comes.
        finished: () => this.#closed || this.#overstays || (!tells && this.#arrived.length === 0 && this.#left === 0),
        done: () => {
          this.#iterating = false
          if (this.#iteration === undefined || this.#closed) return
          engine.perform(engineLane(this.#index, 'iterationEnd'), this.#iteration, 'end')
          // The loop hears of its end, or of a failure, some microtasks later than a publish would of its answer.
          this.#replay.playNextTurn()
        },
      },
      options,
    )
  }

  report(): ReplayReport {
    return this.#replay.report()
  }

  isRecordedFailure(error: unknown): boolean {
    return error instanceof Error && this.#failures.has(error)
  }

  async close(): Promise<void> {
    this.#replay.releaseDue()
    this.end()
    if (this.#replay.drivers.length === 1) await this.#replay.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Lets go of everything the program waits for. */
  end(): void {
    if (this.#closed) return
    this.#closed = true
    const closed = (what: string): DriverError =>
      new DriverError('closed', `${what} ${this.endpoint}: the driver was closed before the recorded answer`)
    this.#pending.rejectAll(closed('publish to'))
    for (const entry of this.#topology.entries()) this.#topology.take(entry)?.reject(closed('topology of'))
    for (const entry of this.#held.entries()) this.#held.take(entry)?.resolve()
    this.#changed.wake()
  }

  /** Ends everything the program waits for with an error. */
  fail(error: Error): void {
    this.#pending.rejectAll(error)
    for (const entry of this.#topology.entries()) this.#topology.take(entry)?.reject(error)
    for (const entry of this.#held.entries()) this.#held.take(entry)?.reject(error)
    this.#changed.wake()
  }

  /**
   * Lets calls go that wait for something the program did first in the recording, and is not going to do first now: settles, and
   * publishes whose answer came later. From here on no settle of this driver waits.
   *
   * @returns their entries
   */
  releaseEarly(): readonly number[] {
    const settles = [...this.#held.entries()]
    if (settles.length > 0) this.#settleIsFree = true
    for (const entry of settles) this.#held.take(entry)?.resolve()
    const publishes = [...this.#pending.entries()]
    for (const entry of publishes) this.#answerOutOfOrder(entry)
    return [...settles, ...publishes]
  }

  /**
   * Ends the iteration of a program that asks for more where it left the loop when it was recorded; whether it did. Nothing can come:
   * what the recording has behind that came after the loop.
   */
  leaveIteration(waits: readonly PlaybackEvent[]): boolean {
    const lane = engineLane(this.#index, 'iterationEnd')
    if (!this.#consumerWaits || !waits.some((event) => event.lane === lane && event.entry === this.#iteration))
      return false
    this.#overstays = true
    this.#changed.wake()
    return true
  }

  /** A delivery comes, or a settle that was held has its turn. Gives whether a loop waited for it. */
  happened({ entry, side }: PlaybackEvent): boolean {
    if (side === 'program') {
      this.#held.take(entry)?.resolve()
      return false
    }
    this.#left--
    this.#arrived.push(entry)
    this.#changed.wake()
    return this.#consumerWaits
  }

  /** The broker answers the call of an entry. */
  answer({ entry: index }: Pick<PlaybackEvent, 'entry'>): void {
    if (this.#topology.size > 0) {
      const call = this.#topology.take(index)
      if (call !== undefined) {
        const entry = this.#replay.entry(index)
        if (entry.err === 0) call.resolve()
        else call.reject(this.#failure(entry))
        return
      }
    }
    const pending = this.#pending.take(index)
    if (pending === undefined) return
    const entry = pending.recorded
    const ticks = entry.latencyTicks
    if (entry.err !== 0) {
      this.#observer?.failed('publish', ticks)
      pending.reject(this.#failure(entry))
      return
    }
    try {
      const result = answerOf(entry, recordOf(entry, index, this.#expected.publish), this.#readAnswer)
      this.#observer?.published(result.status, pending.envelope, ticks)
      if (result.status === 'refused') this.#replay.engine.free(engineLane(this.#index, 'publish'), pending.envelope)
      pending.resolve(result)
    } catch (error) {
      pending.reject(error)
    }
  }

  /** The failure that an entry recorded; `text` where its response is not the message. */
  #failure(entry: PlayedEntry, text?: string): DriverError {
    const failure = text === undefined ? failureOf(entry) : DriverError.fromErrno(entry.err ?? 0, text)
    this.#failures.add(failure)
    return failure
  }

  #publish(
    envelope: Uint8Array,
    signal: AbortSignal | undefined,
    resolve: (result: PublishResult) => void,
    reject: (error: unknown) => void,
  ): void {
    const replay = this.#replay
    if (this.#closed) throw new DriverError('closed', `publish to ${this.endpoint}: the driver is closed`)
    if (signal?.aborted === true) throw new DriverError('aborted', `publish to ${this.endpoint}: aborted by the caller`)
    if (replay.failure !== undefined) throw replay.failure
    const lane = engineLane(this.#index, 'publish')
    if (replay.engine.nextOf(lane) === undefined) decodeEnvelope(envelope)
    const offered = replay.engine.offer(lane, envelope)
    if (offered.kind === 'extra') throw replay.log.extra(this.#index, 'publish', { before: this.#publishes, envelope })
    this.#publishes++
    const { entry } = offered.event
    if (offered.kind !== 'matched') replay.log.differs(offered.kind, entry, envelope)
    // Found by its digest: what the rules excused is counted, and what they bind is bound.
    const found = offered.kind === 'moved' || (offered.kind === 'matched' && !offered.inOrder)
    if (found && replay.messages.any) replay.messages.isSame(requestOf(replay.entry(entry)), envelope)
    const again = offered.kind === 'matched' && offered.repeated
    // The place was another's, who waits for this very answer.
    if (again) this.answer({ entry })
    this.#pending.add(entry, { envelope, recorded: replay.entry(entry), signal, resolve, reject })
    replay.play(entry)
    if (!this.#pending.has(entry)) return
    replay.stall.watch()
    if (offered.kind === 'matched' && offered.inOrder && !again) return
    // Before the answer of another's place the recording may have what this very task does next, such as a settle.
    replay.scheduler.turn(() => this.#answerOutOfOrder(entry))
  }

  #answerOutOfOrder(entry: number): void {
    this.#replay.releaseDue()
    if (!this.#pending.has(entry)) return
    if (!this.#replay.engine.cut.hasHappened(entry, 'end'))
      this.#replay.engine.take(entry, 'end', 'answer before its turn')
    this.answer({ entry })
    this.#replay.stall.moved()
  }

  #take(): Delivery | undefined {
    const replay = this.#replay
    if (replay.failure !== undefined) throw replay.failure
    const index = this.#arrived.shift()
    if (index === undefined) return undefined
    const entry = replay.entry(index)
    const { document, latencyTicks: ticks } = entry
    if (replay.tape.played(index)?.role === 'unsettled') {
      const note = readUnsettledNote(responseOf(entry))
      const failure = entry.err === 0 ? undefined : this.#failure(entry, note.error)
      return this.#delivery(index, asBuffer(requestOf(entry)), note.metadata, note.outcome, failure, ticks)
    }
    if (entry.err === 0) {
      const record = recordOf(entry, index, this.#expected.deliver)
      const ack = bytesAt(document, record.ackAt, record.ackLength)
      const metadata = this.#readMetadata(ack)
      const envelope = Buffer.from(document.buffer, document.byteOffset + record.envelopeAt, record.envelopeLength)
      return this.#delivery(index, envelope, metadata, outcomeOf(record.ackTag, ack), undefined, ticks)
    }
    const failure = this.#failure(entry)
    if (entry.reqLength > 0) {
      // As older recordings have it: what the broker said of the delivery is lost.
      return this.#delivery(index, asBuffer(requestOf(entry)), {}, undefined, failure, ticks)
    }
    // The deliveries themselves failed: there is nothing to settle.
    this.#observer?.failed('deliveries', ticks)
    replay.engine.perform(engineLane(this.#index, 'settle'), index, 'end')
    throw failure
  }

  /**
   * @param recorded what the program said of it when it was recorded; undefined where it said nothing, or is not known
   * @param failure with what the recorded settle failed
   */
  #delivery(
    index: number,
    envelope: Uint8Array,
    metadata: Metadata,
    recorded: Outcome | undefined,
    failure: DriverError | undefined,
    ticks: number,
  ): Delivery {
    let said: Outcome | undefined
    return {
      envelope: this.#replay.messages.translated(envelope),
      metadata,
      settle: (outcome) => {
        if (said !== undefined) {
          this.#resettles(index, outcome)
          return done
        }
        said = outcome
        if (this.#closed) {
          return Promise.reject(
            new DriverError('closed', `settle a delivery of ${this.endpoint}: the driver is closed`),
          )
        }
        if (recorded === undefined && failure === undefined) {
          this.#replay.log.settled(index, 'never', outcome)
          return done
        }
        return this.#settle(index, envelope, outcome, recorded ?? outcome, failure, ticks)
      },
    }
  }

  #settle(
    index: number,
    envelope: Uint8Array,
    outcome: Outcome,
    recorded: Outcome,
    failure: DriverError | undefined,
    ticks: number,
  ): Promise<void> {
    const { engine, log } = this.#replay
    const lane = engineLane(this.#index, 'settle')
    const inOrder = engine.perform(lane, index, 'end')
    const isFree = this.#settleIsFree || (!inOrder && log.settledOutOfOrder(lane, index))
    this.#replay.play('settle')
    log.settled(index, recorded, outcome)
    if (failure !== undefined) {
      this.#observer?.failed('settle', ticks)
      return Promise.reject(failure)
    }
    this.#observer?.settled(recorded, envelope, ticks)
    if (isFree || engine.cut.isPassed(index, 'end')) return done
    if (this.#replay.failure !== undefined) return Promise.reject(this.#replay.failure)
    // In the recording the program did something before: so it has to do it now.
    engine.relax('settle before its turn')
    return new Promise((resolve, reject) => {
      this.#held.add(index, { resolve, reject })
      this.#replay.stall.watch()
    })
  }

  #resettles(index: number, outcome: Outcome): void {
    const { engine, log, tellsActs } = this.#replay
    const delivery = this.#replay.cassette.begin(index)
    if (!tellsActs || delivery === undefined || this.#closed) return
    const act = canonicalJsonBytes({ delivery, outcome })
    const offered = engine.offer(engineLane(this.#index, 'resettle'), act)
    if (offered.kind !== 'matched') log.settledAgain(index, outcome)
    this.#replay.play()
  }

  #hasLane(role: 'topology'): boolean {
    return this.#replay.lanes.some((lane) => lane.part === this.#part && lane.role === role)
  }

  /** Whether the consumer waits for nothing but the end of the driver, as it did when it was recorded. */
  #waitsForClose(): boolean {
    if (this.#iteration === undefined || this.#replay.engine.cut.waitingFor(1).length > 0) return false
    return (
      this.#replay.tape.event(this.#iteration, 'end') === undefined &&
      this.#replay.engine.cut.nextOfBroker() === undefined
    )
  }

  async #waitForArrival(): Promise<void> {
    this.#consumerWaits = true
    this.#replay.stall.watch()
    try {
      await this.#changed.wait()
    } finally {
      this.#consumerWaits = false
    }
  }
}

/** Counted by lanes: what is asked of every entry has the whole of a large recording read again. */
function deliveriesOf({ cassette, lanes }: PlayedReplay, part: Part): number {
  let count = 0
  for (const [id, lane] of lanes.entries()) {
    if (lane.part === part && (lane.role === 'delivery' || lane.role === 'unsettled')) count += cassette.countOf(id)
  }
  return count
}
