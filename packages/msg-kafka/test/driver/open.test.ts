import { execFile } from 'node:child_process'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { hasLoopback } from '@x07-lab/msg-core/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { openKafka, readKafkaProfile, type KafkaOptions } from '../../src/index.ts'

function options(port: number, over: Partial<KafkaOptions> = {}, security?: object): KafkaOptions {
  return {
    profile: readKafkaProfile({
      schema_version: 'x07.arch.msg.kafka.profile@0.1.0',
      id: 'kafka_v1',
      v: 1,
      bootstrap: [`127.0.0.1:${port}`],
      ...(security && { security }),
      limits: { max_message_bytes: 1_000, max_poll_items: 10, max_poll_wait_ms: 10 },
    }),
    topics: ['events'],
    groupId: 'workers',
    retry: { giveUpAfterMs: 200, firstDelayMs: 10, maxDelayMs: 10 },
    ...over,
  }
}

const loopback = await hasLoopback()

describe('opening a driver', () => {
  const sockets = new Set<Socket>()
  let server: Server | undefined

  afterEach(() => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    server?.close()
    server = undefined
  })

  /** A listener that is no Kafka; resolves with its port. */
  function listen(greet: (socket: Socket) => void): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>()
    const listening = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      greet(socket)
    })
    listening.listen(0, '127.0.0.1', () => resolve((listening.address() as AddressInfo).port))
    server = listening
    return promise
  }

  test.skipIf(!loopback)('where no broker listens is one clear line', async () => {
    const port = await listen(() => undefined)
    server?.close()
    await expect(openKafka(options(port))).rejects.toMatchObject({
      name: 'DriverError',
      code: 'unreachable',
      message:
        `open kafka_v1 at 127.0.0.1:${port}: connection error: connect ECONNREFUSED 127.0.0.1:${port}; tried for 0 s; ` +
        'start the broker or check its address, or raise retry.giveUpAfterMs',
    })
  })

  test.skipIf(!loopback)('where something hangs up on the first request asks what it is', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.end()))
    await expect(openKafka(options(port))).rejects.toMatchObject({
      code: 'connection_lost',
      message: expect.stringMatching(
        /^open kafka_v1 at 127\.0\.0\.1:\d+: closed connection; tried for \d+ s; check that a Kafka listens there, and whether it asks for TLS or a login \(security in the profile\)$/,
      ),
    })
  })

  test.skipIf(!loopback)('by a list of brokers says what to give in its place', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.end()))
    const { profile: _, ...others } = options(port)
    await expect(openKafka({ ...others, brokers: [`127.0.0.1:${port}`] })).rejects.toMatchObject({
      message: expect.stringMatching(
        /; check that a Kafka listens there, and whether it asks for TLS or a login \(give a profile with security in the place of brokers\)$/,
      ),
    })
  })

  test.skipIf(!loopback)('with TLS to a listener that speaks something else fails at once as tls_failed', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.write('220 mail.example.org\r\n')))
    await expect(openKafka(options(port, {}, { tls: true }))).rejects.toMatchObject({ code: 'tls_failed' })
  })

  test('asks for permission before it dials, and dials not without', async () => {
    const port = await listen(() => undefined)
    const asked: unknown[] = []
    const authorize = (host: string, to: number): void => {
      asked.push([host, to])
      throw new Error('policy lab.json allows no connection to 127.0.0.1')
    }
    await expect(openKafka(options(port, { authorize }))).rejects.toMatchObject({
      code: 'access_denied',
      message: `open kafka_v1 at 127.0.0.1:${port}: policy lab.json allows no connection to 127.0.0.1`,
    })
    expect(asked[0]).toEqual(['127.0.0.1', port])
    expect(sockets.size).toBe(0)
  })

  test('asks for the address that will be dialled, not for the one advertised', async () => {
    const asked: unknown[] = []
    const authorize = (host: string, to: number): void => {
      asked.push([host, to])
      throw new Error('no')
    }
    const dialAt = () => ({ host: '127.0.0.2', port: 7 })
    await expect(openKafka(options(9092, { authorize, dialAt }))).rejects.toMatchObject({ code: 'access_denied' })
    expect(asked[0]).toEqual(['127.0.0.2', 7])
  })

  test.for([
    [{ topics: [] }, 'kafka options: topics is empty, at least one is needed'],
    [{ topics: ['a', 'a'] }, 'kafka options: topics names one twice'],
    [{ topics: ['a b'] }, 'kafka options: topic "a b" is no name for Kafka: 1 to 249 letters, digits, ".", "_" or "-"'],
    [{ groupId: '' }, 'kafka options: groupId is empty'],
    [{ partitions: 0 }, 'kafka options: partitions is 0, expected a whole number from 1'],
    [
      { heartbeatMs: 4_000 },
      'kafka options: heartbeatMs is 4000, at most a third of sessionTimeoutMs (10000) keeps a member alive',
    ],
  ] as const)('with options that cannot work is refused: %j', async ([over, message]) => {
    await expect(openKafka(options(1, over))).rejects.toMatchObject({ code: 'invalid_config', message })
  })

  test('loads in plain Node, which sees less of a CommonJS package than a bundler does', async () => {
    const source = `import(${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)}).then((m) => console.log(typeof m.openKafka))`
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source])
    expect([stdout, stderr]).toEqual(['function\n', ''])
  })
})
