import { DriverError, type PublishResult } from '@x07-lab/msg-core'
import type { WireMessage } from '../wire/to-wire.ts'

/** A publish call from the moment it is made until it is answered. */
export interface Outgoing {
  /** The logical topic, for messages. */
  readonly topic: string
  /** The exchange and routing key as the broker knows them. */
  readonly exchange: string
  readonly routingKey: string
  readonly envelope: Uint8Array
  /** What is handed to amqplib, until it has been; made again for the few messages that are looked at afterwards. */
  wire: WireMessage | undefined
  readonly bodyBytes: number
  /** Times it was put on a channel. */
  sent: number
  /** It was unconfirmed when the broker closed the channel over one of several messages: it goes alone next time. */
  suspect: boolean
  /** Why the broker gave it back; its confirm is still to come. */
  returned: string | undefined
  /** The caller has its answer, or has gone away. */
  answered: boolean
  /** The open publishes of its signal, itself among them. */
  abortables: Set<Outgoing> | undefined
  readonly resolve: (result: PublishResult) => void
  readonly reject: (error: unknown) => void
}

/** Gives the caller its answer, unless it has one. */
export function resolveOutgoing(outgoing: Outgoing, result: PublishResult): void {
  if (isAnswered(outgoing)) return
  outgoing.resolve(result)
}

/** Fails the call, unless it has its answer. */
export function rejectOutgoing(outgoing: Outgoing, error: unknown): void {
  if (isAnswered(outgoing)) return
  outgoing.reject(error)
}

/** Whether the caller had its answer before; it has now. */
function isAnswered(outgoing: Outgoing): boolean {
  if (outgoing.answered) return true
  outgoing.answered = true
  outgoing.abortables?.delete(outgoing)
  return false
}

/** Open publishes by the signal that may abort them. */
export type Abortables = WeakMap<AbortSignal, Set<Outgoing>>

/**
 * Rejects with `aborted` when the signal fires first. The message may be published all the same. One listener serves all
 * publishes of a signal: adding and removing one looks through those that are there.
 */
export function abortable(outgoing: Outgoing, signal: AbortSignal, abortables: Abortables): void {
  outgoing.abortables = abortables.get(signal) ?? watchSignal(signal, abortables)
  outgoing.abortables.add(outgoing)
}

function watchSignal(signal: AbortSignal, abortables: Abortables): Set<Outgoing> {
  const open = new Set<Outgoing>()
  abortables.set(signal, open)
  const abort = (): void => {
    for (const outgoing of open) {
      const message = `publish to ${outgoing.topic}: aborted by the caller`
      rejectOutgoing(outgoing, new DriverError('aborted', message, { cause: signal.reason }))
    }
  }
  signal.addEventListener('abort', abort, { once: true })
  return open
}

/** First in, first out, in constant time, and back to the front for what must be sent again. */
export interface OutgoingQueue {
  readonly length: number
  peek(): Outgoing | undefined
  shift(): Outgoing | undefined
  push(item: Outgoing): void
  putBack(items: readonly Outgoing[]): void
  drain(): Outgoing[]
}

/** Delivered fronts longer than this are cut off once they are half of the array: linear in total. */
const cutAfter = 1_024

export function outgoingQueue(): OutgoingQueue {
  let items: Outgoing[] = []
  let head = 0
  return {
    get length() {
      return items.length - head
    },
    peek: () => items[head],
    shift() {
      const item = items[head]
      if (item === undefined) return undefined
      head++
      if (head === items.length || (head > cutAfter && head * 2 > items.length)) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
    push(item) {
      items.push(item)
    },
    putBack(front) {
      items = [...front, ...items.slice(head)]
      head = 0
    },
    drain() {
      const all = items.slice(head)
      items = []
      head = 0
      return all
    },
  }
}
