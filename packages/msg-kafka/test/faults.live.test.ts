import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTcpProxy, type TcpProxy } from '../../msg-core/src/testing/tcp-proxy.ts'
import type { KafkaDriver, KafkaOptions } from '../src/index.ts'
import { dispose, isLive, livePort, openLive } from './live-broker.ts'
import { ids, survive, type SurvivalOptions } from './survival.ts'

const messages = 2_000

describe.skipIf(!(await isLive()))('a fault between the driver and Apache Kafka costs nothing but time', () => {
  let proxy: TcpProxy
  let driver: KafkaDriver

  beforeEach(async () => {
    proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: livePort } })
  })

  afterEach(async () => {
    proxy.accept()
    proxy.resume('toClient')
    proxy.resume('toTarget')
    await dispose(driver)
    await proxy.close()
  })

  async function open(options: Partial<KafkaOptions> = {}): Promise<KafkaDriver> {
    return openLive({
      dialAt: () => ({ host: '127.0.0.1', port: proxy.port }),
      requestTimeoutMs: 1_500,
      heartbeatMs: 500,
      ...options,
    })
  }

  /** Runs `fault` once, at the n-th time. */
  const at =
    (n: number, fault: () => void) =>
    (count: number): void => {
      if (count === n) fault()
    }

  const whenDelivered =
    (n: number, fault: () => void): Required<SurvivalOptions>['onDelivered'] =>
    (count) => {
      if (count === n) fault()
      return 'ack'
    }

  /** Swallows the next answer of the broker and resets its connection. */
  const loseAnswer = (): void => {
    proxy.onChunk('toClient', () => {
      proxy.onChunk('toClient', undefined)
      return 'cut'
    })
  }

  const cases: readonly (readonly [string, () => SurvivalOptions])[] = [
    ['no fault', () => ({ messages })],
    [
      'connections reset while publishing',
      () => ({ messages, onConfirmed: at(500, () => proxy.cut()), consumeAfterwards: true }),
    ],
    ['a confirm lost', () => ({ messages, onConfirmed: at(300, loseAnswer), consumeAfterwards: true })],
    ['connections reset while consuming', () => ({ messages, onDelivered: whenDelivered(700, () => proxy.cut()) })],
    ['an answer lost while consuming', () => ({ messages, onDelivered: whenDelivered(700, loseAnswer) })],
    [
      'half-open connections while publishing',
      () => ({ messages, onConfirmed: at(500, () => proxy.halfOpen()), consumeAfterwards: true }),
    ],
    [
      'half-open connections while consuming',
      () => ({ messages, onDelivered: whenDelivered(700, () => proxy.halfOpen()) }),
    ],
    [
      'a stall longer than the heartbeat',
      () => ({
        messages,
        onDelivered: whenDelivered(700, () => {
          proxy.stall('toClient')
          setTimeout(() => proxy.resume('toClient'), 1_200)
        }),
      }),
    ],
    [
      'a stall longer than the session',
      () => ({
        messages,
        onDelivered: whenDelivered(700, () => {
          proxy.stall('toTarget')
          setTimeout(() => proxy.resume('toTarget'), 7_000)
        }),
      }),
    ],
    [
      'a broker that refuses connections for a while',
      () => ({
        messages,
        onConfirmed: at(500, () => {
          proxy.refuse()
          proxy.cut()
          setTimeout(() => proxy.accept(), 1_500)
        }),
      }),
    ],
    [
      'a handler that rejects every tenth message',
      () => ({ messages, onDelivered: (count) => (count % 10 === 0 ? 'reject' : 'ack') }),
    ],
  ]

  test.for(cases)('%s', async ([, options]) => {
    driver = await open()
    const survival = await survive(driver, options())
    expect(survival).toMatchObject({ received: ids(messages), outOfOrder: [] })
    expect(survival.published.length).toBe(messages)
  })

  test('a fault that outlasts the retries is one clear error', async () => {
    driver = await open({ retry: { giveUpAfterMs: 1_000 } })
    const survival = survive(driver, {
      messages,
      onConfirmed: at(500, () => {
        proxy.refuse()
        proxy.cut()
      }),
      consumeAfterwards: true,
    })
    await expect(survival).rejects.toMatchObject({
      name: 'DriverError',
      code: 'connection_lost',
      message: expect.stringMatching(
        /^publish to kafka_test_v1: .+; tried for \d+ s; start the broker or check its address, or raise retry.giveUpAfterMs$/,
      ),
    })
  })
})
