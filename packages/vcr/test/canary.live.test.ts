import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import amqplib, { type Options } from 'amqplib'
import { CompressionTypes, Kafka, logLevel, type IHeaders } from 'kafkajs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { vcr } from '../src/index.ts'
import { answers } from './answers.ts'

// A secret is planted in each place of a message that unmodified clients send and get. It is on no disk, and a replay of the
// program, with the secret or with another, is the same run.

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'
const canary = 'canary-7QfVx2LmZ9'
const b64 = Buffer.from(`me:${canary}`).toString('base64')
const run = Math.random().toString(36).slice(2, 10)

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'canary-'))
  vi.stubEnv('DEPLOY_TOKEN', canary)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

const files = (): Buffer[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))

/** Bodies that rules cover, by place. */
const bodies = (secret: string): Readonly<Record<string, string>> => ({
  'a password in JSON': `{"password":"${secret}"}`,
  'a token, deep': `{"a":[{"b":{"access_token":"${secret}"}}]}`,
  'an object that is a secret': `{"credentials":{"user":"me","pass":"${secret}"}}`,
  'an escaped name': String.raw`{"pass\u0077ord":"${secret}"}`,
  'white space': `{ "Secret" :\n\t"${secret}" }`,
  'a form': `user=me&password=${secret}`,
  'an address': `{"url":"amqp://me:${secret}@host/v"}`,
  'a bearer token': `curl -H "Authorization: Bearer ${secret}"`,
  'basic credentials': `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`,
})

const amqpPlants = (secret: string): [string, Options.Publish][] => [
  ...Object.values(bodies(secret)).map((body): [string, Options.Publish] => [body, {}]),
  ['{}', { headers: { authorization: `Bearer ${secret}` } }],
  ['{}', { headers: { Cookie: `session=${secret}` } }],
  ['{}', { headers: { 'x-auth-token': secret } }],
  ['{}', { headers: { deep: { password: secret } } }],
  ['{}', { headers: { list: [`http://me:${secret}@host/`] } }],
  ['{}', { headers: { meta: `{"password":"${secret}"}` } }],
  ['{}', { replyTo: `amqp://me:${secret}@host` }],
  ['{}', { appId: `Bearer ${secret}` }],
]

async function amqp(secret: string): Promise<string[]> {
  const connection = await amqplib.connect('amqp://127.0.0.1', { clientProperties: { connection_name: 'canary' } })
  const channel = await connection.createConfirmChannel()
  const queue = `canary-${run}`
  await channel.assertQueue(queue, { arguments: { 'x-password': secret } })
  const plants = amqpPlants(secret)
  for (const [body, options] of plants) channel.sendToQueue(queue, Buffer.from(body), options)
  await channel.waitForConfirms()
  const got: string[] = []
  const all = Promise.withResolvers<void>()
  await channel.consume(queue, (message) => {
    // The queue is gone in the end.
    if (message === null) return
    got.push(message.content.toString())
    channel.ack(message)
    if (got.length === plants.length) all.resolve()
  })
  await all.promise
  await channel.deleteQueue(queue)
  await connection.close()
  return got
}

async function kafka(secret: string): Promise<string[]> {
  const topic = `canary-${run}`
  const client = new Kafka({ clientId: 'canary', brokers: ['127.0.0.1:9092'], logLevel: logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  const producer = client.producer()
  await producer.connect()
  const plain = Object.values(bodies(secret)).map((value) => ({ key: 'k', value }))
  const headers: IHeaders[] = [{ authorization: secret }, { 'x-api-key': secret }, { meta: `{"password":"${secret}"}` }]
  await producer.send({ topic, messages: plain })
  // Compressed: what is inside is redacted too.
  await producer.send({
    topic,
    compression: CompressionTypes.GZIP,
    messages: headers.map((one) => ({ key: `http://me:${secret}@h/`, value: '{}', headers: one })),
  })
  await producer.disconnect()
  const consumer = client.consumer({ groupId: `canary-${run}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const got: string[] = []
  const all = Promise.withResolvers<void>()
  await consumer.run({
    eachMessage: async ({ message }) => {
      got.push(String(message.value))
      if (got.length === plain.length + headers.length) all.resolve()
    },
  })
  await all.promise
  await consumer.disconnect()
  await admin.deleteGroups([`canary-${run}`])
  await admin.deleteTopics({ topics: [topic] })
  await admin.disconnect()
  return got
}

const clients = [
  ['RabbitMQ', 5672, amqp],
  ['Kafka', 9092, kafka],
] as const

for (const [broker, port, program] of clients) {
  const isUp = await answers(port)
  test.runIf(isUp)(
    `${broker}: no secret of a conversation is recorded, and the program replays with any secret`,
    async () => {
      const live = await vcr({ cassette: 'canary', root, ci: false })
      const seen = await live.run(() => program(canary))
      await live.close()
      expect(seen.join('\n')).toContain(canary)
      for (const bytes of files()) {
        expect(bytes.includes(canary)).toBe(false)
        expect(bytes.includes(b64)).toBe(false)
      }
      vi.unstubAllEnvs()
      for (const secret of [canary, 'quite-another-secret']) {
        const replay = await vcr({ cassette: 'canary', root, ci: true })
        const replayed = await replay.run(() => program(secret))
        await replay.close()
        expect(replayed).toHaveLength(seen.length)
        expect(replayed.join('\n')).not.toContain(secret)
      }
    },
  )
}

test.runIf(await answers(5672))('RabbitMQ: what no rule covers refuses the recording, without saying it', async () => {
  const tape = await vcr({ cassette: 'refused', root, ci: false })
  await tape.run(async () => {
    const connection = await amqplib.connect('amqp://127.0.0.1')
    const channel = await connection.createConfirmChannel()
    const queue = `canary-refused-${run}`
    await channel.assertQueue(queue)
    for (const body of [Buffer.from(`it is ${canary} today`), gzipSync(`${'prose '.repeat(50)}${canary}`)]) {
      channel.sendToQueue(queue, body)
    }
    await channel.waitForConfirms()
    await channel.deleteQueue(queue)
    await connection.close()
  })
  const error = await tape.close().then(
    () => undefined,
    (thrown: Error) => thrown.message,
  )
  expect(error).toMatch(/it would hold a secret: entry \d+, req: .*DEPLOY_TOKEN.*, and 1 more/)
  expect(error).not.toContain(canary)
  expect(readdirSync(join(root, '.x07_rr')).every((name) => name.endsWith('.partial.rrbin'))).toBe(true)
})
