import type { Endpoint } from '@x07-lab/msg-core/driver'
import { bytesAt, decodeEntry, decodePlayed, type CassetteReader, type PlayedEntry } from '@x07-lab/msg-core/format'
import { matchRules, type Half, type LaneOrder, type PlaybackEvent, type Tape } from '@x07-lab/msg-core/playback'
import { methodId, type MethodName } from '../protocol/index.ts'
import { ops, readLaneKey } from './ops.ts'
import type { Rules } from './rules.ts'
import { commandAt, idAt, isAt, placesOf, type StoredCommand, type StoredPlaces } from './stored.ts'

/** What a client's command is to its channel: calls have an order, publishes another, settles are known by their tag. */
export type CommandClass = 'call' | 'publish' | 'settle'

const publishId = methodId('basic.publish')
const connectionClose = methodId('connection.close')
const settles: ReadonlySet<number> = new Set(
  (['basic.ack', 'basic.nack', 'basic.reject'] satisfies MethodName[]).map(methodId),
)

export function classOf(id: number): CommandClass {
  return id === publishId ? 'publish' : settles.has(id) ? 'settle' : 'call'
}

/** What an entry is; of lanes, not of single entries, so that it is read once for each. */
interface LaneRole {
  readonly role: 'dial' | 'up' | 'client' | 'server' | 'end'
  readonly connection: number
  readonly channel: number
}

/** A recorded dial. */
export interface RecordedDial {
  readonly entry: number
  readonly connection: number
  readonly endpoint: Endpoint
}

const roles = new Map<string, LaneRole['role']>([
  [ops.dial, 'dial'],
  [ops.up, 'up'],
  [ops.client, 'client'],
  [ops.server, 'server'],
  [ops.end, 'end'],
])

/** The dials are one lane of the engine, matched by where they go; every other lane is of a connection. */
export const dialLane = 0

const classes: readonly CommandClass[] = ['call', 'publish', 'settle']

/** Entries that are kept decoded, and the size up to which one is: how far an engine usually looks ahead. */
const keptEntries = 256
const keptBytes = 4_096

interface ReadEntry {
  readonly index: number
  readonly entry: PlayedEntry
  places: StoredPlaces | undefined
  command: StoredCommand | undefined
}

/** The AMQP entries of a cassette, as events; other entries are nobody's business. */
export class AmqpTape implements Tape {
  readonly count: number
  readonly #reader: CassetteReader
  readonly #roles: readonly (LaneRole | undefined)[]
  /** Lanes of the engine, by {@link lane}'s arguments in one number. */
  readonly #lanes = new Map<number, number>()
  /** The same by lane of the cassette, for each class of commands. */
  readonly #laneOf: number[] = []
  /** Connections whose end was read: what the program does afterwards it does to nobody. */
  readonly #ended = new Set<number>()
  /** Connections that one of the two closed: publishes and settles that come afterwards are thrown away. */
  readonly #closing = new Set<number>()
  readonly #rules: Rules
  #turn = 0
  /** When the entry read last happened, and the event read last, in milliseconds since the recording began. */
  #at = 0
  #lastEventAt = 0
  /** The entries read last, by index modulo {@link keptEntries}. */
  readonly #kept: (ReadEntry | undefined)[] = []
  #last: ReadEntry | undefined

