import { decodeEnvelope, type Delivery } from '@x07-lab/msg-core'
import type { KafkaMessage } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { DeliveryQueue } from '../../../src/driver/consumer/delivery-queue.ts'

const record = (offset: number): KafkaMessage => ({
  key: null,
  value: Buffer.from(`m${offset}`),
  headers: {},
  offset: String(offset),
  timestamp: '1700000000000',
  attributes: 0,
})

function open(limit = 100, identified = true) {
  const events: string[] = []
  const queue = new DeliveryQueue({
    endpoint: 'kafka_v1',
    logical: (physical) => physical.replace('.run1', ''),
    limit,
    onArrival: () => void events.push('arrival'),
    onSettled: () => void events.push('settled'),
    onRoom: () => void events.push('room'),
    hasTransactions: true,
    isIdentified: () => identified,
  })
  const accept = (partition: number, offsets: readonly number[], end: number): void =>
    queue.accept({
      topic: 'events.run1',
      partition,
      messages: offsets.map(record),
      highWatermark: String(end),
    })
  const take = (): Delivery => {
    const delivery = queue.take()
    if (delivery === undefined) throw new Error('there is no delivery')
    return delivery
  }
  const rest = (): string[] => {
    const values: string[] = []
    for (let one = queue.take(); one !== undefined; one = queue.take()) values.push(valueOf(one))
    return values
  }
  const uncommitted = (): (string | undefined)[] => [...queue.feeds].map((feed) => feed.uncommitted)
  return { queue, events, accept, take, rest, uncommitted }
}

function valueOf({ envelope }: Delivery): string {
  return String(Buffer.from(decodeEnvelope(envelope).value ?? []))
}

