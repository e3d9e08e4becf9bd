import { Cut, type CutOptions } from './cut.ts'
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

/**
 * Plays the broker of a recorded run, knowing neither client nor protocol. It is told what the program does ({@link offer},
 * {@link perform}), compares it by the rules of its lanes, and its {@link Cut} says what the broker does.
 *
 * Three kinds of users: entries with two halves (the driver port: a call begins with the program and ends with the broker, a
 * delivery the other way round) in {@link causalOrder}; single events in {@link fileOrder} (a socket whose broker pushes:
 * lanes by channel and class of command, server commands in recorded turns); and single events of a broker that is pulled,
 * where a protocol also takes answers out of their order ({@link Cut.causesHappened}, {@link take}) and has that counted.
 *
 * Each act costs constant time in its order, and a look into an index by digest out of it.
 */
export class Engine<Act> {
  /** What has happened, and what the broker may do now. */
  readonly cut: Cut
  readonly #comparison: Comparison<Act>
  readonly #host: LaneHost<Act>
  readonly #lanes: (Lane<Act> | undefined)[] = []
  readonly #ledgers = new Map<number, Ledger<Act>>()
  readonly #lastActs = new Map<number, { event: PlaybackEvent; act: Act }>()
  readonly #relaxations = new Map<string, number>()
  #outOfOrder = 0

  constructor(order: EventOrder, comparison: Comparison<Act>, options: CutOptions = {}) {
    const cut = new Cut(order, (event) => this.#read(event), options)
    this.cut = cut
    this.#comparison = comparison
    this.#host = {
      same: (event, act) => comparison.same(event, act),
      digest: (act) => comparison.digest(act),
      digestOf: (event) => comparison.digestOf(event),
      keep: (act) => comparison.keep(act),
      isOpen: ({ entry, half }) => !cut.hasHappened(entry, half),
      readAhead: () => cut.readAhead(),
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
    this.cut.happenElsewhere(entry, half)
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

  /** The next event of a lane that the program has not done; undefined at its end. */
  nextOf(lane: number): PlaybackEvent | undefined {
    return this.#lane(lane).next()
  }

  /**
   * Takes an event out of its order: the broker's is not given again, the program's keeps nobody waiting.
   *
   * @param rule the name under which the report counts it
   */
  take(entry: number, half: Half, rule: string): void {
    this.cut.take(entry, half)
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
    if (ended) this.cut.readAll()
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
    for (const event of this.cut.missing()) {
      if (event.side === 'broker' || !this.#ledgers.has(event.lane)) yield event
    }
    if (this.cut.hasCauses) return
    for (const [lane, state] of this.#lanes.entries()) {
      if (!this.#ledgers.has(lane)) yield* [...(state?.read() ?? [])].filter(({ rule }) => rule.asserted)
    }
  }

  /** An act that the rule of its lane does not find. */
  #differs(lane: number, state: Lane<Act>, act: Act): Offered {
    const ledger = this.#ledgerOf(lane, state)
    const next = state.next()
    const rule = next?.rule ?? state.rule ?? ordered
    if (rule.passes) {
      const found = state.find(nearbyReach)
      // What looks alike under another name is another act.
      if (found !== undefined && state.same(found)) {
        for (const passed of state.passTo(found)) this.cut.passOver(passed)
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
    this.cut.happen(event)
    state.take(event)
  }

  /** The program's events go into their lanes as the tape is read. */
  #read(event: PlaybackEvent): void {
    this.#lane(event.lane).push(event)
    this.#ledgers.get(event.lane)?.recorded(event)
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
