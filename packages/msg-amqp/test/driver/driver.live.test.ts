import { driverSuite } from '@x07-lab/msg-core/testing'
import { amqpBroker } from '../support/broker.ts'
import { newRun } from '../support/run.ts'

const broker = await amqpBroker()

if (broker !== undefined) {
  driverSuite({
    name: 'amqp',
    topic: 'lab.events',
    tooLargeBytes: 1_048_577,
    async open() {
      const run = newRun(broker.port)
      const driver = await run.open()
      await driver.ensureTopology()
      return { driver, dispose: async () => run[Symbol.asyncDispose]() }
    },
  })
}
