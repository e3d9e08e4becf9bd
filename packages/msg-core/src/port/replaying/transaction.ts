import type { JsonObject } from '../../format/envelope/index.ts'
import { DriverError, type Delivery, type PublishResult, type Transaction, type WaitOptions } from '../index.ts'

/** What the replay of a transaction takes from that of its driver. */
export interface TransactionParts {
  /** Plays a call that has no message. */
  readonly call: (request: JsonObject) => Promise<void>
  readonly publish: (envelope: Uint8Array, options?: WaitOptions) => Promise<PublishResult>
}

/** Plays a transaction as `recordTransaction` writes it. */
export async function playTransaction({ call, publish }: TransactionParts, endpoint: string): Promise<Transaction> {
  await call({ call: 'begin' })
  const acked = new Set<Delivery>()
  let published = 0
  let isEnded = false

  async function end(how: 'commit' | 'abort'): Promise<void> {
    refuseEnded(how)
    await call({ acked: acked.size, call: how, published })
    isEnded = true
    const deliveries = [...acked]
    acked.clear()
    for (const delivery of deliveries) await delivery.settle(how === 'commit' ? 'ack' : 'reject')
  }

  function refuseEnded(what: string): void {
    if (isEnded) throw new DriverError('closed', `${what} in a transaction on ${endpoint}: it has ended already`)
  }

  return {
    // A publish after the end failed before a broker heard of it, and is an entry all the same.
    publish(envelope, options) {
      published++
      return publish(envelope, options)
    },
    ack(delivery) {
      refuseEnded('ack')
      acked.add(delivery)
    },
    commit: () => end('commit'),
    abort: () => end('abort'),
    async [Symbol.asyncDispose]() {
      if (!isEnded) await end('abort')
    },
  }
}
