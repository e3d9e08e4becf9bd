import { decodePlayed, type PlayedEntry } from '../../format/cassette/entry-decode.ts'
import type { CassetteReader } from '../../format/cassette/index.ts'
import { hasGoodBegins } from '../../format/begins.ts'
import { decodeEnvelope } from '../../format/envelope/index.ts'
import {
  causalOrder,
  Engine,
  hasCausalOrder,
  matchRules,
  nodeScheduler,
  pairOrder,
  type LeftBehind,
  type PlaybackEvent,
  type ReplayReport,
  type Scheduler,
} from '../../playback/index.ts'
import { isRequest, requestOf } from './answers.ts'
import { handledAtOnce } from './at-once.ts'
import { DivergenceLog } from './divergence-log.ts'
import { MessageRules } from './message-rules.ts'
import type { ReplayingDriver, ReplayingOptions, ReplayOptions } from './options.ts'
import { findPart, lanesOf, type LaneName, type Part, type PartChoice } from './parts.ts'
import { PlayedDriver } from './played-driver.ts'
import { engineLane, partOfLane, PortTape, type PartRules } from './port-tape.ts'
import { StallGuard } from './stall-guard.ts'

/** Not `queueMicrotask`, which the fake timers of jest hold back. */
function microtask(run: () => void): void {
  void done.then(run)
}
const done: Promise<void> = Promise.resolve()

/** More than it takes from the end of a loop's wait to its body, through wrappers of a program's own too. */
const microtasksToHear = 24

/** How long nothing may move while the program waits, in milliseconds. */
const defaultStallMs = 2_000
/** The same for recordings that do not tell of pauses. */
const untoldStallMs = 5_000
/** A machine that replays may be busier than the one that recorded: a pause may be this much longer. */
const pauseFactor = 2
/** Acts of the program between two turns of the event loop: without them no signal and no timer would be heard. */
const actsPerTurn = 1_024

/** The replay of a cassette: all its drivers, in one order, so that what one did because of another holds. */
export interface Replay extends AsyncDisposable {
  /**
   * A driver of the recording, which the program cannot tell from the live one: the same answers, deliveries, metadata and
   * failures in the same causal order. The same one for the same choice; by default that of the first messaging entry.
   *
   * @throws DriverError `not_found` where the cassette holds none
   */
  driver(choice?: PartChoice): ReplayingDriver
  /** Where the program did something else than the recording, so far. */
  report(): ReplayReport
  /**
   * Ends the replay and all its drivers.
   *
   * @throws ReplayError where the program did something else than the recording, unless `onDivergence` is `report`
   */
  close(): Promise<void>
}

/**
 * Opens the replay of a cassette. An act of the program that differs from the recorded one is a divergence; it gets the
 * recorded answer of its place, or of the entry near it that it equals, so that one run shows every effect of a change. What
 * goes beyond the recording fails.
 *
 * @throws DriverError `not_found` when the cassette has no messaging entry
 */
export function openReplay(cassette: CassetteReader, options: ReplayOptions = {}): Replay {
  const lanes = lanesOf(cassette)
  const first = findPart(lanes, {})
  const parts = new Set(lanes.flatMap(({ part }) => part ?? []))
  for (const name of options.names ?? []) {
    const isThere = [...parts].some((part) => part.name === name)
    // It was opened and did nothing.
    if (!isThere) parts.add({ wire: first.wire, endpoint: name, name })
  }
  return new PlayedReplay(cassette, lanes, [...parts], options)
}

/**
 * The replay of one driver: closing it ends the replay. {@link openReplay} plays several in one order.
 *
 * @throws DriverError `not_found` when the cassette has no messaging entry, or none of the wire and endpoint asked for
 */
export function replaying(cassette: CassetteReader, options: ReplayingOptions = {}): ReplayingDriver {
  const lanes = lanesOf(cassette)
  const part = findPart(lanes, options)
  const isChosen = options.wire !== undefined || options.endpoint !== undefined || options.name !== undefined
  const replay = new PlayedReplay(cassette, lanes, [part], options, isChosen)
  const [driver] = replay.drivers
  if (driver === undefined) throw new TypeError('a replay of one part has one driver')
  return driver
}

