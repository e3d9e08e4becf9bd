import { createRedactor, joinRules } from '@x07-lab/msg-core/redact'
import { NO_LIMITS, openReader, decodeEntry } from '@x07-lab/msg-core/format'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { apiKeys, checksumHolds, decodeBody, readBatches, readRecords } from '../../src/protocol/index.ts'
import { mapRecords } from '../../src/socket/map-records.ts'
import { decodeCall, ops } from '../../src/socket/ops.ts'
import { redactCall } from '../../src/socket/redact-records.ts'

const canary = 'canary-7QfVx2LmZ9'
const redactor = createRedactor(joinRules({ keys: 'pseudonym', salt: Buffer.from('sixteen characters and more') }))

/** The calls of a recording: snappy, gzip and plain batches. */
function produced(): ReturnType<typeof decodeCall>[] {
  using reader = openReader(join(import.meta.dirname, 'testdata/orders.rrbin'), { limits: NO_LIMITS })
  const entries = Array.from({ length: reader.count }, (_, at) => decodeEntry(reader.entry(at)))
  return entries
    .filter(
      ({ op, key }) => Buffer.from(op).toString() === ops.call && Buffer.from(key).toString().startsWith('Produce'),
    )
    .map(({ req }) => decodeCall(Uint8Array.from(req)))
}

const topicsOf = (call: ReturnType<typeof decodeCall>) =>
  decodeBody(apiKeys.Produce, call.version, 'request', call.body)['topicData'] as unknown as {
    partitionData: { records: Uint8Array }[]
  }[]

test('records of a call lose their secrets, in compressed batches too, and their checksums hold', () => {
  const calls = produced()
  expect(calls.length).toBeGreaterThan(0)
  for (const call of calls) {
    const [topic] = topicsOf(call)
    const { records } = topic!.partitionData[0]!
    const planted = mapRecords(records, (record) => ({
      ...record,
      key: Buffer.from(canary),
      value: Buffer.from(`{"password":"${canary}"}`),
      headers: [{ key: Buffer.from('authorization'), value: Buffer.from(canary) }],
    }))
    const body = Buffer.from(call.body)
    // The records stand in the call behind their length.
    const at = body.indexOf(records)
    const grown = Buffer.concat([
      body.subarray(0, at - 4),
      Buffer.alloc(4),
      planted,
      body.subarray(at + records.length),
    ])
    grown.writeInt32BE(planted.length, at - 4)
    const before = { ...call, body: grown }
    const after = redactCall(before, redactor)
    const batches = topicsOf(after).flatMap(({ partitionData }) => [...readBatches(partitionData[0]!.records)])
    for (const batch of batches) {
      expect(checksumHolds(batch)).toBe(true)
      for (const { key, value, headers } of readRecords(batch)) {
        expect(Buffer.from(key!).toString()).toMatch(/^anon-[0-9a-f]{32}$/)
        expect(Buffer.from(value!).toString()).toMatch(/^\{"password":"anon-[0-9a-f]{32}"\}$/)
        expect(Buffer.from(headers[0]!.value!).toString()).toMatch(/^anon-/)
      }
    }
    expect(redactCall(after, redactor)).toBe(after)
  }
})

test('records that hold nothing are not looked at one by one, unless they are compressed', () => {
  const plain = createRedactor(joinRules())
  const looked: string[] = []
  const watched = {
    ...plain,
    mayHold: (bytes: Uint8Array) => plain.mayHold(bytes),
    key: (key: Uint8Array) => (looked.push('key'), plain.key(key)),
    payload: (bytes: Uint8Array) => (looked.push('payload'), plain.payload(bytes)),
    text: (text: string) => plain.text(text),
    named: () => undefined,
  }
  for (const call of produced()) {
    looked.length = 0
    redactCall(call, watched)
    const codecs = topicsOf(call).flatMap(({ partitionData }) =>
      [...readBatches(partitionData[0]!.records)].map(({ attributes }) => attributes & 7),
    )
    expect(looked.length > 0).toBe(codecs.some((codec) => codec !== 0))
  }
})

test('a call without secrets is the same object', () => {
  const plain = createRedactor(joinRules())
  for (const call of produced()) expect(redactCall(call, plain)).toBe(call)
})
