import { openReader } from '@x07-lab/msg-core/format'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readKafka } from '../../src/socket/index.ts'

test('a recording is read as records published and delivered, and positions committed', () => {
  using reader = openReader(join(import.meta.dirname, 'testdata/orders.rrbin'))
  const lines = [...readKafka(reader)].flatMap((reading) => {
    if (reading.kind === 'other') return []
    if (reading.kind === 'commit') return [`commit ${reading.group} ${reading.partition} at ${reading.offset}`]
    const { partition, offset, key, value, headers } = reading.record
    const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
    const shown = headers.map((header) => `${text(header.key)}=${text(header.value)}`).join()
    return [`${reading.kind} ${partition}@${offset} ${text(key)} ${text(value)} ${shown}`]
  })
  const record = (partition: number, offset: number, nth: number): string =>
    `${partition}@${offset} k {"nth":${nth},"total":${10 * nth}} kind=order`
  const sent = [record(0, 0, 0), record(1, 0, 1), record(2, 0, 2), record(0, 1, 3), record(1, 1, 4), record(2, 1, 5)]
  expect(lines.filter((line) => line.startsWith('publish '))).toEqual(sent.map((line) => `publish ${line}`))
  expect(lines.filter((line) => line.startsWith('delivery ')).sort()).toEqual(
    sent.map((line) => `delivery ${line}`).sort(),
  )
  expect(lines.filter((line) => line.startsWith('commit ')).sort()).toEqual(
    [0, 1, 2].map((partition) => `commit vcr-orders-readers ${partition} at 2`),
  )
})

test('what is neither has a line of its own', () => {
  using reader = openReader(join(import.meta.dirname, 'testdata/orders.rrbin'))
  const others = [...readKafka(reader)].flatMap((reading) =>
    reading.kind === 'other' ? [`${reading.key}: ${reading.text}`] : [],
  )
  expect(others.slice(0, 3)).toEqual([
    '127.0.0.1:9092: connected',
    'ApiVersions: ApiVersions v2',
    'Metadata/*: Metadata v6',
  ])
  expect(others).toContain('LeaveGroup/vcr-orders-readers: LeaveGroup v3')
})
