import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, openVcr, type Delivery, type Driver } from '@x07-lab/msg-core'
import { openKafka, type KafkaDriver, type KafkaOptions } from '../../src/index.ts'
import { dispose, freshNames, isLive, openLive, profile } from './live-broker.ts'

const envelope = (topic: string, value: string): Uint8Array =>
  encodeEnvelope({ topic, key: null, value: Buffer.from(value), headers: [] })

const valueOf = ({ envelope: bytes }: Pick<Delivery, 'envelope'>): string => String(decodeEnvelope(bytes).value)

const topics = ['lab.orders', 'lab.invoices']

describe.skipIf(!(await isLive()))('a transaction on Apache Kafka', () => {
  const drivers: KafkaDriver[] = []

  afterEach(async () => {
    for (const driver of drivers.splice(0).toReversed()) await dispose(driver)
  })

  async function open(physical: (name: string) => string, options: Partial<KafkaOptions> = {}): Promise<KafkaDriver> {
    const driver = await openLive({ physical, topics, partitions: 1, ...options })
    drivers.push(driver)
    return driver
  }

  async function values(driver: KafkaDriver, count: number): Promise<string[]> {
    const got: string[] = []
    for await (const delivery of driver.deliveries()) {
      got.push(valueOf(delivery))
      await delivery.settle('ack')
      if (got.length === count) break
    }
    return got
  }

  test('what was aborted is not read, unless it is asked for', async () => {
    const physical = freshNames()
    const driver = await open(physical, { transactionalId: physical('writer') })
    const aborted = await driver.transaction?.()
    expect(await aborted?.publish(envelope('lab.orders', 'a'))).toEqual({
      status: 'confirmed',
      answer: { offset: '0', partition: 0 },
    })
    await aborted?.abort()
    await expect(aborted?.publish(envelope('lab.orders', 'x'))).rejects.toMatchObject({ code: 'closed' })
    {
      await using committed = await driver.transaction?.()
      for (const value of ['b', 'c']) await committed?.publish(envelope('lab.orders', value))
      await expect(driver.transaction?.()).rejects.toMatchObject({ code: 'protocol' })
      await committed?.commit()
    }
    expect(await values(driver, 2)).toEqual(['b', 'c'])
    const other = { profile, topics, physical, sessionTimeoutMs: 6_000 }
    const all = await openKafka({ ...other, groupId: 'all', isolation: 'read_uncommitted' })
    drivers.unshift(all)
    expect(await values(all, 3)).toEqual(['a', 'b', 'c'])
  })

  test('consume, transform, produce: what was read and what was written count together', async () => {
    const physical = freshNames()
    const worker = await open(physical, { transactionalId: physical('worker'), topics: ['lab.orders', 'lab.invoices'] })
    for (const n of [1, 2, 3]) await worker.publish(envelope('lab.orders', `order ${n}`))
    const seen: string[] = []
    let tries = 0
    for await (const delivery of worker.deliveries()) {
      const value = valueOf(delivery)
      seen.push(`${value}${delivery.metadata['redelivered'] === true ? ' again' : ''}`)
      if (value.startsWith('invoice')) {
        await delivery.settle('ack')
        if (value === 'invoice 3') break
        continue
      }
      const transaction = await worker.transaction?.()
      await transaction?.publish(envelope('lab.invoices', value.replace('order', 'invoice')))
      transaction?.ack(delivery)
      // The second order fails once.
      if (value === 'order 2' && ++tries === 1) await transaction?.abort()
      else await transaction?.commit()
    }
    expect(seen.filter((value) => value.startsWith('order'))).toEqual([
      'order 1',
      'order 2',
      'order 2 again',
      'order 3',
    ])
    expect(seen.filter((value) => value.startsWith('invoice'))).toEqual(['invoice 1', 'invoice 2', 'invoice 3'])
    await worker.close()
    // The offsets of the group were committed with the transactions: nothing comes again.
    const next = await openKafka({ profile, topics, physical, groupId: 'lab.workers', sessionTimeoutMs: 6_000 })
    drivers.unshift(next)
    await next.publish(envelope('lab.orders', 'order 4'))
    expect(await values(next, 1)).toEqual(['order 4'])
  })

  test('a program with a commit, an abort and offsets is recorded, and replayed without a broker', async () => {
    const physical = freshNames()
    const root = mkdtempSync(join(tmpdir(), 'x07-transactions-'))
    const options = { cassette: 'transactions.rrbin', root, ci: false }
    const live = async (): Promise<Driver> =>
      openKafka({ profile, topics, groupId: 'lab.workers', physical, transactionalId: physical('w'), partitions: 1 })
    const recorded = await openVcr({ ...options, live })
    await recorded.ensureTopology()
    const was = await work(recorded)
    await recorded.close()
    expect(was).toEqual(['order 1', 'order 2', 'order 2 again', 'committed'])
    const replayed = await openVcr({ ...options, live: () => Promise.reject(new Error('there is no broker')) })
    await replayed.ensureTopology()
    expect(await work(replayed)).toEqual(was)
    await replayed.close()
    // A program that commits what it aborted then is told.
    const changed = await openVcr({ ...options, live: () => Promise.reject(new Error('there is no broker')) })
    await changed.ensureTopology()
    await expect(work(changed, 'commit').then(() => changed.close())).rejects.toMatchObject({ name: 'ReplayError' })
    await changed.close().catch(() => undefined)
    expect(changed.report().divergences.map(({ op }) => op)).toContain('std.msg.kafka.transaction_v1')
    rmSync(root, { recursive: true })
    await open(physical)
  })

  /** Consumes two orders, of which the second fails once, and writes an invoice for each. */
  async function work(driver: Driver, atFirst: 'abort' | 'commit' = 'abort'): Promise<string[]> {
    const seen: string[] = []
    for (const n of [1, 2]) await driver.publish(envelope('lab.orders', `order ${n}`))
    for await (const delivery of driver.deliveries()) {
      const value = valueOf(delivery)
      if (value.startsWith('invoice')) {
        await delivery.settle('ack')
        continue
      }
      const again = delivery.metadata['redelivered'] === true
      seen.push(`${value}${again ? ' again' : ''}`)
      const transaction = await driver.transaction?.()
      await transaction?.publish(envelope('lab.invoices', value.replace('order', 'invoice')))
      transaction?.ack(delivery)
      if (value === 'order 2' && !again) {
        await transaction?.[atFirst]()
        if (atFirst === 'commit') break
      } else await transaction?.commit()
      if (again) break
    }
    seen.push('committed')
    return seen
  }

  test('a driver whose transactional id another one has taken says so, gives its deliveries back, and begins none any more', async () => {
    const physical = freshNames()
    const transactionalId = physical('writer')
    const zombie = await open(physical, { transactionalId })
    for (const value of ['a', 'b']) await zombie.publish(envelope('lab.orders', value))
    const reading = zombie.deliveries()[Symbol.asyncIterator]()
    const first = (await reading.next()).value as Delivery
    expect(valueOf(first)).toBe('a')
    const old = await zombie.transaction?.()
    await old?.publish(envelope('lab.invoices', 'of the zombie'))
    old?.ack(first)

    const taker = await openKafka({
      profile,
      topics,
      physical,
      groupId: 'taker',
      transactionalId,
      sessionTimeoutMs: 6_000,
    })
    drivers.unshift(taker)
    const fresh = await taker.transaction?.()
    await fresh?.publish(envelope('lab.invoices', 'of the taker'))

    const fenced = {
      code: 'precondition_failed',
      message: expect.stringContaining(`another producer has taken over the transactional id ${transactionalId}`),
    }
    await expect(old?.publish(envelope('lab.invoices', 'late'))).rejects.toMatchObject(fenced)
    await expect(old?.commit()).rejects.toMatchObject(fenced)
    await old?.abort()
    await expect(zombie.transaction?.()).rejects.toMatchObject(fenced)
    await fresh?.commit()

    const seen: [value: string, redelivered: unknown][] = []
    for (let step = await reading.next(); step.done !== true; step = await reading.next()) {
      seen.push([valueOf(step.value), step.value.metadata['redelivered']])
      await step.value.settle('ack')
      if (seen.length === 3) break
    }
    expect(seen.filter(([value]) => value === 'a' || value === 'b')).toEqual([
      ['a', true],
      ['b', false],
    ])
    expect(seen).toContainEqual(['of the taker', false])
  })

  test('a driver without a transactional id has none, and says what to do', async () => {
    const driver = await open(freshNames())
    await expect(driver.transaction?.()).rejects.toMatchObject({
      code: 'invalid_config',
      message: 'begin a transaction on kafka_test_v1: the driver has no transactionalId; give it as an option',
    })
  })
})
