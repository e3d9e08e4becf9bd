import type { Delivery, Driver } from '../port/index.ts'
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
  return {
    wire: driver.wire,
    endpoint: driver.endpoint,
    ensureTopology: (options) => driver.ensureTopology(options),
    publish: (envelope, options) =>
      driver.publish(which.publishes === true ? redactor.envelope(envelope) : envelope, options),
    deliveries: (options) => {
      const inner = driver.deliveries(options)
      return which.deliveries === true ? redacted(inner, redactor) : inner
    },
    close: () => driver.close(),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  }
}

function redacted(deliveries: AsyncIterable<Delivery>, redactor: Redactor): AsyncIterable<Delivery> {
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
          return { done: false, value: { ...value, envelope, settle: (outcome) => value.settle(outcome) } }
        },
        return: async () => (await inner.return?.()) ?? { done: true, value: undefined },
      }
    },
  }
}
