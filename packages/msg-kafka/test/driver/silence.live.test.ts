import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTcpProxy, type TcpProxy } from '@x07-lab/msg-core/testing'
import { openKafka, type KafkaDriver } from '../../src/index.ts'
import { dispose, freshNames, isLive, livePort, openLive, profile, topic } from './live-broker.ts'
import { consumeAll, ids, openLedger, publishAll } from './survival.ts'

describe.skipIf(!(await isLive()))('what Kafka does not say', () => {
  let proxy: TcpProxy
  let driver: KafkaDriver

  beforeEach(async () => {
    proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: livePort } })
  })

  afterEach(async () => {
    await dispose(driver)
    await proxy.close()
  })

  test('a consumer of which nothing is heard ends with timeout, and the next iteration starts anew', async () => {
    driver = await openLive({
      dialAt: () => ({ host: '127.0.0.1', port: proxy.port }),
      stallTimeoutMs: 1_000,
    })
    await publishAll(driver, { messages: 20 })
    const ledger = openLedger(30)
    await expect(
      consumeAll(driver, ledger, (count) => {
        if (count === 20) proxy.stall('toClient')
        return 'ack'
      }),
    ).rejects.toMatchObject({
      code: 'timeout',
      message:
        'consume from kafka_test_v1: nothing was heard of the consumer for 1 s; see to the broker, or raise stallTimeoutMs',
    })
    proxy.resume('toClient')
    await publishAll(driver, { messages: 30 })
    await consumeAll(driver, ledger)
    expect(ledger.received()).toEqual(ids(30))
  })

  test('a consumer that was idle for longer than its retries last still has them when the broker goes', async () => {
    const clock = { aheadMs: 0 }
    const warnings: string[] = []
    driver = await openLive({
      dialAt: () => ({ host: '127.0.0.1', port: proxy.port }),
      now: () => performance.now() + clock.aheadMs,
      stallTimeoutMs: 10_000_000,
      log: (level, message) => void (level === 'warn' && warnings.push(message)),
    })
    await publishAll(driver, { messages: 1 })
    const ledger = openLedger(2)
    const consumed = consumeAll(driver, ledger)
    await expect.poll(() => ledger.received()).toEqual(['0'])
    clock.aheadMs = 1_000_000
    const before = proxy.received('toClient')
    await expect.poll(() => proxy.received('toClient')).toBeGreaterThan(before)
    proxy.refuse()
    proxy.cut()
    await expect
      .poll(() => warnings, { timeout: 10_000 })
      .toContainEqual(expect.stringMatching(/^consume from kafka_test_v1: .+; trying again$/))
    proxy.accept()
    await publishAll(driver, { messages: 2 })
    await consumed
    expect(ledger.received()).toEqual(ids(2))
  })

  test('a topic that is not there is not_found, and nobody makes it', async () => {
    driver = await openKafka({ profile, topics: [topic], groupId: 'lab.workers', physical: freshNames() })
    await expect(publishAll(driver, { messages: 1 })).rejects.toMatchObject({ code: 'not_found', retryable: false })
  })

  test('closing while the consumer is still connecting leaves nothing behind', async () => {
    driver = await openLive({ dialAt: () => ({ host: '127.0.0.1', port: proxy.port }) })
    const waiting = driver.deliveries()[Symbol.asyncIterator]().next()
    await proxy.waitForAccepted(3)
    await driver.close()
    expect(await waiting).toMatchObject({ done: true })
    await expect.poll(() => proxy.connections).toBe(0)
  })
})
