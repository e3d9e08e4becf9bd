import { DriverError, type Delivery, type Driver, type WaitOptions } from '@x07-lab/msg-core'

/**
 * A driver whose consumer stops between delivery number `point` and its settling, and another takes its place: the program
 * has processed a message of which the broker never heard.
 *
 * @param openConsumer opens a driver of its own on the same queues and in the same group
 */
export function stoppingConsumer(publisher: Driver, openConsumer: () => Promise<Driver>, point: number): Driver {
  return {
    wire: publisher.wire,
    endpoint: publisher.endpoint,
    ensureTopology: (options) => publisher.ensureTopology(options),
    publish: (envelope, options) => publisher.publish(envelope, options),
    async *deliveries(options): AsyncGenerator<Delivery> {
      await using first = await openConsumer()
      yield* untilStopped(first, point, options)
      await first.close()
      await using second = await openConsumer()
      yield* second.deliveries(options)
    },
    close: () => publisher.close(),
    [Symbol.asyncDispose]: () => publisher.close(),
  }
}

async function* untilStopped(driver: Driver, point: number, options?: WaitOptions): AsyncGenerator<Delivery> {
  let count = 0
  for await (const delivery of driver.deliveries(options)) {
    if (++count === point) {
      const { envelope, metadata } = delivery
      yield { envelope, metadata, settle: () => Promise.reject(stopped) }
      return
    }
    yield delivery
  }
}

const stopped = new DriverError('connection_lost', 'settle a delivery: the consumer has stopped')
