import { driverSuite } from '@x07-lab/msg-core/testing'
import { describe } from 'vitest'
import { dispose, isLive, openLive, topic } from './live-broker.ts'

describe.skipIf(!(await isLive()))('on Apache Kafka', () => {
  driverSuite({
    name: 'kafka',
    topic,
    tooLargeBytes: 1_048_576,
    open: async () => {
      const driver = await openLive()
      return { driver, dispose: () => dispose(driver) }
    },
  })
})
