import { Queue } from '../kit/queue.ts'
import { Bits } from '../kit/bits.ts'
import type { Half, PlaybackEvent } from './event.ts'
import { Lane, type Comparison, type LaneHost } from './lane.ts'
import { Ledger, type LaneDifference } from './ledger.ts'
import { ordered, type Found } from './match.ts'
import type { EventOrder } from './order.ts'

/**
 * What became of something that the program did.
 *
 * - `matched`: it is this event. `inOrder` is false where the rule of the lane found it at another place. `repeated`: it has
 *   been one before, or its place had been taken by an act that the recording does not have; its answer may be given already.
 * - `moved`: it is this event, and its lane is one in which order counts: a divergence.
 * - `changed`: the recording has nothing like it; it takes the place of this event, so that what follows goes on: a
 *   divergence.
 * - `extra`: the recording has nothing like it, and no place either: a divergence.
 */
export type Offered =
  | { readonly kind: 'matched'; readonly event: PlaybackEvent; readonly inOrder: boolean; readonly repeated: boolean }
  | { readonly kind: 'moved' | 'changed'; readonly event: PlaybackEvent }
  | { readonly kind: 'extra' }

/** What an engine counted. */
export interface EngineReport<Act> {
  /** Where lanes differ, aligned; see {@link LaneDifference}. */
  readonly differences: readonly LaneDifference<Act>[]
  /** Differences beyond those listed. */
  readonly more: number
  /** Acts that a rule found at another place than the recorded one. */
  readonly outOfOrder: number
  /** By name: what the rules of a protocol allowed beyond the recorded order. */
  readonly relaxations: Readonly<Record<string, number>>
}

/** Events listed by {@link Engine.waitingFor} where nobody says how many. */
const listedWaits = 10

/** What an engine is told beside its tape. */
export interface EngineOptions {
  readonly causes?: boolean
  readonly onEvent?: ((entry: number, half: Half) => void) | undefined
  /** Whether an event of the broker whose causes have happened may happen now; default always. */
  readonly mayHappen?: ((event: PlaybackEvent) => boolean) | undefined
}

/**
 * Plays the broker of a recorded run, knowing neither client nor protocol. It is told what the program does ({@link offer},
 * {@link perform}) and says what the broker does ({@link next}, {@link release}).
 *
 * The law of release (the cut): an event of the broker is given when every asserted event of the program that precedes it in
 * the recording has happened, and the broker's events come in their recorded order. A program whose acts depend only on what
 * it was given cannot wait for ever. An answer never comes before its own call, asserted or not.
 *
 * Three kinds of users: entries with two halves (the driver port: a call begins with the program and ends with the broker, a
 * delivery the other way round) in {@link causalOrder}; single events in {@link fileOrder} (a socket whose broker pushes:
 * lanes by channel and class of command, server commands in recorded turns); and single events of a broker that is pulled,
 * where a protocol also takes answers out of their order ({@link causesHappened}, {@link take}) and has that counted.
 *
 * Each act costs constant time in its order, and a look into an index by digest out of it. Kept are the events between the
 * first one that has not happened and the last one looked at.
 */
export class Engine<Act> {
  readonly #order: EventOrder
  readonly #hasCauses: boolean
  readonly #comparison: Comparison<Act>
  readonly #host: LaneHost<Act>
  /** Events read from the tape and not passed by the cut. */
  readonly #ahead = new Queue<PlaybackEvent>()
  readonly #lanes: (Lane<Act> | undefined)[] = []
  readonly #ledgers = new Map<number, Ledger<Act>>()
  /** By key: events of the program that happened or whose place was taken, events of the broker that were given. */
  readonly #happened = new Bits()
  /** By key: events behind which the cut lies; the broker's too, so that nothing is between those of the program in the set. */
  readonly #crossed = new Bits()
  /** By key: events of the program that {@link next} gives when the cut passes them. */
  readonly #announced = new Bits()
  /** By key: events of the program that were passed over in their lane. */
  readonly #passed = new Bits()
  /** Answers whose turn has come and whose call has not been made, by entry. */
  readonly #early = new Map<number, PlaybackEvent>()
  /** Answers whose turn came before their call, and whose call has been made now. */
  readonly #due = new Queue<PlaybackEvent>()
  readonly #relaxations = new Map<string, number>()
  /** Asserted events of the program that have not happened, in order; kept from the first {@link causesHappened} on. */
  #causes: Queue<PlaybackEvent> | undefined
  readonly #lastActs = new Map<number, { event: PlaybackEvent; act: Act }>()
  readonly #onEvent: EngineOptions['onEvent']
  readonly #mayHappen: EngineOptions['mayHappen']
  #outOfOrder = 0
  #ended = false
  #lastRead = -1

