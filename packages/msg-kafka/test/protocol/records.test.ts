import * as fc from 'fast-check'
import { createRequire } from 'node:module'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  checksumHolds,
  crc32c,
  encodeBatch,
  readBatches,
  readRecords,
  type RecordBatch,
} from '../../src/protocol/index.ts'

const require = createRequire(import.meta.url)
const kafkajsRecord = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (record: object) => object
const kafkajsBatch = require('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>
}

const field = fc.option(fc.uint8Array({ maxLength: 300 }))
const headers = fc.array(
  fc.record({ key: fc.uint8Array({ maxLength: 20 }), value: fc.option(fc.uint8Array({ maxLength: 40 })) }),
  { maxLength: 5 },
)
const records = fc
  .array(fc.record({ key: field, value: field, headers, late: fc.integer({ min: -5000, max: 100_000 }) }), {
    maxLength: 40,
  })
  .map((all) =>
    all.map(({ late, ...record }, nth) => ({
      ...record,
      timestamp: 1_700_000_000_000n + BigInt(late),
      offset: 40n + BigInt(nth),
    })),
  )
const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }

function template(attributes: number, count: number): RecordBatch {
  return {
    magic: 2,
    baseOffset: 40n,
    lastOffset: 40n + BigInt(Math.max(count - 1, 0)),
    leaderEpoch: 3,
    attributes,
    baseTimestamp: 1_700_000_000_000n,
    maxTimestamp: 1_700_000_000_000n,
    producerId: 9n,
    producerEpoch: 1,
    baseSequence: 5,
    count,
    bytes: Buffer.alloc(0),
    payload: Buffer.alloc(0),
  }
}

const plain = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'))
const shown = (
  all: readonly {
    offset: bigint
    timestamp: bigint
    key: Uint8Array | null
    value: Uint8Array | null
    headers: readonly { key: Uint8Array; value: Uint8Array | null }[]
  }[],
) =>
  all.map((one) => ({
    offset: one.offset,
    timestamp: one.timestamp,
    key: plain(one.key),
    value: plain(one.value),
    headers: one.headers.map(({ key, value }) => [plain(key), plain(value)]),
  }))

describe('a record batch', () => {
  test.each(Object.entries(codecs))(
    'of compression %s comes back as it was written, checksum included',
    (_, attributes) => {
      fc.assert(
        fc.property(records, (all) => {
          const bytes = encodeBatch(template(attributes, all.length), all)
          const [batch, ...more] = [...readBatches(Buffer.concat([bytes, bytes.subarray(0, bytes.length - 1)]))]
          expect(more).toEqual([])
          expect(checksumHolds(batch!)).toBe(true)
          expect(shown(readRecords(batch!))).toEqual(shown(all))
          expect(encodeBatch(batch!, readRecords(batch!)).equals(bytes)).toBe(true)
        }),
        { numRuns: 40 },
      )
    },
  )

  test('of kafkajs is read to the last field', async () => {
    const { buffer } = await kafkajsBatch.RecordBatch({
      firstTimestamp: 1000,
      maxTimestamp: 1007,
      records: [
        kafkajsRecord({ offsetDelta: 0, timestampDelta: 0, key: 'k', value: 'v', headers: { h: ['1', '2'] } }),
        kafkajsRecord({ offsetDelta: 1, timestampDelta: 7, key: null, value: null }),
      ],
    })
    const [batch] = [...readBatches(buffer)]
    expect(checksumHolds(batch!)).toBe(true)
    expect(shown(readRecords(batch!))).toEqual([
      {
        offset: 0n,
        timestamp: 1000n,
        key: '6b',
        value: '76',
        headers: [
          ['68', '31'],
          ['68', '32'],
        ],
      },
      { offset: 1n, timestamp: 1007n, key: null, value: null, headers: [] },
    ])
  })

  test('that lies is refused without memory for what it claims', () => {
    const bytes = encodeBatch(template(0, 1), [{ offset: 40n, timestamp: 0n, key: null, value: null, headers: [] }])
    bytes.writeInt32BE(2_000_000_000, 57)
    const [batch] = [...readBatches(bytes)]
    expect(() => readRecords(batch!)).toThrow('2000000000 records in')
    bytes.writeInt8(3, 16)
    expect(() => [...readBatches(bytes)]).toThrow('format 3 is not known')
  })
})

test('CRC-32C of the check string of the standard', () => {
  expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283')
  expect(crc32c(Buffer.alloc(32)).toString(16)).toBe('8a9136aa')
})

describe('a message set of format 1', () => {
  const message = (offset: bigint, attributes: number, timestamp: bigint, value: Uint8Array): Buffer => {
    const body = Buffer.alloc(14 + 4 + value.length)
    body.writeInt8(1, 0)
    body.writeInt8(attributes, 1)
    body.writeBigInt64BE(timestamp, 2)
    body.writeInt32BE(-1, 10)
    body.writeInt32BE(value.length, 14)
    body.set(value, 18)
    const out = Buffer.alloc(16 + body.length)
    out.writeBigInt64BE(offset, 0)
    out.writeInt32BE(4 + body.length, 8)
    out.writeUInt32BE(crc32(body), 12)
    out.set(body, 16)
    return out
  }

  test('is read with and without compression, inner offsets counted from the first', async () => {
    const { compressGzip } = await import('../../src/protocol/compression/index.ts')
    const inner = Buffer.concat([message(0n, 0, 5n, Buffer.from('a')), message(1n, 0, 6n, Buffer.from('b'))])
    const set = Buffer.concat([message(7n, 0, 4n, Buffer.from('x')), message(9n, 1, 6n, compressGzip(inner))])
    const batches = [...readBatches(set)]
    expect(batches.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])).toEqual([
      [7n, 7n],
      [8n, 9n],
    ])
    expect(
      shown(batches.flatMap(readRecords)).map(({ offset, timestamp, value }) => [offset, timestamp, value]),
    ).toEqual([
      [7n, 4n, '78'],
      [8n, 5n, '61'],
      [9n, 6n, '62'],
    ])
  })

  test('has the time of the broker, which stands on the outer message, where the topic says so', async () => {
    const { compressGzip } = await import('../../src/protocol/compression/index.ts')
    const inner = Buffer.concat([message(0n, 0, 5n, Buffer.from('a')), message(1n, 0, 6n, Buffer.from('b'))])
    const appendTime = 8
    const records = [...readBatches(message(1n, 1 | appendTime, 900n, compressGzip(inner)))].flatMap(readRecords)
    expect(records.map(({ timestamp }) => timestamp)).toEqual([900n, 900n])
  })
})
