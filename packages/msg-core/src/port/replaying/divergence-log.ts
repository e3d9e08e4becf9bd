import {
  ReplayError,
  type Divergence,
  type LaneDifference,
  type LeftBehind,
  type PlaybackEvent,
  type ReplayErrorCode,
  type ReplayReport,
} from '../../playback/index.ts'
import { oneLine } from '../../kit/index.ts'
import { wires } from '../../format/record/index.ts'
import type { Metadata, Outcome } from '../index.ts'
import { requestOf } from './answers.ts'
import { describeDivergence } from './divergence-text.ts'
import { metadataOf } from './entry-metadata.ts'
import { inWords } from './message-diff.ts'
import { partOfLane } from './port-tape.ts'
import type { PlayedReplay } from './replay.ts'

/** Divergences kept for the report. */
const maxKept = 100
/** Divergences that an error says in words. */
const maxSaid = 3
/** Open settles looked at for one that is out of its order. */
const maxLooked = 1_000

/** Where the program differs from the recording: told at once, kept, and put right at the end. */
export class DivergenceLog {
  readonly #replay: PlayedReplay
  readonly #isChosen: boolean
  /** Those that no alignment of lanes will find. */
  readonly #kept: Divergence[] = []
  readonly #leftBehind: LeftBehind[] = []
  #count = 0
  #told = false
  #stalled = false
  /** The one event that the replay waited for when it stalled. */
  #stalledAt: PlaybackEvent | undefined
  #exhausted = false

  /** @param isChosen whether somebody asked for the parts that are played: what others recorded is not missed then */
  constructor(replay: PlayedReplay, isChosen: boolean) {
    this.#replay = replay
    this.#isChosen = isChosen
  }

  /** A publish is not what was recorded at its place. */
  differs(kind: 'moved' | 'changed', entry: number, envelope: Uint8Array): void {
    const lane = this.#lane(entry)
    this.#tell(() =>
      kind === 'moved'
        ? { kind, ...lane, entry, before: null }
        : { kind, ...lane, entry, differences: this.#differences(entry, envelope) },
    )
  }

  /** The program goes beyond the recording; the error for it. */
  extra(
    part: number,
    role: 'publish' | 'iterate' | 'topology' | 'transaction',
    published?: { readonly before: number; readonly envelope: Uint8Array },
  ): ReplayError {
    const { wire, endpoint } = this.#replay.drivers[part] ?? { wire: 'amqp', endpoint: '' }
    this.#exhausted = true
    const lane = { op: wires[wire][`${role}Op`], key: endpoint }
    this.#tell(() => ({ kind: 'extra', ...lane, before: null }))
    const did = {
      publish: `publishes more than the ${published?.before ?? 0} messages recorded${published === undefined ? '' : ` (the next: ${oneLine(inWords(published.envelope))})`}`,
      iterate: 'asks for deliveries more often than it did when it was recorded',
      topology: 'makes its topology more often than it did when it was recorded',
      transaction: 'begins or ends a transaction more often than it did when it was recorded',
    }[role]
    const message = `replay of ${endpoint}: the program ${did}; record the run again if that is meant`
    return new ReplayError('exhausted', message)
  }

  /** A delivery was settled. */
  settled(entry: number, recorded: Outcome | 'never', now: Outcome): void {
    if (this.#replay.strict && recorded !== now) {
      this.#add({ kind: 'settled_differently', ...this.#lane(entry), entry, recorded, now })
    }
  }

