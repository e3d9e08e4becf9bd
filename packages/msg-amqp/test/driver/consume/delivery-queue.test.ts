import { describe, expect, test } from 'vitest'
import { deliveryQueue, type DeliveryQueue, type Unacked } from '../../../src/driver/consume/delivery-queue.ts'
import { delivered } from '../../support/messages.ts'

const acks = { ended: false, settled: 0, ack() {}, nack() {}, flush() {}, end() {} }

/** A message with this body, at this place of its arrival. */
function arrived(position: number, body: string, redelivered = false): Unacked {
  const message = delivered(position)
  return {
    message: { ...message, content: Buffer.from(body), fields: { ...message.fields, redelivered } },
    raw: { deliveryTag: position, routingKey: Buffer.from('k'), properties: Buffer.alloc(2) },
    position,
    acks,
  }
}

/** A queue whose time is up when the test says so. */
function queueWithTime(answered = async () => {}): {
  queue: DeliveryQueue
  changes: number[]
  timeIsUp: () => Promise<void>
} {
  const running = new Set<() => void>()
  const changes: number[] = []
  const queue = deliveryQueue({
    timers: {
      after(_ms, run) {
        running.add(run)
        return () => running.delete(run)
      },
    },
    timeoutMs: 1,
    answered,
    changed: () => changes.push(1),
  })
  return { queue, changes, timeIsUp: async () => running.forEach((run) => run()) }
}

const take = (queue: DeliveryQueue): string | undefined => queue.shift()?.message.content.toString()

describe('what was received and not handed out', () => {
  test('a rejected message comes again in its place: nothing behind it goes before', () => {
    const { queue } = queueWithTime()
    const rejected = arrived(0, 'a')
    queue.push(rejected)
    queue.push(arrived(1, 'b'))
    expect(take(queue)).toBe('a')
    queue.awaitReturn(rejected)
    expect([queue.next, take(queue)]).toEqual([undefined, undefined])
    queue.push(arrived(2, 'c'))
    queue.push(arrived(3, 'a', true))
    expect([queue.next, take(queue), take(queue), take(queue), take(queue)]).toEqual([0, 'a', 'b', 'c', undefined])
  })

  test('what is in front of it is not held up', () => {
    const { queue } = queueWithTime()
    for (const [position, body] of ['a', 'b', 'c'].entries()) queue.push(arrived(position, body))
    take(queue)
    const rejected = queue.shift()!
    queue.awaitReturn(rejected)
    queue.awaitReturn(arrived(0, 'a'))
    queue.push(arrived(3, 'b', true))
    expect(take(queue)).toBeUndefined()
    queue.push(arrived(4, 'a', true))
    expect([take(queue), take(queue), take(queue)]).toEqual(['a', 'b', 'c'])
  })

  test('one that does not come again holds the others up until the time is up', async () => {
    const { queue, changes, timeIsUp } = queueWithTime()
    const rejected = arrived(0, 'a')
    queue.push(rejected)
    queue.push(arrived(1, 'b'))
    take(queue)
    queue.awaitReturn(rejected)
    await timeIsUp()
    expect([changes.length, take(queue)]).toEqual([1, 'b'])
  })

  test('a broker that is slower than the time is waited for: nothing goes before the message', async () => {
    const answer = Promise.withResolvers<void>()
    const { queue, timeIsUp } = queueWithTime(() => answer.promise)
    const rejected = arrived(0, 'a')
    queue.push(rejected)
    queue.push(arrived(1, 'b'))
    take(queue)
    queue.awaitReturn(rejected)
    await timeIsUp()
    expect(take(queue)).toBeUndefined()
    queue.push(arrived(2, 'a', true))
    answer.resolve()
    await answer.promise
    expect([take(queue), take(queue)]).toEqual(['a', 'b'])
  })

  test('a message that is given back here comes again at once, in its place', () => {
    const { queue } = queueWithTime()
    for (const [position, body] of ['a', 'b', 'c'].entries()) queue.push(arrived(position, body))
    take(queue)
    const second = queue.shift()!
    queue.giveBack(second)
    queue.giveBack(arrived(0, 'a'))
    expect([take(queue), take(queue), take(queue), take(queue)]).toEqual(['a', 'b', 'c', undefined])
  })

  test('another message with its bytes that is not redelivered is another message', () => {
    const { queue } = queueWithTime()
    const rejected = arrived(0, 'a')
    queue.awaitReturn(rejected)
    queue.push(arrived(1, 'a'))
    expect(take(queue)).toBeUndefined()
    queue.push(arrived(2, 'a', true))
    expect([queue.shift()?.message.fields.deliveryTag, queue.shift()?.message.fields.deliveryTag]).toEqual([2, 1])
  })

  test('drained, it holds no place free', async () => {
    const { queue, timeIsUp } = queueWithTime()
    queue.push(arrived(1, 'b'))
    queue.awaitReturn(arrived(0, 'a'))
    queue.push(arrived(2, 'a', true))
    expect(queue.drain().map(({ message }) => message.content.toString())).toEqual(['b', 'a'])
    await timeIsUp()
    queue.push(arrived(3, 'c'))
    expect(take(queue)).toBe('c')
  })
})
