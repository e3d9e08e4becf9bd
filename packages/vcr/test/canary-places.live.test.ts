import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { codecs } from '../../msg-kafka/src/protocol/compression/index.ts'
import amqplib, { type ConfirmChannel, type Options } from 'amqplib'
import kafkajs, { type KafkaConfig, type Message, type Producer } from 'kafkajs'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { vcr } from '../src/index.ts'
import { answers } from './answers.ts'

// A secret is planted by unmodified clients where no rule looks: names, tags, tables, packed bodies, logins, what the broker says of
// them. A recording either holds it nowhere, or does not become a cassette; nothing says it.

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs
process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'
const canary = 'canary-7QfVx2LmZ9'
const run = Math.random().toString(36).slice(2, 10)
const prose = Array.from({ length: 200 }, (_, n) => ((n * 7919) % 997).toString(26)).join(' ')
/** The secret stands in it before in pieces, so that codecs which refer to earlier bytes hold it nowhere as it is. */
const packed = `${canary.slice(0, 9)} ${canary.slice(5)} ${prose} ${canary} ${prose}`

type Plant = () => Promise<void>
const ignored = (): undefined => undefined

async function withChannel(body: (channel: ConfirmChannel) => Promise<unknown>, options: object = {}): Promise<void> {
  const connection = await amqplib.connect('amqp://127.0.0.1', options)
  connection.on('error', ignored)
  try {
    const channel = await connection.createConfirmChannel()
    const closed = new Promise((resolve) => channel.on('error', resolve))
    await Promise.race([body(channel), closed]).catch(ignored)
  } finally {
    await connection.close().catch(ignored)
  }
}

const publishing =
  (body: Buffer | string, options: Options.Publish = {}, key = 'nowhere'): Plant =>
  () =>
    withChannel(async (channel) => {
      channel.publish('', key, Buffer.from(body), options)
      await channel.waitForConfirms()
    })

const login =
  (url: string): Plant =>
  async () => {
    await amqplib.connect(url).then((connection) => connection.close(), ignored)
  }

const amqpPlaces: Readonly<Record<string, Plant>> = {
  'the password of a login that is refused': login(`amqp://guest:${canary}@127.0.0.1`),
  'the user of a login': login(`amqp://${canary}:x@127.0.0.1`),
  'the virtual host': login(`amqp://127.0.0.1/${canary}`),
  'the name of the connection': () => withChannel(async () => {}, { clientProperties: { connection_name: canary } }),
  'a client property': () => withChannel(async () => {}, { clientProperties: { note: canary } }),
  'the name of a queue': () =>
    withChannel(async (channel) => {
      await channel.assertQueue(canary, { exclusive: true })
    }),
  'the name of an exchange, and of a binding': () =>
    withChannel(async (channel) => {
      await channel.assertExchange(`x-${canary}`, 'topic', { autoDelete: true })
      const { queue } = await channel.assertQueue('', { exclusive: true })
      await channel.bindQueue(queue, `x-${canary}`, canary)
    }),
  'the argument of a queue': () =>
    withChannel(async (channel) => {
      await channel.assertQueue('', { exclusive: true, arguments: { 'x-note': canary } })
    }),
  'the reply text of the broker': () =>
    withChannel(async (channel) => {
      await channel.checkQueue(`gone-${canary}`)
    }),
  'the tag of a consumer': () =>
    withChannel(async (channel) => {
      const { queue } = await channel.assertQueue('', { exclusive: true })
      await channel.consume(queue, ignored, { consumerTag: canary })
    }),
  'the routing key': publishing('{}', {}, canary),
  'the routing key of a message that comes back': publishing('{}', { mandatory: true }, canary),
  'the user of a message': publishing('{}', { userId: canary }),
  'the id of a message': publishing('{}', { messageId: canary }),
  'the type of a message': publishing('{}', { type: canary }),
  'the name of a header': publishing('{}', { headers: { [`x-${canary}`]: 1 } }),
  'a header of another name': publishing('{}', { headers: { note: { deep: [canary] } } }),
  prose: publishing(`it is ${canary} today`),
  Base64: publishing(`{"note":"${Buffer.from(`me:${canary}`).toString('base64')}"}`),
  gzip: publishing(gzipSync(packed)),
  zlib: publishing(deflateSync(packed)),
  zstd: publishing(zstdCompressSync(Buffer.from(packed))),
  snappy: publishing(Buffer.from(codecs.snappy.compress(Buffer.from(packed)))),
  lz4: publishing(Buffer.from(codecs.lz4.compress(Buffer.from(packed)))),
  'a body in frames of their own': publishing(`${'x'.repeat(140_000)} ${canary} ${'y'.repeat(140_000)}`),
}

function kafkaOf(config: Partial<KafkaConfig> = {}) {
  const retry = { retries: 1, initialRetryTime: 20 }
  return new Kafka({ clientId: 'canary', brokers: ['127.0.0.1:9092'], logLevel: logLevel.NOTHING, retry, ...config })
}

const topic = `canary-places-${run}`

const producing =
  (message: Partial<Message>, compression = CompressionTypes.None, config: Partial<KafkaConfig> = {}): Plant =>
  () =>
    sending(async (producer) => {
      await producer.send({ topic, compression, messages: [{ key: 'k', value: '{}', ...message }] })
    }, config)

