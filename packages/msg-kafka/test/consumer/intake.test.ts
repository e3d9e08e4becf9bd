import { decodeEnvelope, type Delivery } from '@x07-lab/msg-core'
import type { KafkaMessage } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { Intake } from '../../src/consumer/intake.ts'

const record = (offset: number): KafkaMessage => ({
  key: null,
  value: Buffer.from(`m${offset}`),
  headers: {},
  offset: String(offset),
  timestamp: '1700000000000',
  attributes: 0,
})

function open(limit = 100) {
  const events: string[] = []
  const intake = new Intake({
    endpoint: 'kafka_v1',
    logical: (physical) => physical.replace('.run1', ''),
    limit,
    onArrival: () => void events.push('arrival'),
    onSettled: () => void events.push('settled'),
    onRoom: () => void events.push('room'),
  })
  const accept = (partition: number, offsets: readonly number[], end: number): void =>
    intake.accept({
      topic: 'events.run1',
      partition,
      messages: offsets.map(record),
      highWatermark: String(end),
    })
  const take = (): Delivery => {
    const delivery = intake.take()
    if (delivery === undefined) throw new Error('there is no delivery')
    return delivery
  }
  const rest = (): string[] => {
    const values: string[] = []
    for (let one = intake.take(); one !== undefined; one = intake.take()) values.push(valueOf(one))
    return values
  }
  const uncommitted = (): (string | undefined)[] => [...intake.feeds].map((feed) => feed.uncommitted)
  return { intake, events, accept, take, rest, uncommitted }
}

function valueOf({ envelope }: Delivery): string {
  return String(Buffer.from(decodeEnvelope(envelope).value ?? []))
}

describe('an intake', () => {
  test('hands out in the order of the fetches, under the logical topic, with what the broker said', () => {
    const { intake, accept, take, rest } = open()
    intake.assign({ 'events.run1': [0, 1] })
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
    const { intake, take, uncommitted } = open()
    intake.assign({ 'events.run1': [0] })
    const message = { ...record(0), offset: '9007199254740993' }
    intake.accept({ topic: 'events.run1', partition: 0, messages: [message], highWatermark: '9007199254740999' })
    const delivery = take()
    expect(delivery.metadata).toMatchObject({ offset: '9007199254740993', lag: '5' })
    void delivery.settle('ack')
    expect(uncommitted()).toEqual(['9007199254740994'])
  })

  test('commits up to the first message that is not settled, whatever the order of settling', async () => {
    const { intake, accept, take, uncommitted, events } = open()
    intake.assign({ 'events.run1': [0] })
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
    const { intake, accept, take, rest, uncommitted } = open()
    intake.assign({ 'events.run1': [0] })
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
    const { intake, accept, take, rest, uncommitted } = open()
    intake.assign({ 'events.run1': [0] })
    accept(0, [0, 1, 2], 3)
    const held = take()
    intake.assign({ 'events.run1': [0] })
    accept(0, [0, 1, 2, 3], 4)
    expect(rest()).toEqual(['m1', 'm2', 'm3'])
    await held.settle('ack')
    expect(uncommitted()).toEqual(['1'])
  })

  test('gives up a partition that was given to another member: its deliveries cannot be settled', async () => {
    const { intake, accept, take, rest } = open()
    intake.assign({ 'events.run1': [0, 1] })
    accept(0, [0, 1], 2)
    accept(1, [0], 1)
    const held = take()
    await take().settle('reject')
    intake.assign({ 'events.run1': [1] })
    await expect(held.settle('ack')).rejects.toMatchObject({
      code: 'connection_lost',
      retryable: true,
      message:
        'settle offset 0 of events/0 on kafka_v1: the partition was given to another member of the group, which gets the message again',
    })
    expect(rest()).toEqual(['m0'])
    expect([...intake.feeds].map(({ partition }) => partition)).toEqual([1])
  })

  test('marks as redelivered what comes again from a partition that went away and came back', () => {
    const { intake, accept, take } = open()
    intake.assign({ 'events.run1': [0] })
    accept(0, [0, 1], 2)
    take()
    intake.assign({})
    intake.assign({ 'events.run1': [0] })
    accept(0, [0, 1], 2)
    expect([take(), take()].map(({ metadata: { redelivered, rebalances } }) => [redelivered, rebalances])).toEqual([
      [true, 2],
      [false, 2],
    ])
  })

  test('starts anew with a partition that has become shorter than what was read of it', () => {
    const { intake, accept, rest } = open()
    intake.assign({ 'events.run1': [0] })
    accept(0, [7, 8], 9)
    expect(rest()).toEqual(['m7', 'm8'])
    accept(0, [0, 1], 2)
    expect(rest()).toEqual(['m0', 'm1'])
  })

  test('is full above the limit, and says when it no longer is', () => {
    const { intake, accept, take, events } = open(2)
    intake.assign({ 'events.run1': [0] })
    accept(0, [0, 1], 4)
    expect(intake.isFull).toBe(false)
    accept(0, [2, 3], 4)
    expect(intake.isFull).toBe(true)
    take()
    expect([intake.isFull, events.includes('room')]).toEqual([true, false])
    take()
    expect([intake.isFull, events.at(-1)]).toEqual([false, 'room'])
  })

  test('settles nothing after close', async () => {
    const { intake, accept, take } = open()
    accept(0, [0], 1)
    const held = take()
    intake.close()
    await expect(held.settle('ack')).rejects.toMatchObject({ code: 'closed' })
  })
})
