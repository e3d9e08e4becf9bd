import { readProperties } from '../../protocol/index.ts'
import type { RawDelivery } from '../wire/tap.ts'
import type { Unacked } from './delivery-queue.ts'

/** The consumer argument that says where to begin, and the header of a delivery that says where it stands. */
export const streamOffsetArgument = 'x-stream-offset'

/**
 * Where a consumer stands in a stream, for which the broker keeps no position: a consumer that begins anew would begin where the
 * topology says. It goes on behind what is settled, and says `redelivered` of what it has handed out before, which a stream never does.
 * See https://www.rabbitmq.com/docs/streams#consuming.
 */
export interface StreamPosition {
  /** Where to go on: the first offset that is not settled; undefined until a message has come. */
  readonly next: bigint | undefined
  /** A consumer has begun. */
  begun: boolean
  /** @returns the message's offset */
  arrived(raw: RawDelivery): bigint | undefined
  /** The message as it is handed out. */
  handedOut(item: Unacked): Unacked
  settled(item: Unacked): void
  /** The connection is gone, with all that is not settled. */
  lost(): void
}

export function streamPosition(): StreamPosition {
  /** Offsets that are not settled, in the order of their arrival, which is theirs. */
  const open = new Set<bigint>()
  let behindLast: bigint | undefined
  let furthest = -1n
  const next = (): bigint | undefined => {
    for (const offset of open) return offset
    return behindLast
  }
  return {
    begun: false,
    get next() {
      return next()
    },
    arrived(raw) {
      const offset = offsetOf(raw)
      if (offset === undefined) return undefined
      open.add(offset)
      behindLast = offset + 1n
      return offset
    },
    handedOut(item) {
      const { message, streamOffset = -1n } = item
      if (streamOffset > furthest) {
        furthest = streamOffset
        return item
      }
      return { ...item, message: { ...message, fields: { ...message.fields, redelivered: true } } }
    },
    settled({ streamOffset }) {
      if (streamOffset !== undefined) open.delete(streamOffset)
    },
    lost() {
      behindLast = next()
      open.clear()
    },
  }
}

/** Undefined for a message whose headers cannot be read: it is told to the one who iterates, and passed over. */
function offsetOf({ properties }: RawDelivery): bigint | undefined {
  try {
    const field = readProperties(properties).headers?.find(([name]) => name === streamOffsetArgument)?.[1]
    return field?.tag === 'l' ? field.value : undefined
  } catch {
    return undefined
  }
}
