import type { Delivery, Driver } from '@x07-lab/msg-core'
import { describe, test } from 'vitest'
import { amqpBroker } from '../support/broker.ts'
import { each, message, recordAndReplay, take, text } from '../support/scenario.ts'

const broker = await amqpBroker()

/** A program over a topology: what it gives is what it saw. */
interface Scenario {
  readonly title: string
  /** Without version and id. */
  readonly topology: Readonly<Record<string, unknown>>
  readonly program: (driver: Driver) => Promise<unknown>
  readonly seen: unknown
}

const deadLetter = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' }

const scenarios: readonly Scenario[] = [
  {
    title: 'a discarded delivery goes to the dead-letter queue',
    topology: { queues: [{ name: 'work', arguments: deadLetter }, { name: 'dead' }] },
    async program(driver) {
      await driver.publish(message('', 'work', 'bad'))
      const seen: unknown[] = []
      await each(driver, async (delivery, { value, headers }) => {
        const { queue } = delivery.metadata
        seen.push([queue, text(value), headers.map(([name]) => name)])
        await delivery.settle(queue === 'work' ? 'discard' : 'ack')
        return queue === 'dead'
      })
      return seen
    },
    seen: [
      ['work', 'bad', []],
      ['dead', 'bad', ['x-death', 'x-first-death-exchange', 'x-first-death-queue', 'x-first-death-reason']],
    ],
  },
  {
    title: 'a message that is not consumed in time goes to the dead-letter queue',
    topology: {
      queues: [{ name: 'slow', arguments: { ...deadLetter, 'x-message-ttl': 20 } }, { name: 'dead' }],
      consumers: [{ queue: 'dead' }],
    },
    async program(driver) {
      await driver.publish(message('', 'slow', 'late'))
      return take(driver, 1)
    },
    seen: ['dead late'],
  },
  {
    title: 'a quorum queue drops a message at its delivery limit, and none of its neighbours',
    topology: { queues: [{ name: 'q', arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 } }] },
    async program(driver) {
      for (const body of ['poison', 'good-1', 'good-2']) await driver.publish(message('', 'q', body))
      const seen: string[] = []
      await each(driver, async (delivery, { value }) => {
        seen.push(text(value))
        await delivery.settle(text(value) === 'poison' ? 'reject' : 'ack')
        return text(value) === 'good-2'
      })
      return seen
    },
    seen: ['poison', 'poison', 'poison', 'good-1', 'good-2'],
  },
  {
    title: 'polled in rounds, a quorum queue counts no delivery that nobody saw',
    topology: { queues: [{ name: 'q', arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1 } }] },
    async program(driver) {
      for (let n = 0; n < 5; n++) await driver.publish(message('', 'q', String(n)))
      const seen: string[] = []
      for (let round = 0; round < 5; round++) seen.push(...(await take(driver, 1)))
      return seen
    },
    seen: ['q 0', 'q 1', 'q 2', 'q 3', 'q 4'],
  },
  {
    title: 'a stream is read from its beginning',
    topology: {
      queues: [{ name: 's', arguments: { 'x-queue-type': 'stream' } }],
      consumers: [{ queue: 's', prefetch: 10, arguments: { 'x-stream-offset': 'first' } }],
    },
    async program(driver) {
      for (const body of ['a', 'b']) await driver.publish(message('', 's', body))
      return take(driver, 2)
    },
    seen: ['s a', 's b'],
  },
  {
    title: 'a stream, which takes nothing back: what is rejected comes again, what is discarded does not, rounds go on',
    topology: {
      queues: [{ name: 's', arguments: { 'x-queue-type': 'stream' } }],
      consumers: [{ queue: 's', prefetch: 10, arguments: { 'x-stream-offset': 'first' } }],
    },
    async program(driver) {
      for (const body of ['a', 'b', 'c', 'd']) await driver.publish(message('', 's', body))
      const seen: string[] = []
      for (let round = 0; round < 2; round++) {
        await each(driver, async (delivery, { value }) => {
          const { redelivered } = delivery.metadata
          seen.push(`${round} ${text(value)}${redelivered === true ? ' again' : ''}`)
          await delivery.settle(text(value) === 'c' ? 'discard' : redelivered === true ? 'ack' : 'reject')
          return seen.length === 4 || (text(value) === 'd' && redelivered === true)
        })
      }
      return seen
    },
    seen: ['0 a', '0 a again', '0 b', '0 b again', '1 c', '1 d', '1 d again'],
  },
  {
    title: 'a full queue refuses a publish',
    topology: { queues: [{ name: 'full', arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } }] },
    async program(driver) {
      const first = await driver.publish(message('', 'full', '1'))
      return [first, await driver.publish(message('', 'full', '2'))]
    },
    seen: [
      { status: 'confirmed', answer: { exchange: '' } },
      { status: 'refused', reason: 'nack: the broker could not take the message' },
    ],
  },
  {
    title: 'the higher priority comes first',
    topology: { queues: [{ name: 'p', arguments: { 'x-max-priority': 5 } }] },
    async program(driver) {
      await driver.publish(message('', 'p', 'low', { properties: { priority: 1 } }))
      await driver.publish(message('', 'p', 'high', { properties: { priority: 5 } }))
      return take(driver, 2)
    },
    seen: ['p high', 'p low'],
  },
  {
    title: 'a headers exchange looks at the arguments of its bindings',
    topology: {
      exchanges: [{ name: 'h', type: 'headers' }],
      queues: [{ name: 'red' }, { name: 'big' }],
      bindings: [
        { exchange: 'h', queue: 'red', arguments: { 'x-match': 'all', colour: 'red' } },
        { exchange: 'h', queue: 'big', arguments: { 'x-match': 'any', size: { type: 'int32', value: 7 }, huge: true } },
      ],
    },
    async program(driver) {
      await driver.publish(message('h', '', 'one', { headers: [['colour', 'red']] }))
      await driver.publish(message('h', '', 'two', { headers: [['size', { type: 'int32', value: 7 }]] }))
      return (await take(driver, 2)).toSorted()
    },
    seen: ['big two', 'red one'],
  },
  {
    title: 'an exchange is bound to another, and has an alternate for what it cannot route',
    topology: {
      exchanges: [
        { name: 'in', type: 'topic', arguments: { 'alternate-exchange': 'rest' } },
        { name: 'out', type: 'fanout', internal: true, auto_delete: false, durable: false },
        { name: 'rest', type: 'fanout' },
      ],
      queues: [{ name: 'orders', durable: false }, { name: 'others' }],
      bindings: [
        { exchange: 'in', to_exchange: 'out', routing_key: 'order.#' },
        { exchange: 'out', queue: 'orders' },
        { exchange: 'rest', queue: 'others' },
      ],
    },
    async program(driver) {
      await driver.publish(message('in', 'order.new', 'one'))
      await driver.publish(message('in', 'unknown', 'two'))
      return (await take(driver, 2)).toSorted()
    },
    seen: ['orders one', 'others two'],
  },
  {
    title: 'a queue that the broker names is exclusive to the connection',
    topology: {
      exchanges: [{ name: 'news', type: 'fanout', auto_delete: true, durable: false }],
      queues: [{ name: 'mine', server_named: true, exclusive: true, auto_delete: true }],
      bindings: [{ exchange: 'news', queue: 'mine' }],
      consumers: [{ queue: 'mine', exclusive: true }],
    },
    async program(driver) {
      await driver.ensureTopology()
      await driver.publish(message('news', '', 'hello'))
      await driver.publish(message('', 'mine', 'by name'))
      return take(driver, 2)
    },
    seen: ['mine hello', 'mine by name'],
  },
  {
    title: 'a reply comes over the direct reply-to',
    topology: {
      queues: [{ name: 'requests' }],
      consumers: [{ queue: 'requests' }, { queue: 'amq.rabbitmq.reply-to', no_ack: true }],
    },
    async program(driver) {
      const properties = { replyTo: 'amq.rabbitmq.reply-to', correlationId: 'c-1' }
      await driver.publish(message('', 'requests', 'ping', { properties }))
      const seen: unknown[] = []
      await each(driver, async (delivery, { value, properties: got }) => {
        seen.push([delivery.metadata['queue'], text(value), got?.['correlationId']])
        await delivery.settle('ack')
        if (text(value) === 'pong') return true
        const { replyTo, ...others } = got ?? {}
        const to = typeof replyTo === 'string' ? replyTo : ''
        seen.push(await driver.publish(message('', to, 'pong', { properties: others })))
        return false
      })
      return seen
    },
    seen: [
      ['requests', 'ping', 'c-1'],
      { status: 'confirmed', answer: { exchange: '' } },
      ['amq.rabbitmq.reply-to', 'pong', 'c-1'],
    ],
  },
  {
    title: 'a message that no queue takes is an answer where the topology says so',
    topology: {
      exchanges: [
        { name: 'asked', type: 'direct', unroutable: 'answer' },
        { name: 'plain', type: 'direct' },
      ],
      queues: [{ name: 'q' }],
      bindings: [{ exchange: 'asked', queue: 'q', routing_key: 'k' }],
    },
    async program(driver) {
      const results = []
      for (const [topic, key] of [
        ['asked', 'k'],
        ['asked', 'other'],
        ['plain', 'k'],
      ] as const) {
        results.push(await driver.publish(message(topic, key, 'x')))
      }
      return results
    },
    seen: [
      { status: 'confirmed', answer: { exchange: 'asked' } },
      { status: 'confirmed', answer: { exchange: 'asked', routed: false } },
      { status: 'refused', reason: '312 NO_ROUTE: no queue takes it from exchange plain' },
    ],
  },
  {
    title:
      'several consumers have a prefetch each, one takes without acks, and an open delivery of one holds up none of the others',
    topology: {
      queues: [{ name: 'a' }, { name: 'b' }, { name: 'fast' }],
      consumers: [
        { queue: 'a', prefetch: 1 },
        { queue: 'b', prefetch: 2 },
        { queue: 'fast', no_ack: true },
      ],
    },
    async program(driver) {
      for (const queue of ['a', 'b', 'fast']) {
        for (let n = 0; n < 3; n++) await driver.publish(message('', queue, String(n)))
      }
      const open: Delivery[] = []
      const seen: string[] = []
      await each(driver, async (delivery, { value }) => {
        const { queue } = delivery.metadata
        seen.push(`${String(queue)} ${text(value)}`)
        if (queue === 'fast') await delivery.settle('ack')
        else open.push(delivery)
        return seen.length === 6
      })
      for (const delivery of open) await delivery.settle('ack')
      return seen.toSorted()
    },
    seen: ['a 0', 'b 0', 'b 1', 'fast 0', 'fast 1', 'fast 2'],
  },
]

describe.skipIf(broker === undefined)('topologies as people have them, recorded and replayed', () => {
  test.each(scenarios)('$title', ({ topology, program, seen }) =>
    recordAndReplay(broker?.port ?? 0, { app: topology }, ({ app }) => program(app), seen),
  )
})
