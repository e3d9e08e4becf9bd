import { DriverError, type PublishResult } from '@x07-lab/msg-core'
import type { WireMessage } from '../wire/to-wire.ts'
import { publishTo, type Addressed } from './frames.ts'

/** A publish call from the moment it is made until it is answered. */
export interface PendingPublish extends Addressed {
  readonly envelope: Uint8Array
  /** What goes on the wire, until it has; made again for the few messages that are looked at afterwards. */
  wire: WireMessage | undefined
  readonly bodyBytes: number
  /** Times it was put on a channel. */
  sent: number
  /** It was unconfirmed when the broker closed the channel over one of several messages: it goes alone next time. */
  suspect: boolean
  /** Properties for which the broker may close the channel: until it has taken a message with the same ones, such a message goes alone. */
  readonly doubt: string | undefined
  /** Why the broker gave it back; its confirm is still to come. */
  returned: string | undefined
  /** The caller has its answer, or has gone away. */
  answered: boolean
  /** The open publishes of its signal, itself among them. */
  abortables: Set<PendingPublish> | undefined
  readonly resolve: (result: PublishResult) => void
  readonly reject: (error: unknown) => void
}

/** Gives the caller its answer, unless it has one. */
export function resolvePending(pending: PendingPublish, result: PublishResult): void {
  if (isAnswered(pending)) return
  pending.resolve(result)
}

/** Fails the call, unless it has its answer. */
export function rejectPending(pending: PendingPublish, error: unknown): void {
  if (isAnswered(pending)) return
  pending.reject(error)
}

/** Whether the caller had its answer before; it has now. */
function isAnswered(pending: PendingPublish): boolean {
  if (pending.answered) return true
  pending.answered = true
  pending.abortables?.delete(pending)
  return false
}

/** Open publishes by the signal that may abort them. */
export type Abortables = WeakMap<AbortSignal, Set<PendingPublish>>

/**
 * Rejects with `aborted` when the signal fires first. The message may be published all the same. One listener serves all
 * publishes of a signal: adding and removing one looks through those that are there.
 */
export function abortable(pending: PendingPublish, signal: AbortSignal, abortables: Abortables): void {
  pending.abortables = abortables.get(signal) ?? watchSignal(signal, abortables)
  pending.abortables.add(pending)
}

function watchSignal(signal: AbortSignal, abortables: Abortables): Set<PendingPublish> {
  const open = new Set<PendingPublish>()
  abortables.set(signal, open)
  const abort = (): void => {
    for (const pending of open) {
      const message = `${publishTo(pending.topic)}: aborted by the caller`
      rejectPending(pending, new DriverError('aborted', message, { cause: signal.reason }))
    }
  }
  signal.addEventListener('abort', abort, { once: true })
  return open
}

/** First in, first out, in constant time, and back to the front for what must be sent again. */
export interface PendingQueue {
  readonly length: number
  peek(): PendingPublish | undefined
  shift(): PendingPublish | undefined
  push(item: PendingPublish): void
  putBack(items: readonly PendingPublish[]): void
  drain(): PendingPublish[]
}

/** Delivered fronts longer than this are cut off once they are half of the array: linear in total. */
const cutAfter = 1_024

export function pendingQueue(): PendingQueue {
  let items: PendingPublish[] = []
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
