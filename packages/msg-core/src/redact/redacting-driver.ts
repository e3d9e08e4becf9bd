import type { Delivery, Driver, Transaction, WaitOptions } from '../port/driver.ts'
import { forwarded } from '../port/forwarded.ts'
import type { Redactor } from './redactor.ts'

/**
 * A driver over one that replays, which publishes the redacted form: that is what was recorded, so that is what is compared.
 * With `deliveries` the program is given the redacted form too: what it makes of a live message is then what it makes of the
 * recorded one.
 */
export function redactingDriver(
  driver: Driver,
  redactor: Redactor,
  which: { readonly publishes?: boolean; readonly deliveries?: boolean },
): Driver {
  /** The driver's own delivery behind one that the program was given in its redacted form. */
  const originals = new WeakMap<Delivery, Delivery>()
  const published = (envelope: Uint8Array): Uint8Array =>
    which.publishes === true ? redactor.envelope(envelope) : envelope
  const begin = driver.transaction?.bind(driver)
  const transaction = async (options?: WaitOptions): Promise<Transaction> => {
    if (begin === undefined) throw new TypeError('a transaction is offered only where the driver has them')
    const inner = await begin(options)
    return {
      publish: (envelope, wait) => inner.publish(published(envelope), wait),
      ack: (delivery) => inner.ack(originals.get(delivery) ?? delivery),
      commit: () => inner.commit(),
      abort: () => inner.abort(),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    }
  }
  return {
    ...forwarded(driver),
    publish: (envelope, options) => driver.publish(published(envelope), options),
    deliveries: (options) => {
      const inner = driver.deliveries(options)
      return which.deliveries === true ? redacted(inner, redactor, originals) : inner
    },
    ...(begin && { transaction }),
  }
}

function redacted(
  deliveries: AsyncIterable<Delivery>,
  redactor: Redactor,
  originals: WeakMap<Delivery, Delivery>,
): AsyncIterable<Delivery> {
  return {
    [Symbol.asyncIterator]() {
      const inner = deliveries[Symbol.asyncIterator]()
      return {
        async next() {
          const step = await inner.next()
          if (step.done === true) return step
          const { value } = step
          const envelope = redactor.envelope(value.envelope)
          if (envelope === value.envelope) return step
          const delivery: Delivery = { ...value, envelope, settle: (outcome) => value.settle(outcome) }
          originals.set(delivery, value)
          return { done: false, value: delivery }
        },
        return: async () => (await inner.return?.()) ?? { done: true, value: undefined },
      }
    },
  }
}