  constructor(reader: CassetteReader, rules: Rules) {
    this.#reader = reader
    this.#rules = rules
    this.#roles = Array.from(reader.lanes.values(), (lane) => {
      const role = roles.get(Buffer.from(lane.op).toString())
      const place = role && readLaneKey(Buffer.from(lane.key).toString())
      return role && place && { role, ...place }
    })
    // A recording of other protocols alone need not be walked through.
    this.count = this.#roles.some((role) => role !== undefined) ? reader.count : 0
  }

  /** When the entry read last happened, in milliseconds since the recording began. */
  get at(): number {
    return this.#at
  }

  event(index: number, _half: Half): PlaybackEvent | undefined {
    const role = this.role(index)
    const { latencyTicks } = this.#entry(index)
    this.#at += latencyTicks / 1_000
    if (role === undefined) return undefined
    if (latencyTicks > 0) this.#turn++
    const time = { at: this.#at, since: this.#at - this.#lastEventAt }
    this.#lastEventAt = this.#at
    const event = { entry: index, half: 'whole', turn: this.#turn, time } as const
    switch (role.role) {
      case 'dial':
        return { ...event, side: 'program', lane: dialLane, rule: matchRules.ordered }
      case 'client': {
        const id = this.id(index)
        const of = classOf(id)
        const isUnheard = this.#ended.has(role.connection) || (of !== 'call' && this.#closing.has(role.connection))
        if (id === connectionClose) this.#closing.add(role.connection)
        const rule = isUnheard
          ? matchRules.optional
          : matchRules[this.#orderOf(index, of) ?? (of === 'settle' ? 'bag' : 'ordered')]
        return { ...event, side: 'program', lane: this.#laneAt(index, role, of), rule }
      }
      default:
        if (role.role === 'end') this.#ended.add(role.connection)
        if (role.role === 'server' && this.id(index) === connectionClose) this.#closing.add(role.connection)
        // None of the broker's is asserted: what the program leaves out tells more.
        return { ...event, side: 'broker', lane: dialLane, rule: matchRules.optional }
    }
  }

  role(index: number): LaneRole | undefined {
    return this.#roles[this.#reader.lane(index)]
  }

  lane(connection: number, channel: number, of: CommandClass): number {
    const name = (connection * 0x1_0000 + channel) * classes.length + classes.indexOf(of)
    let lane = this.#lanes.get(name)
    if (lane === undefined) {
      lane = this.#lanes.size + 1
      this.#lanes.set(name, lane)
    }
    return lane
  }

  /** The command of a client's or a broker's entry, borrowed. */
  command(index: number): StoredCommand {
    return (this.#read(index).command ??= commandAt(this.places(index)))
  }

  /** The same, without a view of it. */
  places(index: number): StoredPlaces {
    const read = this.#read(index)
    if (read.places !== undefined) return read.places
    const { document, reqAt, reqLength, respAt, respLength } = read.entry
    const places = reqLength > 0 ? placesOf(document, reqAt, reqLength) : placesOf(document, respAt, respLength)
    read.places = places
    return places
  }

  /** Class and method of a command. */
  id(index: number): number {
    const { bytes, methodAt, methodEnd } = this.places(index)
    return idAt(bytes, methodAt, methodEnd - methodAt)
  }

  /** Whether a recorded command is this one, to the byte. */
  is(index: number, command: StoredCommand): boolean {
    return isAt(this.places(index), command)
  }

  response(index: number): Uint8Array {
    const { document, respAt, respLength } = this.#entry(index)
    return bytesAt(document, respAt, respLength)
  }

  failed(index: number): boolean {
    return this.#entry(index).err === 1
  }

  op(index: number): string {
    return Buffer.from(decodeEntry(this.#reader.entry(index)).op).toString()
  }

  key(index: number): string {
    const { document, keyAt, keyLength } = this.#entry(index)
    return Buffer.from(bytesAt(document, keyAt, keyLength)).toString()
  }

  /** All recorded dials, in the order in which the program asked for them. */
  dials(): RecordedDial[] {
    const found: RecordedDial[] = []
    for (const [lane, role] of this.#roles.entries()) {
      const entry = role?.role === 'dial' ? this.#reader.peek(lane) : undefined
      if (role === undefined || entry === undefined) continue
      const { document, reqAt, reqLength } = this.#entry(entry)
      const endpoint = JSON.parse(Buffer.from(bytesAt(document, reqAt, reqLength)).toString()) as Endpoint
      found.push({ entry, connection: role.connection, endpoint })
    }
    return found.toSorted((a, b) => (a.endpoint.nth ?? a.entry) - (b.endpoint.nth ?? b.entry))
  }

  #laneAt(index: number, { connection, channel }: LaneRole, of: CommandClass): number {
    const at = classes.length * this.#reader.lane(index) + classes.indexOf(of)
    return (this.#laneOf[at] ??= this.lane(connection, channel, of))
  }

  #orderOf(index: number, of: CommandClass): LaneOrder | undefined {
    return this.#rules.areNone ? undefined : this.#rules.orderOf(this.key(index), of)
  }

  #entry(index: number): PlayedEntry {
    return this.#read(index).entry
  }

  /** An entry is asked for several times: as an event, when the program does it, for its text. */
  #read(index: number): ReadEntry {
    if (this.#last?.index === index) return this.#last
    const known = this.#kept[index % keptEntries]
    if (known?.index === index) return known
    const document = this.#reader.entry(index)
    const read: ReadEntry = { index, entry: decodePlayed(document), places: undefined, command: undefined }
    this.#last = read
    if (document.length <= keptBytes) this.#kept[index % keptEntries] = read
    return read
  }
}
