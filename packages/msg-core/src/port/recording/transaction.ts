import type { JsonObject } from '../../format/envelope/index.ts'
import { DriverError, type Delivery, type PublishResult, type Transaction, type WaitOptions } from '../index.ts'

/** What the recording of a transaction takes from that of its driver. */
export interface TransactionParts {
  /** Records a call that has no message. */
  call<T>(request: JsonObject, make: () => Promise<T>): Promise<T>
  publish(envelope: Uint8Array, options: WaitOptions | undefined, through: Transaction): Promise<PublishResult>
  /** The delivery behind one that was handed out, and how to record that it is settled; undefined for a stranger's. */
  settling(delivery: Delivery): Settling | undefined
}

/** A delivery that is settled by the end of a transaction. */
export interface Settling {
  readonly live: Delivery
  /** Records it. */
  readonly settle: (outcome: 'ack' | 'reject') => Promise<void>
}

/**
 * Begins a transaction and records it: the calls that begin and end it are entries of their own; publishes and deliveries
 * are as without one, the latter settled by the end. How many there were stands in the call that ends it, so that a message
 * that leaves the transaction is seen in replay.
 */
export async function recordTransaction(
  parts: TransactionParts,
  begin: () => Promise<Transaction>,
): Promise<Transaction> {
  const live = await parts.call({ call: 'begin' }, begin)
  const acked = new Set<Settling>()
  let published = 0
  let isEnded = false

  async function end(call: 'commit' | 'abort'): Promise<void> {
    await parts.call({ acked: acked.size, call, published }, () => live[call]())
    isEnded = true
    const settling = [...acked]
    acked.clear()
    for (const { settle } of settling) await settle(call === 'commit' ? 'ack' : 'reject')
  }

  return {
    publish(envelope, options) {
      published++
      return parts.publish(envelope, options, live)
    },
    ack(delivery) {
      const settling = parts.settling(delivery)
      if (settling === undefined) {
        throw new DriverError('protocol', 'ack in a transaction: not an open delivery of this driver')
      }
      live.ack(settling.live)
      acked.add(settling)
    },
    commit: () => end('commit'),
    abort: () => end('abort'),
    async [Symbol.asyncDispose]() {
      if (!isEnded) await end('abort')
    },
  }
}
