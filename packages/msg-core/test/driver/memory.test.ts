import { openMemory } from '../../src/index.ts'
import { driverSuite } from '../../src/testing/driver-suite.ts'

driverSuite({
  name: 'memory',
  topic: 'lab.events',
  tooLargeBytes: 1_048_577,
  open: async () => {
    const driver = await openMemory()
    return { driver, dispose: () => driver.close() }
  },
})