  /**
   * @param options.causes false where the order of the tape says nothing of causes (X07's own cassettes): the broker then
   *   waits for nothing but the call that it answers
   * @param options.onEvent hears of each event that happened, in the order of the tape; where that says nothing of causes, as it happens
   */
  constructor(
    order: EventOrder,
    comparison: Comparison<Act>,
    { causes = true, onEvent, mayHappen }: EngineOptions = {},
  ) {
    this.#onEvent = onEvent
    this.#mayHappen = mayHappen
    this.#order = order
    this.#hasCauses = causes
    this.#comparison = comparison
    this.#host = {
      same: (event, act) => comparison.same(event, act),
      digest: (act) => comparison.digest(act),
      digestOf: (event) => comparison.digestOf(event),
      keep: (act) => comparison.keep(act),
      isOpen: (event) => !this.#happened.has(keyOf(event)),
      readAhead: () => this.#readAhead(),
    }
  }

  /** Takes what the program does in a lane. */
  offer(lane: number, act: Act): Offered {
    const state = this.#lane(lane)
    const next = state.next()
    const rule = next?.rule ?? state.rule ?? ordered
    state.look(act)
    const found = rule.find(state) ?? this.#freed(state)
    if (found === undefined) return this.#differs(lane, state, act)
    const { event, repeated = false } = found
    const inOrder = repeated || event === next
    if (!repeated) this.#happen(state, event)
    if (!inOrder) this.#outOfOrder++
    if (rule.name === 'last') this.#lastActs.set(lane, { event, act: this.#comparison.keep(act) })
    this.#ledgers.get(lane)?.done(act, state.digest(), false)
    return { kind: 'matched', event, inOrder, repeated }
  }

  /**
   * The broker refused what the program did: when it tries again is a matter of its clock, and no divergence. An act of the lane that
   * says the same may come at any time from now on, once.
   */
  free(lane: number, act: Act): void {
    this.#lane(lane).free(act)
  }

  #freed(state: Lane<Act>): Found | undefined {
    const event = state.findFreed()
    if (event === undefined) return undefined
    this.relax('tried again at another time')
    return { event }
  }

  /**
   * Takes an act that names its event (the settle of a delivery). Gives whether it is the next one of its lane; what else is
   * to be said of its order is the caller's.
   */
  perform(lane: number, entry: number, half: Half): boolean {
    const state = this.#lane(lane)
    const next = state.next()
    if (next !== undefined && next.entry === entry && next.half === half) {
      this.#happen(state, next)
      return true
    }
    this.#happened.add(2 * entry + (half === 'end' ? 1 : 0))
    if (!this.#hasCauses) this.#onEvent?.(entry, half)
    return false
  }

  /** The open events of a lane, from the next one on; reads ahead. */
  *open(lane: number): Generator<PlaybackEvent> {
    const state = this.#lane(lane)
    for (let offset = 0; ; offset++) {
      const event = state.peek(offset)
      if (event === undefined) return
      if (this.#host.isOpen(event)) yield event
    }
  }

  /** Whether an event has happened: done by the program, or given. */
  hasHappened(entry: number, half: Half): boolean {
    return this.#happened.has(2 * entry + (half === 'end' ? 1 : 0))
  }

  /** The next event of a lane that the program has not done; undefined at its end. */
  nextOf(lane: number): PlaybackEvent | undefined {
    return this.#lane(lane).next()
  }

  /**
   * Whether the cut lies behind an event that the program has done: everything before it has happened. Where it does not,
   * {@link next} gives the event when it does: so an act can be made to end where it ended in the recording.
   */
  isPassed(entry: number, half: Half): boolean {
    const key = 2 * entry + (half === 'end' ? 1 : 0)
    if (this.#crossed.has(key)) return true
    this.#announced.add(key)
    return false
  }

  /** The next event of the broker whose causes have all happened, or undefined. */
  next(): PlaybackEvent | undefined {
    const due = this.#due.shift()
    if (due !== undefined) {
      this.#onEvent?.(due.entry, due.half)
      return due
    }
    for (let event = this.#front(); event !== undefined; event = this.#front()) {
      if (event.side === 'program') {
        if (this.#isAwaited(event)) return undefined
        this.#ahead.shift()
        if (this.#pass(event)) return event
        continue
      }
      if (this.#mayHappen?.(event) === false) return undefined
      this.#ahead.shift()
      const key = keyOf(event)
      this.#crossed.add(key)
      if (this.#happened.has(key)) {
        this.#onEvent?.(event.entry, event.half)
        continue
      }
      if (event.half === 'end' && !this.#happened.has(key - 1)) {
        this.#early.set(event.entry, event)
        continue
      }
      this.#happened.add(key)
      this.#onEvent?.(event.entry, event.half)
      return event
    }
    return undefined
  }

  /** The next turn of the broker: what came together in the recording, as far as its causes have happened. */
  release(): PlaybackEvent[] {
    const turn: PlaybackEvent[] = []
    const first = this.next()
    if (first === undefined) return turn
    turn.push(first)
    for (let front = this.#front(); front !== undefined; front = this.#front()) {
      const goesOn = front.side === 'program' ? !this.#isAwaited(front) : front.turn === first.turn
      if (!goesOn) break
      if (front.side === 'program' || this.#happened.has(keyOf(front))) {
        this.#ahead.shift()
        if (front.side === 'program' && this.#pass(front)) turn.push(front)
        continue
      }
      const event = this.next()
      if (event === undefined) break
      turn.push(event)
    }
    return turn
  }

  /** The next event of the broker, whether its causes have happened or not; undefined where the recording has no more. */
  nextOfBroker(): PlaybackEvent | undefined {
    for (let offset = 0; ; offset++) {
      if (offset >= this.#ahead.length && !this.#readAhead()) return undefined
      const event = this.#ahead.peek(offset)
      if (event?.side === 'broker' && !this.#happened.has(keyOf(event))) return event
    }
  }

  /** The events of the program for which the broker's next event waits, in order, the first `limit` of them. */
  waitingFor(limit = listedWaits): PlaybackEvent[] {
    const waits: PlaybackEvent[] = []
    for (let offset = 0; waits.length < limit; offset++) {
      if (offset >= this.#ahead.length && !this.#readAhead()) break
      const event = this.#ahead.peek(offset)
      if (event === undefined) break
      if (event.side === 'program') {
        if (this.#isAwaited(event)) waits.push(event)
      } else if (!this.#happened.has(keyOf(event))) break
    }
    return waits
  }

  /** Whether all of the broker's events and the asserted ones of the program before an entry have happened. */
  hasReached(entry: number): boolean {
    const next = this.nextOfBroker()
    if (next !== undefined && next.entry < entry) return false
    for (const _ of this.undoneBefore(entry)) return false
    return true
  }

  /** The asserted events of the program before an entry that have not happened, in order; of an entry that was read already. */
  *undoneBefore(entry: number): Generator<PlaybackEvent> {
    for (let offset = 0; offset < this.#ahead.length; offset++) {
      const event = this.#ahead.peek(offset)
      if (event === undefined || event.entry >= entry) return
      if (event.side === 'program' && event.rule.asserted && !this.#happened.has(keyOf(event))) yield event
    }
  }

  /**
   * Whether every asserted event of the program before this entry has happened, whatever the broker gave so far. For tapes
   * in {@link fileOrder}: what a partition's log may be read up to.
   */
  causesHappened(entry: number): boolean {
    if (this.#causes === undefined) {
      this.#causes = new Queue()
      for (let offset = 0; offset < this.#ahead.length; offset++) this.#noteCause(this.#ahead.peek(offset))
    }
    while (this.#lastRead < entry && this.#readAhead()) {
      // The order fills the queue.
    }
    for (let cause = this.#causes.peek(); cause !== undefined; cause = this.#causes.peek()) {
      if (this.#isAwaited(cause)) return cause.entry >= entry
      this.#causes.shift()
    }
    return true
  }

  /**
   * Takes an event out of its order: the broker's is not given again, the program's keeps nobody waiting.
   *
   * @param rule the name under which the report counts it
   */
  take(entry: number, half: Half, rule: string): void {
    this.#happened.add(2 * entry + (half === 'end' ? 1 : 0))
    this.relax(rule)
  }

  /** Counts something that a rule of the protocol allowed beyond the recorded order. */
  relax(rule: string): void {
    this.#relaxations.set(rule, (this.#relaxations.get(rule) ?? 0) + 1)
  }

  /**
   * What the run came to so far.
   *
   * @param ended whether the program has ended: what it has not done by then, it has left out
   */
  report(ended: boolean): EngineReport<Act> {
    const { list, more } = this.differences(ended)
    if (ended) list.push(...this.#missingRuns())
    return { differences: list, more, outOfOrder: this.#outOfOrder, relaxations: this.relaxations() }
  }

  /** How often what a protocol allows beyond the recorded order was made use of, by name. */
  relaxations(): Record<string, number> {
    return Object.fromEntries(this.#relaxations)
  }

  /** Acts that a rule found at another place than the recorded one. */
  get outOfOrder(): number {
    return this.#outOfOrder
  }

  /** How lanes differ in which something did, and how many differences there are beyond those listed. */
  differences(ended: boolean): { readonly list: LaneDifference<Act>[]; readonly more: number } {
    if (ended) this.#readAll()
    const list: LaneDifference<Act>[] = []
    let more = 0
    for (const ledger of this.#ledgers.values()) {
      const found = ledger.differences(ended)
      list.push(...found.list)
      more += found.more
    }
    if (ended) list.push(...this.#lastDiffers())
    return { list, more }
  }

  /**
   * The asserted events that have not happened, of the program and of the broker, in the order of the tape. Those of the
   * program in lanes where something differed are not among them: {@link differences} has these.
   */
  *missing(): Generator<PlaybackEvent> {
    this.#readAll()
    // What was taken out of the queue without having happened: answers that wait for their call, which are not missing.
    for (let offset = 0; offset < this.#ahead.length; offset++) {
      const event = this.#ahead.peek(offset)
      if (event !== undefined && this.#isMissing(event)) yield event
    }
    if (this.#hasCauses) return
    for (const [lane, state] of this.#lanes.entries()) {
      if (!this.#ledgers.has(lane)) yield* [...(state?.read() ?? [])].filter(({ rule }) => rule.asserted)
    }
  }

  #isMissing(event: PlaybackEvent): boolean {
    const key = keyOf(event)
    if (!event.rule.asserted || this.#happened.has(key)) return false
    // Nor is an answer to a call that was never made.
    if (event.side === 'broker') return event.half !== 'end' || this.#happened.has(key - 1)
    return this.#hasCauses && !this.#ledgers.has(event.lane)
  }

  #readAll(): void {
    while (this.#readAhead()) {
      // What is left of the tape is missing.
    }
  }

  /** An act that the rule of its lane does not find. */
  #differs(lane: number, state: Lane<Act>, act: Act): Offered {
    const ledger = this.#ledgerOf(lane, state)
    const next = state.next()
    const rule = next?.rule ?? state.rule ?? ordered
    if (rule.passes) {
      const found = state.find(nearbyReach)
      if (found !== undefined) {
        for (const passed of state.passTo(found)) this.#passed.add(keyOf(passed))
        this.#happen(state, found)
        ledger.done(act, state.digest(), true)
        return { kind: 'moved', event: found }
      }
    }
    const own = state.reclaim()
    if (own !== undefined) {
      ledger.done(act, state.digest(), false)
      // Without an order between them, the unknown act stands for another one that is still open.
      if (!rule.passes && next !== undefined) this.#displace(state, next)
      return { kind: 'matched', event: own, inOrder: true, repeated: true }
    }
    ledger.done(act, state.digest(), true)
    if (next === undefined || !(rule.asserted || rule.passes)) return { kind: 'extra' }
    this.#displace(state, next)
    return { kind: 'changed', event: next }
  }

  #displace(state: Lane<Act>, event: PlaybackEvent): void {
    state.displace(event)
    this.#happen(state, event)
  }

  #happen(state: Lane<Act>, event: PlaybackEvent): void {
    this.#happened.add(keyOf(event))
    if (!this.#hasCauses) this.#onEvent?.(event.entry, event.half)
    state.take(event)
    const early = this.#early.get(event.entry)
    if (early === undefined || event.half !== 'begin') return
    this.#early.delete(event.entry)
    this.#happened.add(keyOf(early))
    this.#due.push(early)
  }

  /** The cut passes an event of the program; whether somebody wants to hear of it. */
  #pass(event: PlaybackEvent): boolean {
    const key = keyOf(event)
    this.#crossed.add(key)
    if (this.#hasCauses && this.#happened.has(key)) this.#onEvent?.(event.entry, event.half)
    const isAnnounced = this.#announced.has(key)
    if (isAnnounced) this.#announced.delete(key)
    return isAnnounced
  }

  /** Whether the broker waits for this event of the program. */
  #isAwaited(event: PlaybackEvent): boolean {
    if (!this.#hasCauses) return false
    const key = keyOf(event)
    return event.rule.asserted && !this.#happened.has(key) && !this.#passed.has(key)
  }

  #front(): PlaybackEvent | undefined {
    const event = this.#ahead.peek()
    return event === undefined && this.#readAhead() ? this.#ahead.peek() : event
  }

  #readAhead(): boolean {
    if (this.#ended) return false
    const event = this.#order()
    if (event === undefined) {
      this.#ended = true
      return false
    }
    this.#lastRead = event.entry
    this.#ahead.push(event)
    if (event.side === 'program') {
      this.#lane(event.lane).push(event)
      this.#ledgers.get(event.lane)?.recorded(event)
      if (this.#causes !== undefined) this.#noteCause(event)
    }
    return true
  }

  #noteCause(event: PlaybackEvent | undefined): void {
    if (event?.side === 'program' && event.rule.asserted) this.#causes?.push(event)
  }

  #lane(lane: number): Lane<Act> {
    return (this.#lanes[lane] ??= new Lane(this.#host))
  }

  /** The ledger of a lane, from the next open event on. */
  #ledgerOf(lane: number, state: Lane<Act>): Ledger<Act> {
    let ledger = this.#ledgers.get(lane)
    if (ledger === undefined) {
      ledger = new Ledger(lane, this.#comparison, (state.next()?.rule ?? state.rule ?? ordered).passes)
      for (const event of state.read()) ledger.recorded(event)
      this.#ledgers.set(lane, ledger)
    }
    return ledger
  }

  /** What is missing, one difference a lane and side. */
  *#missingRuns(): Generator<LaneDifference<Act>> {
    const runs = new Map<string, { event: PlaybackEvent; count: number }>()
    for (const event of this.missing()) {
      const name = `${event.side} ${event.lane}`
      const run = runs.get(name)
      if (run === undefined) runs.set(name, { event, count: 1 })
      else run.count++
    }
    for (const { event, count } of runs.values()) yield { kind: 'missing', event, count }
  }

  /** Lanes under the rule `last` whose last act is not the last recorded one. */
  *#lastDiffers(): Generator<LaneDifference<Act>> {
    for (const [lane, state] of this.#lanes.entries()) {
      if (state?.rule?.name !== 'last') continue
      const did = this.#lastActs.get(lane)
      let recorded = did?.event
      for (const later of state.read()) recorded = later
      if (recorded === undefined) continue
      if (did === undefined) yield { kind: 'missing', event: recorded, count: 1 }
      else if (!this.#comparison.same(recorded, did.act)) yield { kind: 'changed', event: recorded, act: did.act }
    }
  }
}

/** How far from its place an act of an ordered lane is still recognised, in events of the lane. */
const nearbyReach = 32

function keyOf({ entry, half }: PlaybackEvent): number {
  return 2 * entry + (half === 'end' ? 1 : 0)
}
