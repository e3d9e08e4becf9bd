import type { Delivery, Driver } from '@x07-lab/msg-core'

/** What a test sees of a run, and where it strikes. Counts are of one driver and start at 1. */
export interface Probes {
  /** After each confirmed publish. */
  readonly confirmed?: (count: number) => void
  /** Before a delivery is handed to the program, which waits for the promise. */
  readonly delivered?: (count: number) => void | Promise<void>
  /** After each settle that the driver took. */
  readonly settled?: (count: number) => void
}

/** A driver that tells of each confirm and each delivery; nothing else about it is changed. */
export function probed(driver: Driver, { confirmed, delivered, settled }: Probes): Driver {
  let confirms = 0
  let deliveries = 0
  let settles = 0
  return {
    wire: driver.wire,
    endpoint: driver.endpoint,
    ensureTopology: (options) => driver.ensureTopology(options),
    async publish(envelope, options) {
      const result = await driver.publish(envelope, options)
      if (result.status === 'confirmed') confirmed?.(++confirms)
      return result
    },
    async *deliveries(options): AsyncGenerator<Delivery> {
      for await (const delivery of driver.deliveries(options)) {
        await delivered?.(++deliveries)
        const { envelope, metadata } = delivery
        yield {
          envelope,
          metadata,
          async settle(outcome) {
            await delivery.settle(outcome)
            settled?.(++settles)
          },
        }
      }
    },
    close: () => driver.close(),
    [Symbol.asyncDispose]: () => driver.close(),
  }
}
