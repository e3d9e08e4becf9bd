import { createRequire } from 'node:module'
import type { KafkaMessage } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { fetchVersions, headerPairs, readFetchAnswer } from '../../../src/driver/client/fetch-answer.ts'
import { encodeRecords } from '../../../src/driver/wire/records.ts'
import { answerOf, batchOf, control, fetched, transactional } from './fetched.ts'

const require = createRequire(import.meta.url)
const versions = Array.from({ length: fetchVersions.last - fetchVersions.first + 1 }, (_, n) => fetchVersions.first + n)

const text = (value: string, key = 'k') => ({ key: Buffer.from(key), value: Buffer.from(value), headers: [], nth: 0 })
const records = (...values: readonly string[]): Buffer => encodeRecords(values.map((value) => text(value)))
/** The mark of a transaction's end: version 0, type 0 for an abort. */
const mark = (type: 0 | 1, producerId: bigint, baseOffset: bigint): Buffer =>
  batchOf(encodeRecords([{ key: Buffer.of(0, 0, 0, type), value: Buffer.alloc(6), headers: [], nth: 0 }]), {
    baseOffset,
    producerId,
    attributes: transactional | control,
  })
const inTransaction = (producerId: bigint, baseOffset: bigint, payload: Buffer, count = 1): Buffer =>
  batchOf(payload, { baseOffset, producerId, count, attributes: transactional })

/** What a program is shown: by offset. */
async function shown(batches: readonly Buffer[], aborted: readonly (readonly [bigint, bigint])[]): Promise<string[]> {
  const messages = await fetched(
    Buffer.concat(batches),
    aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset })),
  )
  return messages
    .filter((message) => !(message as KafkaMessage & { isControlRecord: boolean }).isControlRecord)
    .map(({ offset, value }) => `${offset} ${String(value)}`)
}

describe('an answer to Fetch', () => {
  test.for(versions)('of version %s is read as kafkajs reads it', async (version) => {
    const headers = [
      { key: 'a', value: 'x' },
      { key: 'b', value: null },
      { key: 'a', value: 'y' },
    ]
    const some = encodeRecords([
      { ...text('one'), headers },
      { ...text('two'), key: null, value: null },
    ])
    const raw = answerOf(version, batchOf(some, { baseOffset: 40n, count: 2 }))
    const response = require(`kafkajs/src/protocol/requests/fetch/v${version}/response.js`) as {
      decode(raw: Buffer): Promise<unknown>
    }
    const message = (all: unknown): unknown =>
      JSON.parse(JSON.stringify(all, (name, value: unknown) => (name === 'batchContext' ? undefined : value)))
    const [ours, theirs] = [await readFetchAnswer(version, raw), await response.decode(raw)] as [
      Awaited<ReturnType<typeof readFetchAnswer>>,
      Awaited<ReturnType<typeof readFetchAnswer>>,
    ]
    const { messages: read = [], ...partition } = ours.responses[0]?.partitions[0] ?? {}
    const { messages: expected = [], ...theirPartition } = theirs.responses[0]?.partitions[0] ?? {}
    expect({ ...ours, responses: partition }).toEqual({ ...theirs, responses: theirPartition })
    const parts = ({ offset, timestamp, key, value, headers: given }: KafkaMessage) => [
      offset,
      timestamp,
      key,
      value,
      message(given),
    ]
    expect(read.map(parts)).toEqual(expected.map(parts))
    expect(read[0]?.[headerPairs]?.map(({ key }) => key)).toEqual(['a', 'b', 'a'])
  })

  test('whose bytes were changed on the way is refused by its checksum', async () => {
    const batch = batchOf(records('value'), { baseOffset: 7n })
    batch[batch.length - 3]! ^= 1
    await expect(fetched(batch)).rejects.toThrow(
      'read the batch at offset 7: its checksum is wrong; bytes were changed on the way',
    )
  })

  test('has a batch of more records than a call takes arguments', async () => {
    const count = 200_000
    const payload = encodeRecords(Array.from({ length: count }, () => text('')))
    expect(await fetched(batchOf(payload, { count }))).toHaveLength(count)
  })

  test('shows nothing of an aborted transaction, whatever the key of a message', async () => {
    const fourZeros = encodeRecords([{ ...text('a'), key: Buffer.alloc(4) }])
    const batches = [inTransaction(1n, 0n, fourZeros), inTransaction(1n, 1n, records('b')), mark(0, 1n, 2n)]
    expect(await shown([...batches, batchOf(records('c'), { baseOffset: 3n })], [[1n, 0n]])).toEqual(['3 c'])
  })

  test('that begins within two aborted transactions shows nothing of either', async () => {
    const batches = [inTransaction(2n, 5n, records('of 2')), inTransaction(1n, 6n, records('of 1'))]
    const ends = [mark(0, 1n, 7n), inTransaction(2n, 8n, records('of 2')), mark(0, 2n, 9n)]
    expect(
      await shown(
        [...batches, ...ends, inTransaction(1n, 10n, records('later')), mark(1, 1n, 11n)],
        [
          [2n, 1n],
          [1n, 0n],
        ],
      ),
    ).toEqual(['10 later'])
  })

  test('whose last records were compacted away still says how far it goes', async () => {
    const messages = await fetched(batchOf(records('kept'), { baseOffset: 3n, lastOffset: 9n }))
    expect(messages.map(({ offset }) => offset)).toEqual(['3', '9'])
  })

  test('that is not one is refused', async () => {
    const raw = answerOf(11, batchOf(records('value')))
    for (let length = 0; length < raw.length; length++) {
      await expect(readFetchAnswer(11, raw.subarray(0, length))).rejects.toThrow(/^read /)
    }
    await expect(readFetchAnswer(11, raw.fill(0x7f, 10))).rejects.toThrow(/items in/)
  })
})
