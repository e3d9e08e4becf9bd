import { expect, test } from 'vitest'
import { PartitionLog } from '../../src/socket/partition-log.ts'

test('a log is read where its records may be read, and everything once it is read again', () => {
  const log = new PartitionLog()
  log.add(10, 0, 4, false)
  log.add(20, 5, 5, true)
  log.add(30, 8, 9, true)
  expect(log.at(2, false)).toBeUndefined()
  expect(log.at(2, true)).toEqual({ entry: 10, readable: false })
  expect(log.at(5, false)).toEqual({ entry: 20, readable: true })
  // Between two answers lies nothing yet.
  expect(log.at(6, true)).toBeUndefined()
  expect(log.at(10, true)).toBeUndefined()
})

test('records that another group was given before become readable where they are known', () => {
  const log = new PartitionLog()
  log.add(10, 0, 4, false)
  log.add(40, 0, 4, true)
  expect(log.at(4, false)).toEqual({ entry: 10, readable: true })
})
