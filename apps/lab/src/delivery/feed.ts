import { decodeEntry, messagingKind, type CassetteReader, type EntryFields, type Seal } from '@x07-lab/msg-core/format'
import type { RecordingSink } from '@x07-lab/msg-core/driver'
import {
  matchRules,
  causalOrder,
  hasCausalOrder,
  pairOrder,
  type CausalTape,
  type Half,
  type PlaybackEvent,
} from '@x07-lab/msg-core/playback'
import { recordingOf, recordingStarts } from '@x07-lab/msg-core/run'
import { viewEntry } from '../inspect/entry-view.ts'
import { resultOp } from '../results/result-entries.ts'
import { DeliveryOracle } from './oracle.ts'
import { portAct, type ActPlace } from './port-acts.ts'
import type { DeliveryReport } from './report.ts'
import { socketActs } from './socket-acts.ts'

/** Whether entries of an op are those of a client's socket, not of the driver port. */
export const isSocketOp = (op: string): boolean => /^std\.msg\.(?:amqp|kafka)\.(?:client|server|session)/.test(op)

interface FeedPart {
  readonly name: string
  readonly firstEntry: number
  /** Which recording an entry is of, from the seal. */
  readonly recordingOf?: (entry: number) => number
}

/** When entries began and ended, counted in halves, as they happen. */
export class EntryTimes {
  /** When the entries under way began. */
  readonly #begun = new Map<number, number>()
  #now = 0

  /** Notes one half of an entry; at its end it gives when the entry was. */
  happened(entry: number, half: Half): ActPlace | undefined {
    const now = this.#now++
    if (half === 'begin') {
      this.#begun.set(entry, now)
      return undefined
    }
    const begin = this.#begun.get(entry) ?? now
    this.#begun.delete(entry)
    return { entry, begin, end: now }
  }
}

/** The lanes of a cassette by name. */
export class LaneNames {
  readonly #cassette: CassetteReader
  readonly #names: LaneNameOf[] = []

  constructor(cassette: CassetteReader) {
    this.#cassette = cassette
  }

  of(lane: number): LaneNameOf {
    let name = this.#names[lane]
    if (name === undefined) {
      const found = this.#cassette.lanes.get(lane)
      const op = Buffer.from(found?.op ?? []).toString()
      const key = Buffer.from(found?.key ?? []).toString()
      this.#names[lane] = name = { op, key, isSocket: isSocketOp(op) }
    }
    return name
  }
}

interface LaneNameOf {
  readonly op: string
  readonly key: string
  readonly isSocket: boolean
}

/** Tells an oracle what the entries of a cassette record, as a replay plays them or as they stand there. */
export class CassetteFeed {
  readonly #cassette: CassetteReader
  readonly #oracle: DeliveryOracle
  readonly #part: FeedPart
  readonly #names: LaneNames
  readonly #times = new EntryTimes()

  /**
   * @param part of several cassettes that are one run: what tells its drivers from those of the others, and how many entries the others
   *   before it have
   */
  constructor(cassette: CassetteReader, oracle: DeliveryOracle, part: FeedPart = { name: '', firstEntry: 0 }) {
    this.#part = part
    this.#cassette = cassette
    this.#names = new LaneNames(cassette)
    this.#oracle = oracle
  }

  /** One half of an entry happens. */
  happened(entry: number, half: Half): void {
    const place = this.#times.happened(entry, half)
    if (place !== undefined) this.#take(place)
  }

  #take(place: ActPlace): void {
    const { entry } = place
    const { op, key, isSocket } = this.#names.of(this.#cassette.lane(entry))
    if (isSocket) {
      for (const act of socketActs(viewEntry(this.#cassette, entry), place)) this.#oracle.take(act)
      return
    }
    const { req, resp, err } = decodeEntry(this.#cassette.entry(entry))
    const { name, firstEntry, recordingOf } = this.#part
    const recording = recordingOf?.(entry) ?? 0
    const act = portAct(
      { op, key: `${key}${name}`, req, resp, err, recording },
      { ...place, entry: firstEntry + entry },
    )
    if (act !== undefined) this.#oracle.take(act)
  }
}

/** The delivery report of a cassette alone. */
export function cassetteDelivery(cassette: CassetteReader, seal: Seal | undefined): DeliveryReport {
  const oracle = new DeliveryOracle()
  const part = { name: '', firstEntry: 0, recordingOf: recordingOf(recordingStarts(seal)) }
  feedCassette(cassette, new Set(seal?.open ?? []), new CassetteFeed(cassette, oracle, part))
  return oracle.report(isComplete(cassette))
}

/** Tells all of a cassette. */
export function feedCassette(cassette: CassetteReader, open: ReadonlySet<number>, feed: CassetteFeed): void {
  const tape: CausalTape = {
    count: cassette.count,
    begin: (entry) => cassette.begin(entry),
    event: (entry, half): PlaybackEvent => ({
      entry,
      half,
      side: 'broker',
      lane: 0,
      rule: matchRules.ordered,
      turn: 0,
    }),
  }
  const next = hasCausalOrder(tape, open) ? causalOrder(tape, open) : pairOrder(tape)
  for (let event = next(); event !== undefined; event = next()) feed.happened(event.entry, event.half)
}

/** Whether the run of a cassette waited for all that it published, as the lab's do; one that failed has no result. */
export function isComplete(cassette: CassetteReader): boolean {
  const results = [Buffer.from(messagingKind), Buffer.from(resultOp), Buffer.from('aggregate.json')] as const
  return cassette.lanes.find(...results) >= 0
}

/** A sink that tells an oracle what goes through it. */
export function watched(
  sink: RecordingSink,
  oracle: DeliveryOracle,
  recordingOf: (fields: EntryFields) => number = () => 0,
): RecordingSink {
  let entries = 0
  let next = 0
  const rest = {
    ...(sink.check === undefined ? {} : { check: sink.check.bind(sink) }),
    ...(sink.admit === undefined ? {} : { admit: sink.admit.bind(sink) }),
    ...(sink.release === undefined ? {} : { release: sink.release.bind(sink) }),
  }
  return {
    ...rest,
    begin() {
      const position = sink.begin()
      next = position + 1
      return position
    },
    appendEntry(fields: EntryFields) {
      sink.appendEntry(fields)
      const { op, key, req, resp, err, seq } = fields
      const place = { entry: entries++, begin: seq ?? next, end: next++ }
      const recording = recordingOf(fields)
      const act = portAct({ op: text(op), key: text(key), req, resp, err: err ?? 0, recording }, place)
      if (act !== undefined) oracle.take(act)
    },
  }
}

function text(field: string | Uint8Array): string {
  return typeof field === 'string' ? field : Buffer.from(field).toString()
}
