import kafkajs from 'kafkajs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, openVcr, type Delivery, type Driver, type JsonObject } from '@x07-lab/msg-core'
import { openKafka, type KafkaOptions } from '../../src/index.ts'
import { freshNames, isLive, livePort, profile } from '../driver/live-broker.ts'
import { findClients, type Client } from './clients.ts'
import { features, type Feature } from './features.ts'
import { lineOf, type Line } from './line.ts'
import { writeTable, type Compared } from './table.ts'

const broker = `127.0.0.1:${livePort}`
const topic = 'lab.fidelity'
const partitions = 3
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const large = { ...profile, limits: { ...profile.limits, max_message_bytes: 2_097_152 } }

const live = await isLive()
const clients = live ? findClients(broker) : []

/**
 * What others write is received, recorded, replayed, published again from the recording, and read by them: the same at every
 * step. With `X07_LAB_WRITE_DOCS=1` the result is written into `docs/wire-fidelity.md`.
 */
describe.skipIf(!live)('Kafka records of other clients', () => {
  const work = mkdtempSync(join(tmpdir(), 'x07-fidelity-'))
  const compared: Compared[] = []
  const topics: string[] = []

  afterAll(async () => {
    rmSync(work, { recursive: true })
    if (live) await asAdmin((admin) => admin.deleteTopics({ topics }))
    if (process.env['X07_LAB_WRITE_DOCS'] === '1') await writeTable(clients, compared)
  })

  async function create(name: string, configEntries: { readonly name: string; readonly value: string }[] = []) {
    topics.push(name)
    await asAdmin((admin) =>
      admin.createTopics({ topics: [{ topic: name, numPartitions: partitions, configEntries }] }),
    )
  }

  for (const client of clients) {
    const able = features.filter(({ isText }) => isText || client.name !== 'kcat')
    test.each(codecs)(`${client.name}: every feature with codec %s`, async (codec) => {
      const name = freshNames()(topic)
      await create(name)
      await client.write(
        name,
        codec,
        able.map(({ line }) => line),
      )
      await compare(client, name, able, codec, codec)
    })

    test(`${client.name}: timestamps of the broker`, async () => {
      const name = freshNames()(topic)
      await create(name, [{ name: 'message.timestamp.type', value: 'LogAppendTime' }])
      const some = able.slice(0, 1)
      await client.write(
        name,
        'none',
        some.map(({ line }) => line),
      )
      await compare(client, name, [{ ...some[0]!, name: 'timestamp of the broker' }], 'none', 'none')
    })

    test.skipIf(client.name === 'kcat')(
      `${client.name}: transactions, with their control records and gaps`,
      async () => {
        const name = freshNames()(topic)
        await create(name)
        const line = (value: string): Line =>
          lineOf({ partition: 0, timestamp: '-', key: null, value: Buffer.from(value), headers: [] })
        await client.write(name, 'lz4', ['a', 'b'].map(line), 'commit')
        await client.write(name, 'lz4', ['c', 'd'].map(line), 'abort')
        await client.write(name, 'lz4', ['e'].map(line), 'commit')
        const feature = (value: string): Feature => ({
          name: 'committed transactions around an aborted one',
          line: line(value),
          isText: false,
        })
        await compare(client, name, ['a', 'b', 'e'].map(feature), 'lz4', 'lz4')
      },
    )
  }

  async function compare(
    client: Client,
    name: string,
    expected: readonly Feature[],
    codec: (typeof codecs)[number],
    label: string,
  ): Promise<void> {
    const original = sorted(await client.read(name, expected.length))
    const cassette = `${client.name}-${label}-${topics.length}.rrbin`
    const options = { profile: large, topics: [topic], groupId: name, sessionTimeoutMs: 6_000 }
    const received = await through(
      cassette,
      { ...options, physical: (logical) => (logical === topic ? name : logical) },
      expected.length,
    )
    const replayed = await through(cassette, undefined, expected.length)
    const again = `${name}.again`
    await create(again)
    await publishAgain(replayed, { ...options, physical: () => again, compression: codec })
    const back = sorted(await client.read(again, expected.length))
    // The lines of the writer are in the order of the features within a partition.
    const ordered = [0, 1, 2].flatMap((partition) => expected.filter(({ line }) => line.startsWith(`${partition} `)))
    ordered.forEach((feature, n) => {
      const steps = {
        received: sorted(received.map(lineOfDelivery))[n] === original[n],
        replayed: sorted(replayed.map(lineOfDelivery))[n] === original[n],
        'read again': back[n] === original[n],
      }
      const differing = Object.entries(steps).flatMap(([step, isEqual]) => (isEqual ? [] : [step]))
      compared.push({ client: client.name, feature: feature.name, codec, differing })
    })
    expect(sorted(received.map(lineOfDelivery))).toEqual(original)
    expect(sorted(replayed.map(lineOfDelivery))).toEqual(original)
    expect(back).toEqual(original)
    for (const [n, { line }] of ordered.entries()) {
      // What was written is what is there, but for the timestamp that the writer did not give.
      const [partition, timestamp, ...rest] = line.split(' ')
      const [seenPartition, seenTimestamp, ...seen] = (original[n] ?? '').split(' ')
      expect([seenPartition, ...seen]).toEqual([partition, ...rest])
      if (timestamp !== '-') expect(seenTimestamp).toBe(timestamp)
    }
  }

  async function through(cassette: string, options: KafkaOptions | undefined, count: number): Promise<Delivery[]> {
    const open = (): Promise<Driver> => {
      if (options === undefined) throw new Error('a replay opens no driver')
      return openKafka(options)
    }
    const driver = await openVcr({ cassette, root: work, ci: false, live: open })
    const got: Delivery[] = []
    for await (const delivery of driver.deliveries()) {
      got.push({ ...delivery, envelope: new Uint8Array(delivery.envelope) })
      await delivery.settle('ack')
      if (got.length === count) break
    }
    await driver.close()
    return got
  }
})

async function publishAgain(deliveries: readonly Delivery[], options: KafkaOptions): Promise<void> {
  await using driver = await openKafka(options)
  for (const { envelope, metadata } of deliveries) {
    const message = decodeEnvelope(envelope)
    const properties: JsonObject = {
      ...message.properties,
      partition: metadata['partition'] ?? null,
      timestamp: metadata['timestamp'] ?? null,
    }
    await driver.publish(encodeEnvelope({ ...message, properties }))
  }
}

function lineOfDelivery({ envelope, metadata }: Delivery): Line {
  const { key, value, headers } = decodeEnvelope(envelope)
  return lineOf({
    partition: Number(metadata['partition']),
    timestamp: String(metadata['timestamp']),
    key,
    value,
    headers: headers.map(([name, data]) => {
      if (data === null || data instanceof Uint8Array) return [name, data]
      return [name, Buffer.from(typeof data === 'string' ? data : JSON.stringify(data))]
    }),
  })
}

/** By partition; within one the order stays. */
function sorted(lines: readonly Line[]): Line[] {
  return [...lines].sort((a, b) => Number(a.charAt(0)) - Number(b.charAt(0)))
}

async function asAdmin<T>(call: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
  const { Kafka, logLevel } = kafkajs
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await call(admin)
  } finally {
    await admin.disconnect()
  }
}
