import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { connect } from 'amqplib'
import { decodeEnvelope, encodeEnvelope, type Message } from '@x07-lab/msg-core'
import { describe, expect, test } from 'vitest'
import type { AmqpDriver } from '../../src/index.ts'
import { publishFrames } from '../../src/driver/publish/frames.ts'
import { rawChannel } from '../../src/driver/publish/raw-channel.ts'
import { maxTableDepth, type FieldValue, type Properties } from '../../src/protocol/index.ts'
import { amqpBroker } from '../support/broker.ts'
import { newRun } from '../support/run.ts'

const broker = await amqpBroker()
const port = broker?.port ?? 0
const url = `amqp://guest:guest@127.0.0.1:${port}`
const run = promisify(execFile)
const utf8 = (text: string): Buffer => Buffer.from(text)

const plain: Message = { topic: 'lab.events', key: utf8('k'), value: utf8('{}'), headers: [] }

describe.skipIf(broker === undefined)('what RabbitMQ carries', () => {
  test('types of headers and properties survive the way through the broker', async () => {
    await using names = newRun(port)
    const driver = await names.open()
    await driver.ensureTopology()
    const typed: Message = {
      ...plain,
      headers: [
        ['a', { type: 'bool', value: true }],
        ['b', { type: 'int8', value: -128 }],
        ['c', { type: 'uint16', value: 65_535 }],
        ['d', { type: 'int32', value: 7 }],
        ['e', { type: 'int64', value: '9007199254740993' }],
        ['f', { type: 'float', value: 1.5 }],
        ['g', { type: 'double', value: 0.1 }],
        ['h', { type: 'decimal', value: { places: 2, digits: 314 } }],
        ['i', { type: 'timestamp', value: '18446744073709551615' }],
        ['j', { type: 'array', value: ['x', null, { type: 'int8', value: 1 }, { b64: 'AP8=' }] }],
        [
          'k',
          {
            type: 'table',
            value: [
              ['z', 'last'],
              ['a', { type: 'table', value: [] }],
            ],
          },
        ],
        ['l', null],
        ['m', utf8('bytes that are text')],
        ['message-id', 'id-1'],
      ],
      properties: {
        appId: 'lab',
        contentEncoding: 'identity',
        correlationId: 'c-1',
        deliveryMode: 1,
        expiration: '60000',
        priority: 7,
        replyTo: 'answers',
        timestamp: '1700000000',
        type: 'event',
        userId: 'guest',
      },
    }
    const sent = [
      typed,
      { ...plain, properties: { deliveryMode: null, timestamp: '9007199254740993', clusterId: 'x' } },
    ]
    for (const message of sent) {
      expect(await driver.publish(encodeEnvelope(message))).toEqual({
        status: 'confirmed',
        answer: { exchange: 'lab.events' },
      })
    }
    expect((await take(driver, 2)).map(({ message }) => message)).toEqual(sent)
  })

  test('a plain client sees ordinary properties, headers, routing key and body, and no header of this program', async () => {
    await using names = newRun(port)
    const driver = await names.open()
    await driver.ensureTopology()
    await driver.publish(
      encodeEnvelope({
        ...plain,
        headers: [
          ['content-type', 'application/json'],
          ['message-id', 'id-1'],
          ['source', 'test'],
        ],
      }),
    )
    const client = await connect(url)
    const channel = await client.createChannel()
    const got = await channel.get(names.physical('lab.events'), { noAck: true })
    await client.close()
    if (got === false) throw new Error('the queue is empty')
    expect(got.fields.routingKey).toBe('k')
    expect(got.content.toString()).toBe('{}')
    expect(got.properties).toMatchObject({ contentType: 'application/json', messageId: 'id-1', deliveryMode: 2 })
    expect(got.properties.headers).toEqual({ source: 'test' })
  })

  test('what a plain client sends arrives as an ordinary envelope', async () => {
    await using names = newRun(port)
    const driver = await names.open()
    await driver.ensureTopology()
    const client = await connect(url)
    const channel = await client.createConfirmChannel()
    channel.publish(names.physical('lab.events'), 'k', utf8('{}'), {
      persistent: true,
      contentType: 'text/plain',
      messageId: 'm-1',
      headers: { n: 5, big: { '!': 'int64', value: 9_007_199_254_740_993n }, 7: 'seven', 'x07-ext': 'not ours' },
    })
    await channel.waitForConfirms()
    await client.close()
    const [got] = await take(driver, 1)
    expect(got).toEqual({
      message: {
        ...plain,
        headers: [
          ['content-type', 'text/plain'],
          ['message-id', 'm-1'],
          ['7', 'seven'],
          ['n', { type: 'int8', value: 5 }],
          ['big', { type: 'int64', value: '9007199254740993' }],
          ['x07-ext', 'not ours'],
        ],
      },
      metadata: { exchange: 'lab.events', queue: 'lab.events', redelivered: false },
    })
  })

  test('a message that cannot be read ends one iteration at once, and takes no neighbour with it', async () => {
    await using names = newRun(port)
    const driver = await names.open()
    await driver.ensureTopology()
    let deep: FieldValue = { tag: 'V' }
    for (let level = 0; level <= maxTableDepth; level++) deep = { tag: 'A', items: [deep] }
    await driver.publish(encodeEnvelope({ ...plain, value: utf8('before') }))
    await publishRaw(names.physical('lab.events'), { headers: [['trail', deep]] })
    await driver.publish(encodeEnvelope({ ...plain, value: utf8('after') }))
    const bodies: string[] = []
    const iterate = async (count: number): Promise<void> => {
      for await (const delivery of driver.deliveries()) {
        bodies.push(String(decodeEnvelope(delivery.envelope).value))
        await delivery.settle('ack')
        if (bodies.length === count) break
      }
    }
    await expect(iterate(3)).rejects.toMatchObject({
      code: 'protocol',
      message:
        `read a message from queue lab.events of local_dev_v1: field "trail": read a field table: it nests deeper than ${maxTableDepth} levels; ` +
        'it stays unacknowledged until this driver closes and then goes back to the queue, the next iteration goes on behind it; ' +
        'take it out with a client that can read it',
    })
    await iterate(2)
    expect(bodies).toEqual(['before', 'after'])
  })

  test('amqp-publish and amqp-get agree', async (context) => {
    const missing = await run('amqp-publish', ['--help']).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'amqp-tools are not installed' : undefined),
    )
    if (missing !== undefined) context.skip(missing)
    await using names = newRun(port)
    const driver = await names.open()
    await driver.ensureTopology()
    const exchange = names.physical('lab.events')
    await run('amqp-publish', [
      '-u',
      url,
      '-e',
      exchange,
      '-r',
      'k-1',
      '-C',
      'text/plain',
      '-H',
      'a: b',
      '-p',
      '-b',
      'hello',
    ])
    const [got] = await take(driver, 1)
    expect(got?.message).toEqual({
      topic: 'lab.events',
      key: utf8('k-1'),
      value: utf8('hello'),
      headers: [
        ['a', 'b'],
        ['content-type', 'text/plain'],
      ],
    })
    await driver.publish(encodeEnvelope({ ...plain, value: utf8('from here') }))
    const { stdout } = await run('amqp-get', ['-u', url, '-q', exchange])
    expect(stdout).toBe('from here')
  })

  test('the default exchange reaches a queue by its logical name', async () => {
    await using names = newRun(port)
    const driver = await names.open()
    await driver.ensureTopology()
    const direct: Message = { ...plain, topic: '', key: utf8('lab.events') }
    await driver.publish(encodeEnvelope(direct))
    expect(await take(driver, 1)).toEqual([
      { message: direct, metadata: { exchange: '', queue: 'lab.events', redelivered: false } },
    ])
  })
})

/** Publishes with these properties byte by byte, past the client's encoder. */
async function publishRaw(exchange: string, properties: Properties): Promise<void> {
  const client = await connect(url)
  const channel = await client.createConfirmChannel()
  const raw = rawChannel(channel)
  const confirmed = Promise.withResolvers<void>()
  raw.write(
    publishFrames(
      raw.number,
      raw.frameMax,
      { exchange, routingKey: 'k', topic: exchange },
      {
        routingKey: 'k',
        properties,
        body: utf8('poison'),
      },
    ),
    (error) => (error instanceof Error ? confirmed.reject(error) : confirmed.resolve()),
  )
  await confirmed.promise
  await client.close()
}

/** Acks the next `count` deliveries. */
async function take(driver: AmqpDriver, count: number): Promise<{ message: Message; metadata: object }[]> {
  const got: { message: Message; metadata: object }[] = []
  for await (const delivery of driver.deliveries()) {
    const { envelope, metadata } = delivery
    got.push({ message: decodeEnvelope(envelope.slice()), metadata })
    await delivery.settle('ack')
    if (got.length === count) break
  }
  return got
}
