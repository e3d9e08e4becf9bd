import { encodeEnvelope } from '@x07-lab/msg-core'
import { describe, expect, test } from 'vitest'
import { encodeWire } from '../../src/driver/wire/encode.ts'
import { openKafka, readKafkaClient } from '../../src/index.ts'

const head = { schema_version: 'vcr.kafka.client@0.1.0', id: 'orders', v: 1, group_id: 'billing' }

function refusal(fields: Record<string, unknown>): unknown {
  try {
    return readKafkaClient({ ...head, ...fields })
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

describe('a Kafka client document', () => {
  test('is read as the options of a driver', () => {
    expect(
      readKafkaClient({
        ...head,
        topics: [
          { name: 'orders', partitions: 6, replication_factor: 3, config: { 'retention.ms': '60000' } },
          { name: 'audit', partition: 2, timestamp_ms: 1_600_000_000_000 },
        ],
        topic_patterns: ['^invoices\\.'],
        producer: { acks: 'all', compression: 'zstd', transactional_id: 'billing-1' },
        consumer: { isolation: 'read_uncommitted', start_at: 'timestamp', start_timestamp_ms: 5 },
      }),
    ).toEqual({
      topics: ['orders', 'audit', /^invoices\./],
      groupId: 'billing',
      topicSettings: {
        orders: { partitions: 6, replicationFactor: 3, config: { 'retention.ms': '60000' } },
        audit: { partition: 2, timestamp: 1_600_000_000_000 },
      },
      acks: 'all',
      compression: 'zstd',
      transactionalId: 'billing-1',
      isolation: 'read_uncommitted',
      startAt: { timestamp: 5 },
    })
    expect(
      refusal({ topics: [{ name: 'a' }], producer: { acks: 'leader' }, consumer: { start_at: 'latest' } }),
    ).toEqual({
      topics: ['a'],
      groupId: 'billing',
      topicSettings: { a: {} },
      acks: 1,
      startAt: 'latest',
    })
  })

  test.each([
    [{}, 'it names no topic, neither in topics nor in topic_patterns'],
    [
      { topics: [{ name: 'a', retention: 5 }] },
      'topics[0] has an unknown field "retention", it may have name, partitions, replication_factor, config, partition, timestamp_ms',
    ],
    [{ topics: [{ name: 'a' }, { name: 'a' }] }, 'topics[1].name is "a", which is there twice'],
    [{ topics: [{ name: 'a', partition: 3 }] }, 'topics[0].partition is 3, it must be below its 3 partitions'],
    [{ topic_patterns: ['('] }, 'topic_patterns[0] is "(", which is not a regular expression'],
    [
      { topics: [{ name: 'a' }], producer: { acks: 'none', transactional_id: 't' } },
      'producer.acks is none, a transaction is confirmed by all in-sync replicas: it must be all',
    ],
    [
      { topics: [{ name: 'a' }], consumer: { start_at: 'timestamp' } },
      'consumer: start_at timestamp and start_timestamp_ms belong together',
    ],
  ])('is refused by the field that is wrong: %#', (fields, reason) => {
    expect(refusal(fields)).toBe(`read Kafka client: ${reason}`)
  })
})

test('a message without a partition or a timestamp is given those of its topic', () => {
  const settings = new Map([['audit', { partition: 2, timestamp: 1_600_000_000_000 }]])
  const wire = (topic: string, properties?: Record<string, number>) => {
    const message = { topic, key: null, value: null, headers: [], ...(properties && { properties }) }
    const { partition, fixed, timestamp } = encodeWire(Buffer.from(encodeEnvelope(message)), settings).message
    return { partition, fixed, timestamp }
  }
  expect(wire('audit')).toEqual({ partition: 2, fixed: true, timestamp: 1_600_000_000_000 })
  expect(wire('audit', { partition: 0 })).toEqual({ partition: 0, fixed: true, timestamp: 1_600_000_000_000 })
  expect(wire('other')).toEqual({ partition: undefined, fixed: false, timestamp: undefined })
})

test('settings of a topic that the driver does not have are refused', async () => {
  const options = { brokers: ['127.0.0.1:1'], topics: ['a'], groupId: 'g' }
  await expect(openKafka({ ...options, topicSettings: { b: {} } })).rejects.toMatchObject({
    code: 'invalid_config',
    message: 'kafka options: topicSettings names "b", which is not one of topics',
  })
})
