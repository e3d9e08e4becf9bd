import type { ConsumeMessage } from 'amqplib'
import type { RawDelivery } from '../wire/tap.ts'
import type { AckWindow } from './ack-window.ts'

/** A message the broker has sent, on the channel it must be settled on. */
export interface Received {
  readonly message: ConsumeMessage
  readonly raw: RawDelivery
  /** The logical name of the queue. */
  readonly queue: string
  readonly acks: AckWindow
}

/** What has been received and not handed out, first in, first out. */
export interface Inbox {
  readonly length: number
  push(item: Received): void
  shift(): Received | undefined
  /** Empties it. */
  drain(): readonly Received[]
}

export function inbox(): Inbox {
  let items: Received[] = []
  let head = 0
  return {
    get length() {
      return items.length - head
    },
    push(item) {
      items.push(item)
    },
    shift() {
      const item = items[head]
      if (item === undefined) return undefined
      head++
      // The prefetch bounds the array; it is let go of whenever it runs empty or is half done.
      if (head === items.length || (head > 1_024 && head * 2 > items.length)) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
    drain() {
      const all = items.slice(head)
      items = []
      head = 0
      return all
    },
  }
}
