import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { entriesOf, openSink, recordingFactory, replaying } from './harness.ts'
import { runProgram } from './program.ts'

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'
const folder = mkdtempSync(join(tmpdir(), 'vcr-kafka-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a kafkajs program recorded at its sockets replays to the same output', async () => {
  const recordsAnew = process.env['X07_LAB_RECORD'] === '1'
  const topic = recordsAnew ? 'vcr-orders' : `vcr-orders-${process.pid}`
  const path = join(folder, 'orders.rrbin')
  const sink = openSink(path)
  const live = await runProgram(topic, recordingFactory(sink))
  sink.close()
  expect(entriesOf(path)).toContain(`server_fetch Fetch/orders`)
  const { factory, told, close } = replaying(path)
  expect(await runProgram(topic, factory)).toEqual(live)
  expect(told).toEqual([])
  expect(close()).toMatchObject({ divergenceCount: 0 })
  if (recordsAnew) copyFileSync(path, join(import.meta.dirname, 'testdata/orders.rrbin'))
})
