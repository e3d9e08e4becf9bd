import { decodeEntry, type CassetteReader, type Entry } from '@x07-lab/msg-core/format'
import {
  laneOrder,
  matchRules,
  type Half,
  type LaneOrder,
  type MatchRule,
  type PlaybackEvent,
  type Tape,
} from '@x07-lab/msg-core/playback'
import type { MatchRule as KeyRule } from '@x07-lab/msg-core/driver'
import { apiKeys, apiName, decodeBody } from '../protocol/index.ts'
import { decodeCall, decodeOrdinal, ops, type StoredCall } from './ops.ts'
import { isSessionKey } from './request-class.ts'
import { TopicNames } from './topic-names.ts'

/** What the entries of one lane of the cassette are. */
interface LaneInfo {
  readonly op: keyof typeof ops | undefined
  readonly key: string
}

/**
 * A cassette as the Kafka player reads it. Of each entry a few bytes are kept; contents are read again when they are wanted.
 */
export class KafkaTape implements Tape {
  readonly count: number
  readonly names = new TopicNames()
  /** Lanes of session entries, by key: of the answers, and of connections that ended without one. */
  readonly sessions = new Map<string, number[]>()
  /** Lanes of the answers of session entries, by key. */
  readonly sessionAnswers = new Map<string, number>()
  /** Lanes of dials, by `host:port`. */
  readonly dials = new Map<string, number>()
  /** Lanes of calls, by key. */
  readonly callLanes = new Map<string, number>()
  /** The last asserted call that is more than a farewell; -1 for none. */
  readonly lastAct: number
  /** The first answer with records, or an error of a Fetch: what a program does from there on may be done by several at once. */
  readonly #firstFetch: number
  readonly #reader: CassetteReader
  readonly #rules: readonly KeyRule[]
  readonly #lanes: LaneInfo[]
  /** Entry of each call, by its number. */
  readonly #calls: number[] = []
  /** Entry of the answer, by number of the call. */
  readonly #replies: number[] = []
  /** First entry of each lane. */
  readonly #first: number[] = []
  /** Members that were told to join anew and have not, up to the last event. */
  readonly #failing = new Set<string>()
  #turn = 0
  /** When the entry read last happened, and the event read last, in milliseconds since the recording began. */
  #at = 0
  #lastEventAt = 0

