import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { replaying } from './harness.ts'
import { runProgram, type Change } from './program.ts'

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'
/** Recorded by `socket/record.live.test.ts` with X07_LAB_RECORD=1. */
const cassette = join(import.meta.dirname, 'testdata/orders.rrbin')

async function replay(
  change: Change = {},
): Promise<{ out: string[]; told: readonly string[]; report: ReturnType<ReturnType<typeof replaying>['close']> }> {
  const { factory, told, close } = replaying(cassette)
  const out = await runProgram('vcr-orders', factory, change).catch((error: unknown) => [String(error)])
  return { out, told: [...told], report: close() }
}

test('an unchanged kafkajs program replays without a broker', async () => {
  const { out, told, report } = await replay()
  // The order of the partitions is the broker's.
  expect(out).toEqual([
    '0:0:{"nth":0,"total":0}',
    '0:1:{"nth":3,"total":30}',
    '2:0:{"nth":2,"total":20}',
    '2:1:{"nth":5,"total":50}',
    '1:0:{"nth":1,"total":10}',
    '1:1:{"nth":4,"total":40}',
    'bye',
  ])
  expect(told).toEqual([])
  expect(report).toMatchObject({ divergences: [], divergenceCount: 0, relaxed: {} })
})

test.each<[string, Change, string[]]>([
  [
    'another value in a compressed batch',
    { value: (nth) => JSON.stringify({ nth, total: nth === 4 ? 41 : 10 * nth }) },
    ['differs from entry 17: records/vcr-orders/1/0/value/total was 40, is 41'],
  ],
  ['another group', { group: 'other' }, ['differs from entry 24: key was "vcr-orders-readers", is "other"']],
  ['a message more', { count: 7 }, ['one call more than the 6 recorded']],
  [
    'no commits',
    { autoCommit: false },
    [
      'the last position of vcr-orders/0 was 2 (entry 36), and now there is none',
      'the last position of vcr-orders/2 was 2 (entry 38), and now there is none',
      'the last position of vcr-orders/1 was 2 (entry 40), and now there is none',
    ],
  ],
])('%s is told at its moment with entry and field', async (_, change, expected) => {
  const { told } = await replay(change)
  expect(told).toEqual(expected.map((text) => expect.stringContaining(text) as unknown))
})

test('a message fewer is what the broker waits for, and unused at the end', async () => {
  const { factory, told, close, waitingFor } = replaying(cassette)
  void runProgram('vcr-orders', factory, { count: 5 }).catch(() => undefined)
  await vi.waitFor(() => expect(waitingFor()).toEqual(['Produce/vcr-orders (entry 19)']), { timeout: 100_000 })
  expect(told).toEqual([])
  expect(close().divergences.map(({ text }) => text)).toContain(
    'Produce/vcr-orders: 1 recorded call was never made, the first is entry 19',
  )
})

test('sends that were awaited one by one and have changed places are told, also where the one before never comes', async () => {
  const early = 'the call of entry 11 came before Produce/vcr-orders of entry 9, which was answered before it was made'
  const { told } = await replay({ order: [1, 0, 2, 3, 4, 5] })
  expect(told).toEqual([`Produce/vcr-orders: ${early}`])
  const { factory, told: now, close } = replaying(cassette)
  void runProgram('vcr-orders', factory, { order: [1, 2, 3, 4, 5] }).catch(() => undefined)
  await vi.waitFor(() => expect(now).toEqual([`Produce/vcr-orders: ${early}`]), { timeout: 100_000 })
  close()
})

test('sends that do not wait for each other may come in another order', async () => {
  const { out, told, report } = await replay({ atOnce: true, order: [1, 0, 3, 2, 5, 4] })
  expect(out).toHaveLength(7)
  expect(told).toEqual([])
  expect(report.relaxed['calls out of order']).toBeGreaterThan(0)
})

test('records that another client id asks for are read from the log', async () => {
  const { out, told, report } = await replay({ clientId: 'other' })
  expect(out.at(-1)).toBe('bye')
  expect(told).toEqual([])
  expect(report.relaxed).toEqual({ 'records read from the log': 1 })
})
