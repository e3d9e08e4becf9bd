import { afterEach, describe, expect, test } from 'vitest'
import { decodeEnvelope, type Delivery, type Outcome } from '@x07-lab/msg-core'
import type { KafkaDriver } from '../../src/index.ts'
import { dispose, freshNames, isLive, openLive } from './live-broker.ts'
import { consumeAll, ids, openLedger, publishAll, type OnDelivered } from './survival.ts'

const messages = 3_000
const padding = 2_000

describe.skipIf(!(await isLive()))('a consumer group on Apache Kafka', () => {
  const drivers: KafkaDriver[] = []

  afterEach(async () => {
    const all = drivers.splice(0)
    for (const driver of all) await driver.close()
    for (const driver of all) await dispose(driver)
  })

  async function open(physical: (name: string) => string): Promise<KafkaDriver> {
    const driver = await openLive({ physical, heartbeatMs: 200 })
    drivers.push(driver)
    return driver
  }

  test('a second consumer that joins and leaves takes its share, and nothing is lost or overtaken', async () => {
    const physical = freshNames()
    const first = await open(physical)
    const second = await open(physical)
    const ledger = openLedger(messages)
    await publishAll(first, { messages, padding })
    const secondHas = Promise.withResolvers<void>()
    const end = new AbortController()
    let helped = 0
    let helping: Promise<void> | undefined
    const help: OnDelivered = (nth) => {
      helped = nth
      secondHas.resolve()
      return nth === 300 ? 'stop' : 'ack'
    }
    const watch = async (count: number): Promise<Outcome> => {
      if (count === 100) helping = consumeAll(second, ledger, help, end.signal).finally(() => second.close())
      // Not one more before the group is divided anew: messages are on their way meanwhile.
      if (count === 400) await secondHas.promise
      return 'ack'
    }
    await consumeAll(first, ledger, watch)
    end.abort()
    await helping
    expect(ledger.received()).toEqual(ids(messages))
    expect([...ledger.outOfOrder]).toEqual([])
    expect(helped).toBeGreaterThan(0)
  })

  test('what a consumer had not settled when it closed comes to the next one, and nothing else', async () => {
    const physical = freshNames()
    const first = await open(physical)
    const ledger = openLedger(300)
    await publishAll(first, { messages: 300 })
    await consumeAll(first, ledger, (count) => (count === 100 ? 'stop' : 'ack'))
    expect(ledger.received().length).toBe(99)
    await first.close()
    await consumeAll(await open(physical), ledger)
    expect(ledger.received()).toEqual(ids(300))
    expect([...ledger.outOfOrder]).toEqual([])
    expect(ledger.duplicates).toBe(0)
  })

  test('a delivery of a partition that was given away cannot be settled, and says so', async () => {
    const physical = freshNames()
    const first = await open(physical)
    const second = await open(physical)
    await publishAll(first, { messages: 30 })
    const held: Delivery[] = []
    const until = new AbortController()
    for await (const delivery of first.deliveries({ signal: until.signal })) {
      held.push(delivery)
      if (held.length === 30) break
    }
    const ledger = openLedger(Number.POSITIVE_INFINITY)
    const stop = new AbortController()
    await consumeAll(second, ledger, () => 'stop', stop.signal)
    const outcomes = await Promise.allSettled(held.map((delivery) => delivery.settle('ack')))
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]).toMatchObject({
      name: 'DriverError',
      code: 'connection_lost',
      retryable: true,
      message: expect.stringMatching(
        /^settle offset \d+ of lab\.events\/\d on kafka_test_v1: the partition was given to another member of the group, which gets the message again$/,
      ),
    })
  })

  test('the metadata of a delivery names no run and keeps 64 bit values as text', async () => {
    const driver = await open(freshNames())
    await publishAll(driver, { messages: 1 })
    for await (const delivery of driver.deliveries()) {
      await delivery.settle('ack')
      expect(delivery.metadata).toEqual({
        committed: null,
        highWatermark: '1',
        lag: '0',
        offset: '0',
        partition: 2,
        rebalances: 0,
        redelivered: false,
        timestamp: expect.stringMatching(/^\d{13}$/),
      })
      expect(decodeEnvelope(delivery.envelope).topic).toBe('lab.events')
      break
    }
  })
})
