import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterEach, describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, withVcr, type Driver } from '@x07-lab/msg-core'
import { openKafka, readKafkaClient, type KafkaDriver } from '../../src/index.ts'
import { freshNames, isLive, livePort, profile } from './live-broker.ts'

describe.skipIf(!(await isLive()))('a Kafka client by its contract', () => {
  const physical = freshNames()
  const root = mkdtempSync(join(tmpdir(), 'x07-contract-'))
  let driver: KafkaDriver | undefined

  afterEach(async () => {
    rmSync(root, { recursive: true })
    await driver?.removeTopology()
  })

  const contract = readKafkaClient({
    schema_version: 'vcr.kafka.client@0.1.0',
    id: 'orders',
    v: 1,
    topics: [
      { name: 'orders', partitions: 4, config: { 'retention.ms': '3600000' } },
      { name: 'audit', partition: 1, timestamp_ms: 1_600_000_000_000 },
    ],
    topic_patterns: [`^${physical('elsewhere').replaceAll('.', '\\.')}$`],
    group_id: 'billing',
    producer: { acks: 'all', compression: 'lz4', transactional_id: physical('billing') },
    consumer: { isolation: 'read_committed', start_at: 'timestamp', start_timestamp_ms: 1_500_000_000_000 },
  })

  /** Aborts one transaction, commits another, and says what it reads of them. */
  async function program(kafka: Driver): Promise<string[]> {
    const publish = (topic: string, value: string) =>
      encodeEnvelope({ topic, key: null, value: Buffer.from(value), headers: [], properties: { partition: 1 } })
    const aborted = await kafka.transaction?.()
    await aborted?.publish(publish('orders', 'aborted'))
    await aborted?.abort()
    const committed = await kafka.transaction?.()
    await committed?.publish(publish('orders', 'order'))
    await committed?.publish(encodeEnvelope({ topic: 'audit', key: null, value: Buffer.from('entry'), headers: [] }))
    await committed?.commit()
    const seen: string[] = []
    for await (const delivery of kafka.deliveries()) {
      const { metadata } = delivery
      const { topic, value } = decodeEnvelope(delivery.envelope)
      const when = topic === 'audit' ? ` at ${String(metadata['timestamp'])}` : ''
      seen.push(`${topic}/${String(metadata['partition'])} ${String(value)}${when}`)
      await delivery.settle('ack')
      if (seen.length === 2) break
    }
    return seen.sort()
  }

  test('creates its topics as they are described, and is recorded and replayed', async () => {
    const options = { cassette: 'contract', root, ci: false }
    const live = async (): Promise<Driver> => {
      driver = await openKafka({ profile, ...contract, physical, sessionTimeoutMs: 6_000 })
      await driver.ensureTopology()
      return driver
    }
    const was = await withVcr({ ...options, live }, program)
    expect(was).toEqual(['audit/1 entry at 1600000000000', 'orders/1 order'])
    const { Kafka, logLevel } = kafkajs
    const admin = new Kafka({ brokers: [`127.0.0.1:${livePort}`], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [physical('orders')] })
    const resource = {
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: physical('orders'),
      configNames: ['retention.ms'],
    }
    const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false })
    await admin.disconnect()
    expect([topics[0]?.partitions.length, resources[0]?.configEntries[0]?.configValue]).toEqual([4, '3600000'])
    expect(await withVcr({ ...options, live: () => Promise.reject(new Error('there is no broker')) }, program)).toEqual(
      was,
    )
  })
})