  /** @param rules keys of which calls match in any order */
  constructor(reader: CassetteReader, rules: readonly KeyRule[] = []) {
    this.#reader = reader
    this.#rules = rules
    this.#lanes = Array.from(reader.lanes.values(), ({ op, key }) => ({
      op: opNames.get(Buffer.from(op).toString()),
      key: Buffer.from(key).toString(),
    }))
    for (const [lane, { op, key }] of this.#lanes.entries()) {
      if (op === 'session') this.sessionAnswers.set(key, lane)
      if (op === 'session' || isSessionEnd(op, key)) this.sessions.set(key, [...(this.sessions.get(key) ?? []), lane])
      else if (op === 'dial') this.dials.set(key, lane)
      else if (op === 'call') this.callLanes.set(key, lane)
    }
    let lastAct = -1
    let firstFetch = Infinity
    // A recording of other protocols alone need not be walked through.
    this.count = this.#lanes.some(({ op }) => op !== undefined) ? reader.count : 0
    for (let index = 0; index < this.count; index++) {
      const { op, key } = this.lane(index)
      this.#first[this.laneNumber(index)] ??= index
      if (op === 'call') {
        this.#calls.push(index)
        this.#replies.push(-1)
        if (this.#isAsserted(key) && !key.startsWith('LeaveGroup')) lastAct = index
      } else if (op === 'fetch') firstFetch = Math.min(firstFetch, index)
      else if (op === 'session' && key.startsWith('Metadata/')) this.#learn(index, index)
      else if (op === 'reply') {
        const ordinal = decodeOrdinal(this.entry(index).req)
        if (ordinal !== undefined && ordinal < this.#replies.length) this.#replies[ordinal] = index
        if (key.startsWith('CreateTopics')) this.#learn(index, this.callOf(index))
      }
    }
    this.lastAct = lastAct
    this.#firstFetch = firstFetch
  }

  lane(index: number): LaneInfo {
    return this.#lanes[this.#reader.lane(index)]!
  }

  laneNumber(index: number): number {
    return this.#reader.lane(index)
  }

  /** Marks an entry used. */
  use(index: number): void {
    this.#reader.consume(index)
  }

  isUsed(index: number): boolean {
    return this.#reader.isUsed(index)
  }

  /** Borrowed as the reader says. */
  entry(index: number): Entry {
    return decodeEntry(this.#reader.entry(index))
  }

  /** The call that an entry holds. */
  call(index: number): StoredCall {
    return decodeCall(this.entry(index).req)
  }

  /** The entry of the call that a reply answers, or whose connection ended; undefined where it is not one of a call. */
  callOf(index: number): number | undefined {
    const ordinal = decodeOrdinal(this.entry(index).req)
    return ordinal === undefined ? undefined : this.#calls[ordinal]
  }

  firstIn(lane: number): number | undefined {
    return this.#first[lane]
  }

  /** The next entry of the lane of this one. */
  nextInLane(index: number): number | undefined {
    return this.#reader.nextInLane(index)
  }

  /** The entries of a lane, in order. */
  *entries(lane: number): Generator<number, undefined> {
    for (let index = this.#first[lane]; index !== undefined; index = this.#reader.nextInLane(index)) yield index
  }

  /** The entries of the lane with this op and key, in order. */
  entriesOf(op: string, key: string): IteratorObject<number> {
    const lane = this.#lanes.findIndex((one) => one.op === opNames.get(op) && one.key === key)
    return this.entries(lane)
  }

  /** Who sent a heartbeat, or a request to join. */
  memberOf(index: number): { readonly group: string; readonly member: string } {
    const { apiKey, version, body } = this.call(index)
    const { groupId, memberId } = decodeBody(apiKey, version, 'request', body)
    return { group: groupId as string, member: memberId as string }
  }

  /** The error in the answer to a heartbeat. */
  heartbeatError(index: number): number {
    const { apiKey, version } = this.call(index)
    return decodeBody(apiKey, version, 'response', this.entry(index).resp)['errorCode'] as number
  }

  /** The entry that answers a call, undefined where none does. */
  replyTo(call: number): number | undefined {
    let low = 0
    let high = this.#calls.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#calls[middle]! < call) low = middle + 1
      else high = middle
    }
    const reply = this.#calls[low] === call ? this.#replies[low] : undefined
    return reply === -1 ? undefined : reply
  }

  /** Whether the client had a call in its queue: it said it in the turn in which it read an answer. */
  wasQueued(call: number): boolean {
    return this.entry(call).latencyTicks === 0
  }

  /**
   * Whether a call was made because another one had been answered, as far as the recording tells: it came after the answer, on
   * the same lane, or on another one as the very next thing. Not told of calls that were under way together, of members of a
   * group, of what a rule gives an order, of what a program does that has read records: its handlers may run at once; and of what
   * a client with few requests in flight had in its queue, which is said in the turn in which it reads the answer.
   */
  follows(call: number, before: number): boolean {
    const answer = this.replyTo(before)
    if (answer === undefined || answer > call || call > this.#firstFetch) return false
    if (this.wasQueued(call)) return false
    const [one, other] = [this.lane(call), this.lane(before)]
    if ([one, other].some(({ key }) => isMembership(key) || this.#ruleGiven(key) !== undefined)) return false
    if (one.key === other.key) return true
    return answer === call - 1 && (this.entry(call).latencyTicks ?? 0) <= atOnceTicks
  }

  /** When the entry read last happened, in milliseconds since the recording began. */
  get at(): number {
    return this.#at
  }

  event(index: number, _half: Half): PlaybackEvent | undefined {
    const { latencyTicks = 1 } = this.entry(index)
    this.#at += latencyTicks / 1_000
    const event = this.#event(index, latencyTicks)
    if (event === undefined) return undefined
    const time = { at: this.#at, since: this.#at - this.#lastEventAt }
    this.#lastEventAt = this.#at
    return { ...event, time }
  }

  #event(index: number, latencyTicks: number): PlaybackEvent | undefined {
    const { op, key } = this.lane(index)
    if (op === 'call') {
      if (!this.#isAsserted(key)) return undefined
      if (key.startsWith(joinKey)) this.#failing.delete(this.#memberName(index))
      return {
        entry: index,
        half: 'whole',
        side: 'program',
        lane: this.laneNumber(index),
        rule: this.#ruleOf(key),
        turn: 0,
      }
    }
    if (op === undefined || op === 'session' || op === 'dial' || isSessionEnd(op, key)) return undefined
    // A member that was told to join anew is told so until it does: once is enough.
    if (op === 'heartbeat' && this.#failing.size === this.#failing.add(this.#memberName(index)).size) return undefined
    // How often positions are committed depends on time; only an error is an event.
    if (op === 'reply' && !this.#isAsserted(key) && !this.#commitFailed(index)) return undefined
    if (latencyTicks > 0) this.#turn++
    return {
      entry: index,
      half: 'whole',
      side: 'broker',
      lane: this.laneNumber(index),
      rule: matchRules.optional,
      turn: this.#turn,
    }
  }

  /**
   * Calls of one lane may change places with their neighbours: several producers and members of a group live in one process,
   * and a client sends to several partitions at once. Administrative calls are in order.
   */
  #ruleOf(key: string): MatchRule {
    const order = this.#ruleGiven(key)
    if (order !== undefined) return matchRules[order]
    const api = key.split('/', 1)[0]!
    if (api === endTransaction) return inPlace
    return inOrder.has(api) ? matchRules.ordered : matchRules.nearby
  }

  #ruleGiven(key: string): LaneOrder | undefined {
    const act = key.startsWith('Produce/') ? 'publish' : key.startsWith(commitKey) ? 'settle' : 'call'
    return laneOrder(this.#rules, key, act)
  }

  #memberName(index: number): string {
    const { group, member } = this.memberOf(index)
    return `${group} ${member}`
  }

  #isAsserted(key: string): boolean {
    return !key.startsWith(commitKey)
  }

  #commitFailed(index: number): boolean {
    const call = this.callOf(index)
    if (call === undefined) return false
    const { apiKey, version } = this.call(call)
    return errorOfCommit(decodeBody(apiKey, version, 'response', this.entry(index).resp)) !== 0
  }

  #learn(index: number, call: number | undefined): void {
    if (call === undefined) return
    try {
      const { apiKey, version } = this.call(call)
      this.names.learn(apiKey, decodeBody(apiKey, version, 'response', this.entry(index).resp))
    } catch {
      // What cannot be read tells no names.
    }
  }
}

const opNames = new Map(Object.entries(ops).map(([name, op]) => [op as string, name as keyof typeof ops]))
const commitKey = apiName(apiKeys.OffsetCommit)
const joinKey = `${apiName(apiKeys.JoinGroup)}/`

/** What a client does for a member of a group, when the group's coordinator wants it. */
const membership = [apiKeys.JoinGroup, apiKeys.SyncGroup, apiKeys.LeaveGroup].map((api) => `${apiName(api)}/`)

function isMembership(key: string): boolean {
  return membership.some((api) => key.startsWith(api))
}

/** Queries are answered when they are asked, and one whose connection ended breaks it then. */
function isSessionEnd(op: LaneInfo['op'], key: string): boolean {
  return op === 'end' && isSessionKey(key)
}

/** A call that comes within so many microseconds of an answer comes because of it. */
const atOnceTicks = 5_000

const inOrder = new Set(
  [apiKeys.CreateTopics, apiKeys.DeleteTopics, apiKeys.CreatePartitions, apiKeys.InitProducerId].map(apiName),
)
const endTransaction = apiName(apiKeys.EndTxn)

/** In order, and never one from further on: the ends of all transactions of a producer look alike. */
const inPlace: MatchRule = { ...matchRules.ordered, passes: false }

/** The first error of an answer to OffsetCommit, 0 for none. */
export function errorOfCommit(answer: Record<string, unknown>): number {
  const topics = answer['topics'] as { partitions: { errorCode: number }[] }[]
  for (const { partitions } of topics) for (const { errorCode } of partitions) if (errorCode !== 0) return errorCode
  return 0
}
