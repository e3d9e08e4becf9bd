import { randomUUID } from 'node:crypto'
import { openAmqp, type AmqpDriver, type AmqpOptions } from '../../src/index.ts'
import { profile, topology } from './contracts.ts'

/** Names of one test on the broker, and drivers that use them. */
export interface Run extends AsyncDisposable {
  readonly physical: (name: string) => string
  /** Opens a driver; it is closed with the run. */
  open(over?: Partial<AmqpOptions>): Promise<AmqpDriver>
}

/** A run of its own on the broker at `port`. Disposing closes its drivers and removes its exchanges and queues. */
export function newRun(port: number, contracts: Pick<AmqpOptions, 'topology'> = { topology: topology() }): Run {
  const id = randomUUID()
  const physical = (name: string): string => `${name}.${id}`
  const drivers: AmqpDriver[] = []
  const options: AmqpOptions = { profile: profile({ port }), ...contracts, physical }
  return {
    physical,
    async open(over = {}) {
      const driver = await openAmqp({ ...options, ...over })
      drivers.push(driver)
      return driver
    },
    async [Symbol.asyncDispose]() {
      for (const driver of drivers) await driver.close()
      await using cleaner = await openAmqp(options)
      await cleaner.removeTopology()
    },
  }
}