describe('an queue', () => {
  test('hands out in the order of the fetches, under the logical topic, with what the broker said', () => {
    const { queue, accept, take, rest } = open()
    queue.assign({ 'events.run1': [0, 1] })
    accept(1, [5, 6], 10)
    accept(0, [0], 1)
    const first = take()
    expect(decodeEnvelope(first.envelope).topic).toBe('events')
    expect(first.metadata).toEqual({
      committed: null,
      highWatermark: '10',
      lag: '4',
      offset: '5',
      partition: 1,
      rebalances: 0,
      redelivered: false,
      timestamp: '1700000000000',
    })
    expect(Object.keys(first.metadata)).toEqual(Object.keys(first.metadata).sort())
    expect(rest()).toEqual(['m6', 'm0'])
  })

  test('keeps offsets beyond 2^53 exact', () => {
    const { queue, take, uncommitted } = open()
    queue.assign({ 'events.run1': [0] })
    const message = { ...record(0), offset: '9007199254740993' }
    queue.accept({ topic: 'events.run1', partition: 0, messages: [message], highWatermark: '9007199254740999' })
    const delivery = take()
    expect(delivery.metadata).toMatchObject({ offset: '9007199254740993', lag: '5' })
    void delivery.settle('ack')
    expect(uncommitted()).toEqual(['9007199254740994'])
  })

  test('commits up to the first message that is not settled, whatever the order of settling', async () => {
    const { queue, accept, take, uncommitted, events } = open()
    queue.assign({ 'events.run1': [0] })
    accept(0, [3, 4, 6], 7)
    const [a, b, c] = [take(), take(), take()]
    await b.settle('ack')
    expect(uncommitted()).toEqual([undefined])
    await a.settle('ack')
    expect(uncommitted()).toEqual(['5'])
    await c.settle('ack')
    expect(uncommitted()).toEqual(['7'])
    expect(events).toEqual(['arrival', 'settled', 'settled'])
  })

  test('hands a rejected message out again before anything else, several in the order of offsets', async () => {
    const { queue, accept, take, rest, uncommitted } = open()
    queue.assign({ 'events.run1': [0] })
    accept(0, [0, 1, 2, 3], 4)
    const [a, b] = [take(), take()]
    await b.settle('reject')
    await a.settle('reject')
    expect(uncommitted()).toEqual([undefined])
    const again = take()
    expect([valueOf(again), again.metadata['redelivered']]).toEqual(['m0', true])
    expect(rest()).toEqual(['m1', 'm2', 'm3'])
    await again.settle('ack')
    expect(uncommitted()).toEqual(['1'])
  })

  test('skips what a fetch brings twice after a rebalance, and goes on where it was', async () => {
    const { queue, accept, take, rest, uncommitted } = open()
    queue.assign({ 'events.run1': [0] })
    accept(0, [0, 1, 2], 3)
    const unacked = take()
    queue.assign({ 'events.run1': [0] })
    accept(0, [0, 1, 2, 3], 4)
    expect(rest()).toEqual(['m1', 'm2', 'm3'])
    await unacked.settle('ack')
    expect(uncommitted()).toEqual(['1'])
  })

  test('gives up a partition that was given to another member: its deliveries cannot be settled', async () => {
    const { queue, accept, take, rest } = open()
    queue.assign({ 'events.run1': [0, 1] })
    accept(0, [0, 1], 2)
    accept(1, [0], 1)
    const unacked = take()
    await take().settle('reject')
    queue.assign({ 'events.run1': [1] })
    await expect(unacked.settle('ack')).rejects.toMatchObject({
      code: 'connection_lost',
      retryable: true,
      message:
        'settle offset 0 of events/0 on kafka_v1: the partition was given to another member of the group, which gets the message again',
    })
    expect(rest()).toEqual(['m0'])
    expect([...queue.feeds].map(({ partition }) => partition)).toEqual([1])
  })

  test('marks as redelivered what comes again from a partition that went away and came back', () => {
    const { queue, accept, take } = open()
    queue.assign({ 'events.run1': [0] })
    accept(0, [0, 1], 2)
    take()
    queue.assign({})
    queue.assign({ 'events.run1': [0] })
    accept(0, [0, 1], 2)
    expect([take(), take()].map(({ metadata: { redelivered, rebalances } }) => [redelivered, rebalances])).toEqual([
      [true, 2],
      [false, 2],
    ])
  })

  test('starts anew with a partition that has become shorter than what was read of it', () => {
    const { queue, accept, rest } = open()
    queue.assign({ 'events.run1': [0] })
    accept(0, [7, 8], 9)
    expect(rest()).toEqual(['m7', 'm8'])
    accept(0, [0, 1], 2)
    expect(rest()).toEqual(['m0', 'm1'])
  })

  test('is full above the limit, and says when it no longer is', () => {
    const { queue, accept, take, events } = open(2)
    queue.assign({ 'events.run1': [0] })
    accept(0, [0, 1], 4)
    expect(queue.isFull).toBe(false)
    accept(0, [2, 3], 4)
    expect(queue.isFull).toBe(true)
    take()
    expect([queue.isFull, events.includes('room')]).toEqual([true, false])
    take()
    expect([queue.isFull, events.at(-1)]).toEqual([false, 'room'])
  })

  test('settles nothing after close', async () => {
    const { queue, accept, take } = open()
    accept(0, [0], 1)
    const unacked = take()
    queue.close()
    await expect(unacked.settle('ack')).rejects.toMatchObject({ code: 'closed' })
  })

  test('of a topic made anew hands out every message as new, after what was read of the former one', async () => {
    const { queue, accept, take, uncommitted } = open()
    queue.assign({ 'events.run1': [0] })
    accept(0, [0, 1, 2], 5)
    const first = take()
    expect(queue.renew('events.run1')).toBe(2n)
    accept(0, [0, 1, 2, 3, 4, 5, 6], 7)
    const rest = Array.from({ length: 8 }, take)
    expect(rest.map((one) => [valueOf(one), one.metadata['redelivered']])).toEqual(
      ['m1', 'm2', 'm0', 'm1', 'm2', 'm3', 'm4', 'm5'].map((value) => [value, false]),
    )
    // What is settled of the former topic moves no commit; what is rejected comes again.
    await first.settle('ack')
    expect(uncommitted()).toEqual([undefined])
    await rest[0]?.settle('reject')
    expect(take().metadata).toMatchObject({ offset: '1', redelivered: true })
    await rest[2]?.settle('ack')
    expect(uncommitted()).toEqual(['1'])
  })

  test('of a partition that is shorter than what was read of it: redelivered where the broker says that it is the same topic', () => {
    for (const identified of [true, false]) {
      const { queue, accept, take } = open(100, identified)
      queue.assign({ 'events.run1': [0] })
      accept(0, [0, 1, 2], 3)
      for (let n = 0; n < 3; n++) take()
      accept(0, [0, 1], 2)
      expect(take().metadata['redelivered']).toBe(identified)
    }
  })
})