async function sending(
  body: (producer: Producer) => Promise<void>,
  config: Partial<KafkaConfig> = {},
  options = {},
): Promise<void> {
  const producer = kafkaOf(config).producer({ allowAutoTopicCreation: true, ...options })
  await producer.connect()
  await body(producer).catch(ignored)
  await producer.disconnect().catch(ignored)
}

/** kafkajs leaves these three to others. */
for (const [type, codec] of [
  [CompressionTypes.Snappy, codecs.snappy],
  [CompressionTypes.LZ4, codecs.lz4],
  [CompressionTypes.ZSTD, codecs.zstd],
] as const) {
  ;(CompressionCodecs as Record<number, unknown>)[type] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(Buffer.from(codec.compress(buffer))),
    decompress: (bytes: Buffer) => Promise.resolve(Buffer.from(codec.decompress(bytes, 1 << 24))),
  })
}

const kafkaPlaces: Readonly<Record<string, Plant>> = {
  'the client id': producing({}, CompressionTypes.None, { clientId: canary }),
  'the password of a login that the broker has not': async () => {
    const sasl = { mechanism: 'plain', username: 'me', password: canary } as const
    await kafkaOf({ sasl }).producer().connect().catch(ignored)
  },
  'the name of a topic': () =>
    sending(async (producer) => {
      await producer.send({ topic: canary, messages: [{ value: '{}' }] })
    }),
  'the id of a group': async () => {
    const consumer = kafkaOf().consumer({ groupId: canary })
    await consumer.connect()
    await consumer.subscribe({ topic })
    await consumer.run({ eachMessage: async () => {} })
    await consumer.disconnect()
  },
  'the id of a transactional producer': () =>
    sending(
      async (producer) => {
        const transaction = await producer.transaction()
        await transaction.abort()
      },
      {},
      { transactionalId: canary, maxInFlightRequests: 1, idempotent: true },
    ),
  'the setting of a topic, and what the broker says of it': async () => {
    const admin = kafkaOf().admin()
    await admin.connect()
    const settings = [{ name: 'retention.ms', value: canary }]
    await admin.createTopics({ topics: [{ topic: `${topic}-x`, configEntries: settings }] }).catch(ignored)
    await admin.disconnect()
  },
  'the key': producing({ key: canary }),
  'a header of another name': producing({ headers: { note: canary } }),
  'the name of a header': producing({ headers: { [canary]: '1' } }),
  prose: producing({ value: packed }),
  'a batch in gzip': producing({ value: packed }, CompressionTypes.GZIP),
  'a batch in snappy': producing({ value: packed }, CompressionTypes.Snappy),
  'a batch in lz4': producing({ value: packed }, CompressionTypes.LZ4),
  'a batch in zstd': producing({ value: packed }, CompressionTypes.ZSTD),
  'gzip in gzip': producing({ value: gzipSync(packed) }, CompressionTypes.GZIP),
}

/** Logins, and who says that it connects, are left out of every recording. */
const unrecorded = new Set([
  'the password of a login that is refused',
  'the user of a login',
  'the name of the connection',
  'a client property',
  'the client id',
  'the password of a login that the broker has not',
])

let root = ''
let said = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'canary-'))
  said = ''
  vi.stubEnv('DEPLOY_TOKEN', canary)
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      said += String(text)
      return true
    })
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

async function removeTopics(): Promise<void> {
  const admin = kafkaOf({ retry: { retries: 5 } }).admin()
  await admin.connect()
  for (const name of [topic, canary]) await admin.deleteTopics({ topics: [name] }).catch(ignored)
  await admin.disconnect()
}

/** Records, and gives what refused it. */
async function recorded(plant: Plant): Promise<string | undefined> {
  const tape = await vcr({ cassette: 'canary', root, ci: false })
  await tape.run(plant).catch(ignored)
  return tape.close().then(
    () => undefined,
    (error: Error) => error.message,
  )
}

const forms = [
  canary,
  Buffer.from(`me:${canary}`).toString('base64'),
  Buffer.from(`\0guest\0${canary}`).toString('base64'),
]

for (const [broker, port, places] of [
  ['RabbitMQ', 5672, amqpPlaces],
  ['Kafka', 9092, kafkaPlaces],
] as const) {
  const isUp = await answers(port)
  if (isUp && broker === 'Kafka') afterAll(removeTopics)
  describe.runIf(isUp)(`${broker}: a secret is in no cassette and on no terminal`, () => {
    test.each(Object.entries(places))('%s', async (place, plant) => {
      const refusal = await recorded(plant)
      expect(String(refusal)).not.toContain(canary)
      expect(said).not.toContain(canary)
      const cassette = join(root, '.x07_rr', 'canary.rrbin')
      const bytes = existsSync(cassette) ? readFileSync(cassette) : Buffer.alloc(0)
      for (const form of forms) expect(bytes.includes(form)).toBe(false)
      for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) expect(name).not.toContain(canary)
      // Some of it is never recorded; everything else refuses the recording.
      expect(refusal ?? '').toMatch(unrecorded.has(place) ? /^$/ : /it would hold a secret: entry \d+, re(?:q|sp): /)
    })
  })
}
