import { bytesAt, decodePlayed } from '../../format/cassette/entry-decode.ts'
import type { CassetteReader } from '../../format/cassette/index.ts'
import { readIterationEnd } from '../../format/record/index.ts'
import { matchRules, type CausalTape, type Half, type MatchRule, type PlaybackEvent } from '../../playback/index.ts'
import type { LaneName, Part, Role } from './parts.ts'

/** The lanes of one driver, beside each other in the engine. */
export const laneOf = {
  publish: 0,
  settle: 1,
  iterate: 2,
  iterationEnd: 3,
  topology: 4,
  delivery: 5,
  resettle: 6,
  transaction: 7,
} as const
const lanesOfPart = 8

/** The engine's number of a lane of the driver that plays part `part`. */
export function engineLane(part: number, lane: keyof typeof laneOf): number {
  return part * lanesOfPart + laneOf[lane]
}

/** Whose a lane of the engine is. */
export function partOfLane(lane: number): number {
  return Math.floor(lane / lanesOfPart)
}

/** How a driver's acts are matched. */
export interface PartRules {
  readonly publish: MatchRule
  readonly settle: MatchRule
}

/** What an entry of a lane is: whose, and as what. */
interface Played {
  readonly part: number
  readonly role: Role
}

const { ordered, bag } = matchRules

/** A cassette as the engine reads it: the two halves of each entry. */
export class PortTape implements CausalTape {
  readonly count: number
  /** What the program did nothing for, in milliseconds, before an event, by its key. */
  readonly #pauses = new Map<number, number>()
  readonly #cassette: CassetteReader
  readonly #rules: readonly PartRules[]
  /** By lane id. */
  readonly #played: readonly (Played | undefined)[]
  #pause = 0

  constructor(
    cassette: CassetteReader,
    lanes: readonly LaneName[],
    parts: readonly Part[],
    rules: readonly PartRules[],
  ) {
    this.#cassette = cassette
    this.count = cassette.count
    this.#rules = rules
    this.#played = lanes.map(({ part, role }) => {
      const index = part === undefined ? -1 : parts.indexOf(part)
      return index < 0 || role === undefined ? undefined : { part: index, role }
    })
  }

  begin(entry: number): number | undefined {
    return this.#cassette.begin(entry)
  }

  get begins(): { has(position: number): boolean } | undefined {
    const { begins } = this.#cassette
    return begins?.areDistinct === true ? begins : undefined
  }

  farEntry(position: number): number | undefined {
    const { begins } = this.#cassette
    return begins?.count === this.count ? begins.farEntry(position) : undefined
  }

  /** Whose entry it is and as what; undefined where it is not a driver's that is played. */
  played(entry: number): Played | undefined {
    return this.#played[this.#cassette.lane(entry)]
  }

  /** How a part is matched. */
  rulesOf(part: number): PartRules {
    return this.#rules[part] ?? { publish: ordered, settle: ordered }
  }

  /** As what the acts of an engine's lane were recorded. */
  roleOfLane(lane: number): 'publish' | 'iterate' | 'topology' | 'transaction' | 'resettle' {
    switch (lane % lanesOfPart) {
      case laneOf.iterate:
        return 'iterate'
      case laneOf.topology:
        return 'topology'
      case laneOf.transaction:
        return 'transaction'
      case laneOf.resettle:
        return 'resettle'
      default:
        return 'publish'
    }
  }

  /** How long the program did nothing before one of these events, or behind the last event of the tape. */
  pauseBefore(events: readonly PlaybackEvent[]): number {
    if (events.length === 0) return this.#pause
    return Math.max(0, ...events.map(({ entry, half }) => this.#pauses.get(2 * entry + (half === 'end' ? 1 : 0)) ?? 0))
  }

  event(entry: number, half: Half): PlaybackEvent | undefined {
    const played = this.played(entry)
    if (played === undefined) return undefined
    const event = this.#eventOf(entry, half, played)
    if (event === undefined || this.#pause === 0) return event
    if (event.side === 'program') this.#pauses.set(2 * entry + (half === 'end' ? 1 : 0), this.#pause)
    this.#pause = 0
    return event
  }

  #eventOf(entry: number, half: Half, { part, role }: Played): PlaybackEvent | undefined {
    const isBegin = half === 'begin'
    const at = part * lanesOfPart
    switch (role) {
      case 'publish':
        return isBegin
          ? program(entry, half, at + laneOf.publish, this.rulesOf(part).publish)
          : broker(entry, half, at + laneOf.publish)
      case 'delivery':
        return isBegin
          ? broker(entry, half, at + laneOf.delivery)
          : program(entry, half, at + laneOf.settle, this.rulesOf(part).settle)
      case 'unsettled':
        if (isBegin) return broker(entry, half, at + laneOf.delivery)
        return this.#entry(entry).err === 0
          ? undefined
          : program(entry, half, at + laneOf.settle, this.rulesOf(part).settle)
      case 'iterate':
        if (isBegin) return program(entry, half, at + laneOf.iterate, ordered)
        return this.#isEndedByProgram(entry) ? program(entry, half, at + laneOf.iterationEnd, ordered) : undefined
      case 'topology':
        return isBegin ? program(entry, half, at + laneOf.topology, ordered) : broker(entry, half, at + laneOf.topology)
      case 'transaction':
        return isBegin
          ? program(entry, half, at + laneOf.transaction, ordered)
          : broker(entry, half, at + laneOf.transaction)
      case 'resettle':
        return isBegin ? program(entry, half, at + laneOf.resettle, bag) : undefined
      case 'pause':
        if (!isBegin) this.#pause = Math.max(this.#pause, this.#entry(entry).latencyTicks / 1000)
        return undefined
    }
  }

  #isEndedByProgram(entry: number): boolean {
    const { document, respAt, respLength } = this.#entry(entry)
    const end = readIterationEnd(bytesAt(document, respAt, respLength))
    return end === 'returned' || end === 'aborted'
  }

  #entry(entry: number) {
    return decodePlayed(this.#cassette.entry(entry))
  }
}

function program(entry: number, half: Half, lane: number, rule: MatchRule): PlaybackEvent {
  return { entry, half, side: 'program', lane, rule, turn: 0 }
}

function broker(entry: number, half: Half, lane: number): PlaybackEvent {
  return { entry, half, side: 'broker', lane, rule: ordered, turn: 0 }
}
