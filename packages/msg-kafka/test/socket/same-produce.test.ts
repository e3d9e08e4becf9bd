import { NO_LIMITS, decodeEntry, openReader } from '@x07-lab/msg-core/format'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { apiKeys, decodeBody } from '../../src/protocol/index.ts'
import { decodeCall, ops, type StoredCall } from '../../src/socket/ops.ts'
import { isSameProduce } from '../../src/socket/same-produce.ts'

/** The first Produce of a recording, and where its batch begins. */
function produced(): { call: StoredCall; batch: number; end: number } {
  using reader = openReader(join(import.meta.dirname, 'testdata/orders.rrbin'), { limits: NO_LIMITS })
  for (let entry = 0; entry < reader.count; entry++) {
    const { op, key, req } = decodeEntry(reader.entry(entry))
    if (Buffer.from(op).toString() !== ops.call || !Buffer.from(key).toString().startsWith('Produce')) continue
    const call = decodeCall(Uint8Array.from(req))
    const [topic] = decodeBody(apiKeys.Produce, call.version, 'request', call.body)['topicData'] as unknown as {
      partitionData: { records: Uint8Array }[]
    }[]
    const { records } = topic!.partitionData[0]!
    const batch = records.byteOffset - call.body.byteOffset
    return { call, batch, end: batch + records.length }
  }
  throw new Error('the recording has no Produce')
}

const { call, batch, end } = produced()
const changed = (at: number): StoredCall => {
  const body = Buffer.from(call.body)
  body[at]! ^= 1
  return { ...call, body }
}

// Places as in the layout of a batch.
test.each([
  ['checksum', 17],
  ['base timestamp', 34],
  ['max timestamp', 42],
  ['producer id', 50],
  ['base sequence', 56],
])('two calls are the same whatever their %s', (_, at) => {
  expect(isSameProduce(call, changed(batch + at))).toBe(true)
})

test.each([
  ['compression', batch + 22],
  ['the last offset delta', batch + 26],
  ['the count', batch + 60],
  ['the first byte of the records', batch + 61],
  ['their last one', end - 1],
  ['acks', 3],
])('two calls differ that differ in %s', (_, at) => {
  expect(isSameProduce(call, changed(at))).toBe(false)
})

test('another API or another version is another call', () => {
  expect(isSameProduce({ ...call, version: call.version - 1 }, call)).toBe(false)
  expect(isSameProduce({ ...call, apiKey: apiKeys.Fetch }, { ...call, apiKey: apiKeys.Fetch })).toBe(false)
})