/** What the drivers of a replay have in common: the engine, the order in which things happen, the report. */
export class PlayedReplay implements Replay {
  readonly cassette: CassetteReader
  readonly lanes: readonly LaneName[]
  readonly engine: Engine<Uint8Array>
  readonly tape: PortTape
  readonly messages: MessageRules
  readonly scheduler: Scheduler
  readonly strict: boolean
  readonly log: DivergenceLog
  readonly options: ReplayOptions
  /** Whether the recording tells of iterations, pauses and the like, which older ones do not. */
  readonly tellsActs: boolean
  readonly hasCauses: boolean
  readonly stall: StallGuard
  /** With what every further call fails. */
  failure: Error | undefined
  readonly #drivers: readonly PlayedDriver[]
  readonly #parts: readonly Part[]
  #lastEntry = -1
  #last: PlayedEntry | undefined
  #acts = 0
  #resting = false
  /** What is given first after a rest. */
  #behind: PlaybackEvent | undefined
  /** The event that the gate keeps back. */
  #gated: number | undefined
  #closed: Promise<void> | undefined
  #final: ReplayReport | undefined

  /** @param parts those that are played; entries of others stay out of the order */
  constructor(
    cassette: CassetteReader,
    lanes: readonly LaneName[],
    parts: readonly Part[],
    options: ReplayOptions,
    isChosen = true,
  ) {
    const { openBegins = new Set<number>() } = options
    this.cassette = cassette
    this.lanes = lanes
    this.options = options
    this.scheduler = options.scheduler ?? nodeScheduler
    this.strict = (options.match ?? 'strict') === 'strict'
    this.messages = new MessageRules(options)
    this.tellsActs = lanes.some(({ role }) => role !== undefined && role !== 'publish' && role !== 'delivery')
    const positions = { count: cassette.count, begin: (entry: number) => cassette.begin(entry), event: () => undefined }
    this.hasCauses = hasGoodBegins(cassette, openBegins) || hasCausalOrder(positions, openBegins)
    const atOnce = this.hasCauses ? handledAtOnce(cassette, lanes, openBegins) : new Set<Part>()
    this.tape = new PortTape(
      cassette,
      lanes,
      parts,
      parts.map((part) => rulesOf(part, options, atOnce)),
    )
    this.engine = new Engine<Uint8Array>(
      this.hasCauses ? causalOrder(this.tape, openBegins) : pairOrder(this.tape),
      {
        same: (event, act) => this.#isSame(event, act),
        digest: (act) => this.messages.digest(act, false),
        digestOf: ({ entry }) => this.messages.digest(requestOf(this.entry(entry)), true),
        keep: (act) => new Uint8Array(act),
      },
      { causes: this.hasCauses, onEvent: options.onEvent, mayHappen: this.#mayHappen() },
    )
    this.log = new DivergenceLog(this, isChosen)
    this.#parts = parts
    this.#drivers = parts.map((part, index) => new PlayedDriver(this, part, index))
    const base = options.stallMs ?? (this.tellsActs ? defaultStallMs : untoldStallMs)
    this.stall = new StallGuard(this.scheduler, base, {
      waiting: () => this.#drivers.some((driver) => driver.isWaiting),
      allowedMs: () => (this.#gated === undefined ? this.#allowedMs(base) : Infinity),
      stalled: (ms) => this.#stalled(ms),
    })
  }

  /** Entries taken by the program; what is left is unused. */
  get drivers(): readonly PlayedDriver[] {
    return this.#drivers
  }

  driver(choice: PartChoice = {}): PlayedDriver {
    const named = this.#parts.findIndex(({ name }) => name !== undefined && name === choice.name)
    const driver = this.#drivers[named >= 0 ? named : this.#parts.indexOf(findPart(this.lanes, choice))]
    if (driver === undefined) throw new TypeError('a part that is found is played')
    return driver
  }

  report(): ReplayReport {
    return this.#final ?? this.log.report()
  }

  close(): Promise<void> {
    if (this.#closed !== undefined) return this.#closed.catch(() => undefined)
    this.#closed = this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.releaseDue()
    for (const driver of this.#drivers) driver.end()
    this.stall.stop()
    // The cassette may be closed when somebody asks again.
    this.#final = this.log.report()
    if (this.options.onDivergence === 'report') return
    const error = this.log.error(this.#final)
    if (error !== undefined) throw error
  }

  /** An entry, decoded; the one asked for last is at hand. */
  entry(index: number): PlayedEntry {
    if (index !== this.#lastEntry || this.#last === undefined) {
      this.#last = decodePlayed(this.cassette.entry(index))
      this.#lastEntry = index
    }
    return this.#last
  }

  /**
   * Lets everything happen whose causes have happened. The call `made` just now, or the settle, has nobody who waits for it
   * yet: answers that came after its own are given a microtask later, so that the program hears them after it too. A loop that waits
   * hears of a delivery some microtasks later than a publish would of its answer: answers behind it wait for that.
   */
  play(made?: number | 'settle'): void {
    if (this.#resting || this.#rests()) return
    let later: PlaybackEvent[] | undefined
    let answered = made === 'settle'
    let woke = false
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      if (event.side === 'broker' && event.half === 'end') {
        if (woke) {
          this.#behind = event
          this.#playWhenHeard()
          break
        }
        if (answered) (later ??= []).push(event)
        else this.#drivers[partOfLane(event.lane)]?.answer(event)
        answered ||= event.entry === made
      } else if (this.#drivers[partOfLane(event.lane)]?.happened(event) === true) {
        woke = true
      }
    }
    if (later !== undefined) {
      microtask(() => later.forEach((event) => this.#drivers[partOfLane(event.lane)]?.answer(event)))
    }
    this.stall.moved()
  }

  #next(): PlaybackEvent | undefined {
    const event = this.#behind ?? this.engine.cut.next()
    this.#behind = undefined
    return event
  }

  #playWhenHeard(): void {
    this.#resting = true
    let left = microtasksToHear
    const step = (): void => (left-- > 0 ? microtask(step) : this.releaseDue())
    step()
  }

  /** Plays what waited for the program, or for a turn of the event loop. */
  releaseDue(): void {
    if (!this.#resting) return
    this.#resting = false
    this.play()
  }

  /** Now and then, lets the event loop turn first. */
  #rests(): boolean {
    if (++this.#acts % actsPerTurn !== 0) return false
    this.playNextTurn()
    return true
  }

  /** Plays in the next turn of the event loop: the program hears of what just happened before it hears of what comes then. */
  playNextTurn(): void {
    if (this.#resting) return
    this.#resting = true
    this.scheduler.turn(() => this.releaseDue())
  }

  #isSame({ entry, lane }: PlaybackEvent, act: Uint8Array): boolean {
    const recorded = this.entry(entry)
    if (isRequest(recorded, act)) return true
    // Bytes that are not an envelope are refused as a live driver does, before they take a place.
    if (lane === engineLane(this.tape.played(entry)?.part ?? -1, 'publish')) decodeEnvelope(act)
    if (!this.strict) return true
    if (this.tape.played(entry)?.role === 'transaction') return false
    return this.messages.any && this.messages.isSame(requestOf(recorded), act)
  }

  #mayHappen(): ((event: PlaybackEvent) => boolean) | undefined {
    const { gate } = this.options
    if (gate === undefined) return undefined
    let open = -1
    return ({ entry, half }) => {
      const key = 2 * entry + (half === 'end' ? 1 : 0)
      if (open === key) return true
      if (this.#gated === key) return false
      this.#gated = key
      const isOpen = gate(entry, half, () => {
        if (this.#gated !== key) return
        this.#gated = undefined
        open = key
        this.play()
      })
      if (isOpen) this.#gated = undefined
      return isOpen
    }
  }

  /** A program that went past something does not wait for it; how long it does for another is as it was recorded. */
  #allowedMs(base: number): number {
    if (this.stall.hurries && this.strict && !this.#leftBehind().next().done) return this.stall.ms
    return base + pauseFactor * this.tape.pauseBefore(this.engine.cut.waitingFor())
  }

  /** Who asks for deliveries waits for them, and has not gone on. */
  #leftBehind(): Generator<LeftBehind> {
    return this.engine.cut.leftBehind(({ lane }) => this.tape.roleOfLane(lane) !== 'iterate')
  }

  #stalled(ms: number): void {
    // The program goes on, so that one run shows what else it does otherwise.
    const left = this.strict ? [...this.#leftBehind()] : []
    if (left.length > 0) {
      for (const { left: event } of left) this.engine.cut.leave(event)
      // Later ones have no time to come: those that do come are not told.
      if (!this.stall.hurries) this.log.leftBehind(left)
      this.stall.hurry()
      this.stall.watch()
      this.play()
      return
    }
    const waits = this.engine.cut.waitingFor()
    const early = this.#drivers.flatMap((driver) => driver.releaseEarly())
    if (early.length > 0) {
      this.log.early(early, waits[0]?.entry)
      this.stall.watch()
      return
    }
    const error = this.log.stalled(waits, ms)
    if (this.#drivers.filter((driver) => driver.leaveIteration(waits)).length > 0) return
    this.failure = error
    for (const driver of this.#drivers) driver.fail(error)
  }
}

function rulesOf(part: Part, { rules, match }: ReplayOptions, atOnce: ReadonlySet<Part>): PartRules {
  // A program whose handlers run at the same time may publish on another connection than it consumes from.
  const publish = match !== 'x07' && atOnce.size > 0 ? 'bag' : 'ordered'
  const settle = atOnce.has(part) ? 'bag' : 'ordered'
  return { publish: matchRules[rules?.publish ?? publish], settle: matchRules[rules?.settle ?? settle] }
}