  settledAgain(entry: number, outcome: Outcome): void {
    if (this.#replay.strict) this.#add({ kind: 'settled_again', ...this.#lane(entry), entry, outcome })
  }

  /** A delivery was settled before others that had been settled first; whether one of them is of its queue or partition. */
  settledOutOfOrder(lane: number, entry: number): boolean {
    if (!this.#replay.strict) return true
    const own = orderOf(metadataOf(this.#replay, entry))
    let looked = 0
    for (const other of this.#replay.engine.open(lane)) {
      if (other.entry > entry || ++looked > maxLooked) return false
      if (orderOf(metadataOf(this.#replay, other.entry)) !== own) continue
      this.#add(this.#moved(entry, other.entry))
      return true
    }
    return false
  }

  /** The program went past something: it has left it out, or does it later. */
  leftBehind(events: readonly LeftBehind[]): void {
    this.#leftBehind.push(...events.slice(0, maxKept - this.#leftBehind.length))
    const [first] = events
    if (first === undefined) return
    const { left, by } = first
    // A settle is made to wait for what came before it: the program may do that yet.
    if (by.half === 'end') this.#tell(() => this.#moved(by.entry, left.entry))
    else this.#tell(() => ({ kind: 'unused', ...this.#lane(left.entry), entry: left.entry, count: events.length }))
  }

  /** What the program did later than what came after it in the recording; what it never did is missing. */
  #late(): Divergence[] {
    return this.#leftBehind
      .filter(({ left }) => this.#replay.engine.cut.hasHappened(left.entry, left.half))
      .map(({ left, by }) => this.#moved(by.entry, left.entry))
  }

  #moved(entry: number, before: number | null): Divergence {
    return { kind: 'moved', ...this.#lane(entry), entry, before }
  }

  /** Acts that came before what the program did first in the recording, the first of it at entry `before`. */
  early(entries: readonly number[], before: number | undefined): void {
    if (!this.#replay.strict) return
    for (const entry of entries) this.#add(this.#moved(entry, before ?? null))
  }

  /** Nothing moves any more while the program waits; the error for it. */
  stalled(waits: readonly PlaybackEvent[], ms: number): ReplayError {
    this.#stalled = true
    const [first] = waits
    if (waits.length === 1) this.#stalledAt = first
    const { wire, endpoint } = this.#replay.drivers[0] ?? { wire: 'amqp', endpoint: '' }
    const lane = first === undefined ? { op: wires[wire].deliverOp, key: endpoint } : this.#lane(first.entry)
    const wanted = first === undefined ? null : this.#wanted(first)
    this.#add({ kind: 'stalled', ...lane, entry: first?.entry ?? null, wanted })
    const goesOn =
      first === undefined
        ? 'the recording has nothing more to give'
        : `the recording goes on when the program ${waits.map((event) => this.#act(event)).join(', ')}`
    const message = `replay of ${this.#name()}: nothing moved for ${ms} ms; ${goesOn}`
    return new ReplayError('stalled', message, { report: this.report() })
  }

  /** The error with which the replay ends; undefined where the program did what it did. */
  error(report: ReplayReport): ReplayError | undefined {
    const { divergences, divergenceCount } = report
    if (divergenceCount === 0) return undefined
    const code: ReplayErrorCode = this.#stalled ? 'stalled' : this.#exhausted ? 'exhausted' : 'diverged'
    const said = divergences.slice(0, maxSaid).map((one) => `\n  ${describeDivergence(one)}`)
    const more = divergenceCount > said.length ? `\n  and ${divergenceCount - said.length} more` : ''
    const times = divergenceCount === 1 ? '1 divergence' : `${divergenceCount} divergences`
    const message = `replay of ${this.#name()}: ${times}; ${adviceFor(divergences)}${said.join('')}${more}`
    if (!this.#told) this.#say(message)
    return new ReplayError(code, message, { report })
  }

  /** Everything so far; in the strict match with what nobody asked for. */
  report(): ReplayReport {
    const { engine, messages, strict } = this.#replay
    const { list, more } = engine.differences(true)
    const found = strict
      ? [...this.#kept, ...this.#late(), ...list.flatMap((one) => this.#translated(one)), ...this.#missing()]
      : this.#kept
    return {
      divergences: found.slice(0, maxKept),
      divergenceCount: this.#count - this.#kept.length + found.length + (strict ? more : 0),
      outOfOrder: engine.outOfOrder,
      ignored: Object.fromEntries(messages.ignored),
      bound: Object.fromEntries(messages.bound),
      relaxations: engine.relaxations(),
    }
  }

  #translated(one: LaneDifference<Uint8Array>): Divergence[] {
    switch (one.kind) {
      case 'changed': {
        const { entry } = one.event
        const differences = one.act === undefined ? [] : this.#differences(entry, one.act)
        return [{ kind: 'changed', ...this.#lane(entry), entry, differences }]
      }
      case 'extra': {
        const { lane, before } = one
        const part = this.#replay.drivers[partOfLane(lane)]
        const role = this.#replay.tape.roleOfLane(lane)
        // Told where it happened, with its delivery.
        if (part === undefined || role === 'resettle') return []
        return [{ kind: 'extra', op: wires[part.wire][`${role}Op`], key: part.endpoint, before: before?.entry ?? null }]
      }
      case 'missing':
        return [{ kind: 'unused', ...this.#lane(one.event.entry), entry: one.event.entry, count: one.count }]
      case 'moved':
        return [this.#moved(one.event.entry, one.before?.entry ?? null)]
    }
  }

  /** What the program left out, one divergence for each lane of the cassette and kind. */
  #missing(): Divergence[] {
    const { engine, cassette, drivers, hasCauses, tape } = this.#replay
    let behind = false
    const runs = new Map<string, { kind: 'unused' | 'unsettled'; entry: number; count: number }>()
    const count = (kind: 'unused' | 'unsettled', entry: number): void => {
      const id = `${kind} ${cassette.lane(entry)}`
      const run = runs.get(id)
      if (run === undefined) runs.set(id, { kind, entry, count: 1 })
      else run.count++
    }
    const untaken = new Set<number>()
    for (const driver of drivers) {
      for (const entry of driver.untaken()) {
        untaken.add(entry)
        count('unused', entry)
      }
    }
    for (const { entry, half, side } of engine.missing()) {
      const role = tape.played(entry)?.role
      // An answer that was not given waits for something that is missing itself.
      if (half === 'end' && (role === 'publish' || role === 'topology')) continue
      // What came behind a stall had no chance, and what it was for is told.
      behind ||= this.#stalled && side === 'broker'
      if (behind && (hasCauses || side === 'broker')) continue
      if (this.#stalledAt?.entry === entry && this.#stalledAt.half === half) continue
      const isDelivery = role === 'delivery' || role === 'unsettled'
      if (!isDelivery || half === 'begin') count('unused', entry)
      else if (!untaken.has(entry) && engine.cut.hasHappened(entry, 'begin')) count('unsettled', entry)
    }
    return [
      ...[...runs.values()].map(({ kind, entry, count: times }) => ({
        kind,
        ...this.#lane(entry),
        entry,
        count: times,
      })),
      ...this.#unplayed(),
    ]
  }

  /** Messages of drivers that nobody plays. */
  #unplayed(): Divergence[] {
    if (this.#isChosen) return []
    const { cassette, lanes, tape } = this.#replay
    return cassette
      .unused()
      .filter(({ first }) => {
        const role = lanes[cassette.lane(first)]?.role
        return (role === 'publish' || role === 'delivery') && tape.played(first) === undefined
      })
      .map(({ first, count }) => ({ kind: 'unused', ...this.#lane(first), entry: first, count }))
  }

  #differences(entry: number, envelope: Uint8Array) {
    if (this.#replay.tape.played(entry)?.role === 'transaction') {
      const recorded = Buffer.from(requestOf(this.#replay.entry(entry))).toString()
      return [{ field: 'transaction', recorded, now: Buffer.from(envelope).toString() }]
    }
    return this.#replay.messages.differences(requestOf(this.#replay.entry(entry)), envelope)
  }

  #wanted({ entry, half }: PlaybackEvent): 'publish' | 'settle' | 'iterate' | 'topology' | 'transaction' {
    const role = this.#replay.tape.played(entry)?.role
    if (role === 'publish' || role === 'topology' || role === 'iterate' || role === 'transaction') return role
    return half === 'begin' ? 'publish' : 'settle'
  }

  #act({ entry, half }: PlaybackEvent): string {
    switch (this.#replay.tape.played(entry)?.role) {
      case 'publish':
        return `publishes the message of entry ${entry}`
      case 'topology':
        return `makes its topology (entry ${entry})`
      case 'transaction':
        return `begins or ends a transaction (entry ${entry})`
      case 'iterate':
        return `${half === 'begin' ? 'asks for deliveries' : 'ends its iteration'} (entry ${entry})`
      case 'resettle':
        return `settles a delivery again (entry ${entry})`
      default:
        return `settles the delivery of entry ${entry}`
    }
  }

  #add(divergence: Divergence): void {
    this.#count++
    if (this.#kept.length < maxKept) this.#kept.push(divergence)
    this.#tell(() => divergence)
  }

  /** Tells the first divergence: a test runner may end the program before it closes its driver. */
  #tell(divergence: () => Divergence): void {
    const { strict, options } = this.#replay
    if (this.#told || !strict || options.onDivergence === 'report') return
    this.#say(`replay of ${this.#name()} diverged: ${describeDivergence(divergence())}`)
  }

  #say(line: string): void {
    this.#told = true
    const { tell = (text: string) => void process.stderr.write(`${oneLine(text)}\n`) } = this.#replay.options
    tell(line)
  }

  #name(): string {
    return this.#replay.options.cassette ?? this.#replay.drivers[0]?.endpoint ?? 'a cassette'
  }

  #lane(entry: number): { op: string; key: string } {
    const lane = this.#replay.lanes[this.#replay.cassette.lane(entry)]
    return { op: lane?.op ?? '', key: lane?.key ?? '' }
  }
}

/** What a person does about a replay that diverged. */
function adviceFor(divergences: readonly Divergence[]): string {
  if (!divergences.every(({ kind }) => kind === 'moved')) {
    return 'mend the program, or record the run again if the change is meant'
  }
  return "mend the program, record the run again if the change is meant, or say that the order means nothing (rules: { publish: 'bag', settle: 'bag' }, or a rule with that order in arch/vcr)"
}

/** Within what settles have an order: a partition of a topic, or a queue. */
function orderOf({ topic, partition, queue }: Metadata): string {
  return partition === undefined ? String(queue ?? '') : `${String(topic ?? '')}/${String(partition)}`
}
