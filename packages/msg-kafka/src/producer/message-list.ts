import type { Message } from 'kafkajs'
import type { WireMessage } from '../wire/encode.ts'
import { encodeRecords } from '../wire/records.ts'

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
      if (message.partition === undefined) group({}, forKafkajs(message), 0, [])
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
 * The messages of one partition. kafkajs maps them, first to their timestamps, of which there are none, then, counting, to
 * encoded records; that is the whole batch as the first record and nothing as all others.
 */
class PartitionList extends Array<WireMessage> {
  // oxlint-disable-next-line no-unnecessary-type-parameters -- the type of Array's own map, which this overrides
  override map<T>(step: unknown): T[] {
    const encodes = typeof step === 'function' && step.length === 2
    if (!encodes) return Array.from(this, () => undefined as T)
    const buffer = encodeRecords(this)
    const batch: Encoded = { buf: buffer, buffer }
    return Array.from(this, (_, position) => (position === 0 ? batch : nothing) as T)
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
