import { decodeEnvelope, encodeEnvelope, type Driver } from '@x07-lab/msg-core'
import { startTcpProxy, type ProxyDirection, type TcpProxy } from '@x07-lab/msg-core/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { recordedAndReplayed } from '../../../../tests/support/recorded.ts'
import type { AmqpDriver, AmqpOptions } from '../../src/index.ts'
import { amqpBroker } from '../support/broker.ts'
import { profile, topology as someTopology } from '../support/contracts.ts'
import {
  at,
  complete,
  consumeAll,
  faultSeed,
  publishAll,
  runPipeline,
  type Outcome,
  type Probes,
} from '../support/pipeline.ts'
import { newRun, type Run } from '../support/run.ts'

const broker = await amqpBroker()

describe.skipIf(broker === undefined)('a connection that fails loses nothing', () => {
  const count = 1_000
  let proxy: TcpProxy | undefined
  let run: Run | undefined

  afterEach(async () => {
    await run?.[Symbol.asyncDispose]()
    await proxy?.close()
  })

  /** A driver whose way to the broker leads through the proxy; the clean-up does not. */
  async function start(
    over: Partial<AmqpOptions> = {},
    topology = someTopology(),
  ): Promise<{ driver: AmqpDriver; proxy: TcpProxy }> {
    const port = broker?.port ?? 0
    proxy = await startTcpProxy({ target: { host: '127.0.0.1', port } })
    run = newRun(port, { topology })
    const driver = await run.open({
      profile: profile({ port: proxy.port }),
      heartbeatMs: 1_000,
      retry: { firstDelayMs: 10, maxDelayMs: 200 },
      ...over,
    })
    await driver.ensureTopology()
    return { driver, proxy }
  }

  /** The same point of a run, moved by the seed. */
  const shifted = (point: number, last = count - 100): number => 1 + ((point + faultSeed * 61) % last)

  const faults: readonly (readonly [title: string, probes: (proxy: TcpProxy) => Probes])[] = [
    ['reset while publishing', (proxy) => ({ confirmed: at(shifted(100), () => proxy.cut()) })],
    ['reset while consuming', (proxy) => ({ delivered: at(shifted(300), () => proxy.cut()) })],
    [
      'reset again and again',
      (proxy) => {
        const first = at(shifted(50), () => proxy.cut())
        const second = at(shifted(250), () => proxy.cut())
        const third = at(shifted(500), () => proxy.cut())
        return { delivered: (count) => [first, second, third].forEach((fault) => fault(count)) }
      },
    ],
    ['half-open, noticed by the heartbeat', (proxy) => ({ delivered: at(shifted(200), () => proxy.halfOpen()) })],
    [
      'silent for longer than the heartbeat, in both directions',
      (proxy) => ({
        delivered: at(shifted(200), () => {
          proxy.stall('toClient')
          proxy.stall('toTarget')
          // The second connection finds the way open again.
          void proxy.waitForAccepted(2).then(() => {
            proxy.resume('toClient')
            proxy.resume('toTarget')
            return undefined
          })
        }),
      }),
    ],
  ]

  /** Changes one frame of a method that comes by, from its type to its end. */
  function corrupt(proxy: TcpProxy, way: ProxyDirection, method: readonly number[], change: (frame: Buffer) => void) {
    proxy.onChunk(way, (chunk) => {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const start = bytes.indexOf(Buffer.from(method)) - 7
      if (start < 0 || bytes[start] !== 1) return 'forward'
      const end = start + 8 + bytes.readUInt32BE(start + 3)
      if (end > bytes.length) return 'forward'
      change(bytes.subarray(start, end))
      proxy.onChunk(way, undefined)
      return 'forward'
    })
  }
  const deliver = [0, 60, 0, 60]
  const publish = [0, 60, 0, 40]
  const corrupted =
    (change: (frame: Buffer) => void) =>
    (proxy: TcpProxy): Probes => ({ delivered: at(shifted(200), () => corrupt(proxy, 'toClient', deliver, change)) })
  /** The broker answers with a protocol error, if at all, and closes the connection. Not so late that all is under way. */
  const corruptedPublish =
    (change: (frame: Buffer) => void) =>
    (proxy: TcpProxy): Probes => ({
      confirmed: at(shifted(100, count / 2), () => corrupt(proxy, 'toTarget', publish, change)),
    })
  const corruptions: typeof faults = [
    ['a frame with another end', corrupted((frame) => frame.fill(0, frame.length - 1))],
    ['a frame of an unknown type', corrupted((frame) => frame.fill(9, 0, 1))],
    ['a frame of an unknown channel', corrupted((frame) => frame.fill(99, 2, 3))],
    ['a method that does not exist', corrupted((frame) => frame.fill(99, 10, 11))],
    ['a frame out of its place', corrupted((frame) => frame.fill(3, 0, 1))],
    ["a length that is not the frame's", corrupted((frame) => frame.writeUInt32BE(frame.length + 7, 3))],
    ['a length that ends the frame in its first argument', corrupted((frame) => frame.writeUInt32BE(5, 3))],
    ['a length above frame_max, for which a client would wait', corrupted((frame) => frame.writeUInt32BE(200_000, 3))],
    ['a publish with another end', corruptedPublish((frame) => frame.fill(0, frame.length - 1))],
    ['a publish of an unknown method', corruptedPublish((frame) => frame.fill(99, 10, 11))],
    ['a publish on a channel that is not open', corruptedPublish((frame) => frame.fill(99, 2, 3))],
    ['a publish whose length is beyond frame_max', corruptedPublish((frame) => frame.writeUInt32BE(200_000, 3))],
  ]

  test.each([...faults, ...corruptions])('%s', async (_, probes) => {
    const { driver, proxy } = await start()
    const program = (driver: Driver): Promise<Outcome> => runPipeline(driver, count, probes(proxy))
    const { live, replayed } = await recordedAndReplayed(driver, program)
    expect(live.byKey).toEqual(complete(count))
    expect(proxy.accepted).toBeGreaterThan(1)
    expect(replayed).toEqual(live)
  })

  test('a confirm that never arrives: the message is sent again, and the second one is known by its id', async () => {
    const { driver, proxy } = await start()
    const basicAck = Buffer.from([0, 60, 0, 80])
    proxy.onChunk('toClient', (chunk) => {
      if (Buffer.from(chunk).indexOf(basicAck) < 0) return 'forward'
      proxy.onChunk('toClient', undefined)
      return 'cut'
    })
    await publishAll(driver, 1)
    await publishAll(driver, 2)
    const { byKey, duplicates } = await consumeAll(driver, 2)
    expect(byKey).toEqual(complete(2))
    // Message 0 was published by both calls, and once more because its first confirm was lost.
    expect(duplicates).toBe(2)
  })

  test('a broker that refuses connections for a while is asked again', async () => {
    let dials = 0
    const { driver, proxy } = await start({
      authorize: () => {
        dials++
        if (dials === 4) proxy.accept()
      },
    })
    const { byKey } = await runPipeline(driver, count, {
      delivered: at(shifted(200), () => {
        proxy.refuse()
        proxy.cut()
      }),
    })
    expect(byKey).toEqual(complete(count))
    expect(dials).toBe(4)
  })

  test('a consumer that stops between delivery and settling gets the delivery again, marked as redelivered', async () => {
    const { driver, proxy } = await start()
    const redelivered: unknown[] = []
    const { byKey } = await runPipeline(driver, 20, {
      async delivered(deliveries, { metadata }) {
        if (deliveries === 1) {
          proxy.cut()
          await proxy.waitForAccepted(2)
        }
        if (deliveries <= 2) redelivered.push(metadata['redelivered'])
      },
    })
    expect(byKey).toEqual(complete(20))
    expect(redelivered).toEqual([false, true])
  })

  test('a delivery whose connection is gone cannot be settled any more, and says so', async () => {
    const { driver, proxy } = await start()
    await publishAll(driver, 1)
    const deliveries = driver.deliveries()[Symbol.asyncIterator]()
    const lost = await deliveries.next()
    proxy.cut()
    await proxy.waitForAccepted(2)
    const again = await deliveries.next()
    const gone = {
      code: 'connection_lost',
      message:
        'settle a delivery from queue lab.events of local_dev_v1: the connection it came over was lost; the broker delivers it again',
    }
    await expect(lost.value.settle('ack')).rejects.toMatchObject(gone)
    await again.value.settle('ack')
    expect(again.value.metadata).toEqual({ exchange: 'lab.events', queue: 'lab.events', redelivered: true })
    expect(again.value.envelope).toEqual(lost.value.envelope)
  })

  test('a consumer of a stream goes on behind what it has settled, not where its topology says to begin', async () => {
    const stream = { 'x-queue-type': 'stream' }
    const { driver, proxy } = await start(
      {},
      {
        queues: [{ name: 's', arguments: stream }],
        // To the broker every consumer is a new one, which begins here.
        consumers: [{ queue: 's', prefetch: 10, arguments: { 'x-stream-offset': 'first' } }],
      },
    )
    const put = (value: string) =>
      driver.publish(encodeEnvelope({ topic: '', key: Buffer.from('s'), value: Buffer.from(value), headers: [] }))
    const seen: string[] = []
    for (const value of ['a', 'b', 'c', 'd']) await put(value)
    const deliveries = driver.deliveries()[Symbol.asyncIterator]()
    while (seen.length < 6) {
      const { value: delivery } = await deliveries.next()
      const body = String(decodeEnvelope(delivery.envelope).value)
      seen.push(`${body}${delivery.metadata['redelivered'] === true ? ' again' : ''}`)
      if (seen.length === 3) {
        // The third is handed out and not settled, the fourth has come and is not handed out.
        proxy.cut()
        await proxy.waitForAccepted(2)
        await put('e')
        await expect(delivery.settle('ack')).rejects.toMatchObject({ code: 'connection_lost' })
      } else await delivery.settle('ack')
    }
    await deliveries.return?.()
    expect(seen).toEqual(['a', 'b', 'c', 'c again', 'd', 'e'])
  })

  test('a consumer whose broker answers heartbeats and nothing else is noticed', async () => {
    const { driver, proxy } = await start({ connectTimeoutMs: 2_000, idleTimeoutMs: 500 })
    await publishAll(driver, count)
    const heartbeat = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce])
    const { byKey } = await consumeAll(driver, count, {
      delivered: at(shifted(300), () =>
        proxy.onChunk('toTarget', (chunk, { connection }) =>
          connection > 1 || heartbeat.equals(chunk) ? 'forward' : 'drop',
        ),
      ),
    })
    expect(byKey).toEqual(complete(count))
    expect(proxy.accepted).toBe(2)
  })

  test('nothing overtakes a rejected delivery, even when nobody waits for the reject', async () => {
    const { driver } = await start()
    await publishAll(driver, 20)
    const seen: string[] = []
    let rejecting: Promise<void> | undefined
    for await (const delivery of driver.deliveries()) {
      const value = String(decodeEnvelope(delivery.envelope).value)
      seen.push(value)
      if (seen.length === 3) rejecting = delivery.settle('reject')
      else await delivery.settle('ack')
      if (value === '{"n":19}') break
    }
    await rejecting
    const inOrder = Array.from({ length: 20 }, (_, n) => `{"n":${n}}`)
    expect(seen).toEqual(inOrder.toSpliced(2, 0, '{"n":2}'))
  })

  test('every tenth delivery rejected: it comes again in its place', async () => {
    const { driver } = await start()
    const { byKey } = await runPipeline(driver, count, { outcome: (n) => (n % 10 === 0 ? 'reject' : 'ack') })
    expect(byKey).toEqual(complete(count))
  })

  test('a fault that outlasts the retries ends every open call with one clear sentence', async () => {
    const { driver, proxy } = await start({ retry: { attempts: 3, firstDelayMs: 10, maxDelayMs: 20 } })
    const run = runPipeline(driver, count, {
      delivered: at(shifted(100), () => {
        proxy.refuse()
        proxy.cut()
      }),
    })
    await expect(run).rejects.toMatchObject({
      name: 'DriverError',
      code: 'unreachable',
      retryable: true,
      message: expect.stringMatching(
        /^open broker local_dev_v1 at 127\.0\.0\.1:\d+: .*; start the broker, or correct host and port in the profile; given up after 3 attempts$/,
      ),
    })
  })
})
