import type { Message } from 'kafkajs'
import type { WireMessage } from '../wire/encode.ts'
import { encodeRecords, type BatchTimes } from '../wire/records.ts'

type GroupStep = (groups: object, message: Message, at: number, all: readonly Message[]) => unknown

/*
 * The lists that the driver hands to kafkajs 2.2.4. kafkajs spends most of a request copying lists and filling a buffer per
 * number, header and record, and its headers are an object: no order, no repeated names in between, no null. It asks a list
 * for `reduce` and `map`; these two answer with the finished result. The tests hold them to the bytes of kafkajs itself.
 */

/**
 * The messages of one topic in a request. kafkajs groups them by partition with `reduce`, copying a group once per message;
 * this list lets it look at one message at a time, so that the partitioner writes the partition down, and groups by that.
 */
export class MessageList extends Array<WireMessage> {
  // oxlint-disable-next-line no-unnecessary-type-parameters -- the type of Array's own reduce, which this overrides
  override reduce<T>(step: unknown): T {
    const group = step as GroupStep
    const groups: Record<number, PartitionList> = {}
    for (const message of this) {
      group({}, forKafkajs(message), 0, [])
      const partition = message.partition ?? 0
      const members = groups[partition]
      if (members === undefined) groups[partition] = PartitionList.of(message) as PartitionList
      else members.push(message)
    }
    return groups as T
  }
}

/** What kafkajs's encoder takes a record for: bytes that it appends. */
interface Encoded {
  readonly buf: Buffer
  readonly buffer: Buffer
}

const nothing: Encoded = { buf: Buffer.alloc(0), buffer: Buffer.alloc(0) }

/**
 * The messages of one partition. kafkajs maps them, first to their timestamps, then, counting, to
 * encoded records; that is the whole batch as the first record and nothing as all others.
 */
export class PartitionList extends Array<WireMessage> {
  // oxlint-disable-next-line no-unnecessary-type-parameters -- the type of Array's own map, which this overrides
  override map<T>(step: unknown): T[] {
    const encodes = typeof step === 'function' && step.length === 2
    if (!encodes) return this.#timestamps() as T[]
    const buffer = encodeRecords(this, this.#times)
    const batch: Encoded = { buf: buffer, buffer }
    return Array.from(this, (_, position) => (position === 0 ? batch : nothing) as T)
  }

  #times: BatchTimes | undefined

  /**
   * The first and the last one, where any message has one: kafkajs looks for no others. It sorts them as text, and takes text
   * for a number of 64 bits.
   */
  #timestamps(): string[] {
    let unset: number | undefined
    let first = Number.POSITIVE_INFINITY
    let last = 0
    let isAnySet = false
    for (const { timestamp } of this) {
      isAnySet ||= timestamp !== undefined
      const time = timestamp ?? (unset ??= Date.now())
      if (time < first) first = time
      if (time > last) last = time
    }
    if (!isAnySet) return []
    this.#times = { first, unset: unset ?? first }
    return [first, last].map((time) => String(time).padStart(19, '0'))
  }

  /** What `filter` and its like make of it is a plain list. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }
}

/** kafkajs never looks into these messages beyond what they share with its own. */
export function forKafkajs(message: WireMessage): Message
export function forKafkajs(messages: MessageList): Message[]
export function forKafkajs(messages: WireMessage | MessageList): unknown {
  return messages
}
