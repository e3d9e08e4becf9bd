import type { Message } from 'kafkajs'
import type { WireMessage } from '../wire/encode.ts'

type ByPartition = Record<number, Message[]>
type GroupStep = (groups: ByPartition, message: Message, at: number, all: Message[]) => ByPartition

/**
 * The messages of one topic in a request. kafkajs groups them by partition in a `reduce` that copies a group once per
 * message, quadratic in the size of the request; this list asks the same step for one message at a time, which has the
 * partitioner write the partition down, and groups by that.
 */
export class MessageList extends Array<WireMessage> {
  // oxlint-disable-next-line no-unnecessary-type-parameters -- the type of Array's own reduce, which this overrides
  override reduce<T>(step: unknown): T {
    const group = step as GroupStep
    const groups: ByPartition = {}
    for (const message of this) {
      if (message.partition === undefined) group({}, message, 0, [])
      const partition = message.partition ?? 0
      const members = groups[partition]
      if (members === undefined) groups[partition] = [message]
      else members.push(message)
    }
    return groups as T
  }
}
