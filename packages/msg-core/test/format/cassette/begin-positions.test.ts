import { expect, test } from 'vitest'
import { BeginPositions } from '../../../src/format/cassette/begin-positions.ts'

/** One entry that begins before `inner` others and ends behind them. */
function around(inner: number): BeginPositions {
  const begins = new BeginPositions()
  for (let entry = 0; entry < inner; entry++) begins.add(2 * entry + 1)
  begins.add(0)
  return begins
}

test('an entry that lasts for long is found by where it begins, others are not', () => {
  const begins = around(100_000)
  expect([begins.count, begins.highest, begins.areDistinct]).toEqual([100_001, 199_999, true])
  expect([begins.farEntry(0), begins.farEntry(1), begins.farEntry(2), begins.farEntry(199_999)]).toEqual([
    100_000,
    undefined,
    undefined,
    undefined,
  ])
  expect(around(1_000).farEntry(0)).toBeUndefined()
})

test('of too many such entries none is found', () => {
  const begins = new BeginPositions()
  for (let entry = 0; entry < 100_000; entry++) begins.add(100_000 + entry)
  for (let entry = 0; entry < 60_000; entry++) begins.add(entry)
  expect(begins.farEntry(0)).toBe(100_000)
  for (let entry = 60_000; entry < 70_000; entry++) begins.add(entry)
  expect(begins.farEntry(0)).toBeUndefined()
})
