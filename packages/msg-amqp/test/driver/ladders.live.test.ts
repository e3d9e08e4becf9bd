import type { HeaderValue } from '@x07-lab/msg-core'
import { describe, test } from 'vitest'
import { amqpBroker } from '../support/broker.ts'
import { each, message, recordAndReplay, take, text } from '../support/scenario.ts'

const broker = await amqpBroker()
const port = broker?.port ?? 0

const confirmed = { status: 'confirmed', answer: { exchange: '' } }

describe.skipIf(broker === undefined)('topologies that send messages round and on, recorded and replayed', () => {
  test('a ladder of retries: a pause by time to live, a longer one, then a queue for a person', () => {
    const backTo = (queue: string, after: number) => ({
      'x-message-ttl': after,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': queue,
    })
    const topology = {
      exchanges: [
        { name: 'jobs', type: 'topic' },
        { name: 'retry', type: 'direct' },
      ],
      queues: [
        { name: 'work', arguments: { 'x-dead-letter-exchange': 'retry', 'x-dead-letter-routing-key': 'soon' } },
        { name: 'soon', arguments: backTo('work', 20) },
        { name: 'later', arguments: backTo('work', 40) },
        { name: 'parked' },
      ],
      bindings: [
        { exchange: 'jobs', queue: 'work', routing_key: 'job.*' },
        { exchange: 'retry', queue: 'soon', routing_key: 'soon' },
        { exchange: 'retry', queue: 'later', routing_key: 'later' },
      ],
      consumers: [{ queue: 'work', prefetch: 2 }, { queue: 'parked' }],
    }
    return recordAndReplay(
      port,
      { app: topology },
      async ({ app }) => {
        await app.publish(message('jobs', 'job.a', 'bad', { headers: [['tenant', 't1']] }))
        await app.publish(message('jobs', 'job.b', 'good'))
        const seen: string[] = []
        await each(app, async (delivery, { value, headers }) => {
          const { queue } = delivery.metadata
          const named = new Map<string, HeaderValue>(headers)
          const deaths = deathsOf(named.get('x-death'))
          seen.push(`${String(queue)} ${text(value)} ${word(named.get('tenant'))} ${deaths.join(' ')}`.trim())
          if (text(value) === 'bad' && queue === 'work' && deaths.length === 0) {
            await delivery.settle('discard')
            return false
          }
          if (text(value) === 'bad' && queue === 'work') {
            const [exchange, key] = deaths.some((death) => death.startsWith('later'))
              ? ['', 'parked']
              : ['retry', 'later']
            await app.publish(message(exchange, key, 'bad', { headers }))
          }
          await delivery.settle('ack')
          return queue === 'parked'
        })
        return seen
      },
      [
        'work bad t1',
        'work good -',
        'work bad t1 soon.expired.1 work.rejected.1',
        'work bad t1 later.expired.1 soon.expired.1 work.rejected.1',
        'parked bad t1 later.expired.1 soon.expired.1 work.rejected.1',
      ],
    )
  })

  test('a queue that delays, by the time to live of each message: a longer one holds up those behind it', () =>
    recordAndReplay(
      port,
      {
        app: {
          queues: [
            {
              name: 'delay',
              arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'due', 'x-expires': 600_000 },
            },
            { name: 'due', arguments: { 'x-queue-mode': 'lazy' } },
          ],
          consumers: [{ queue: 'due' }],
        },
      },
      async ({ app }) => {
        for (const expiration of ['60', '10', '0']) {
          await app.publish(message('', 'delay', expiration, { properties: { expiration, priority: 1 } }))
        }
        const seen: unknown[] = []
        await each(app, async (delivery, { value, properties }) => {
          seen.push([text(value), properties])
          await delivery.settle('ack')
          return seen.length === 3
        })
        return seen
      },
      // RabbitMQ keeps the expiration in x-death, so that it does not count again.
      ['60', '10', '0'].map((value) => [value, { priority: 1 }]),
    ))

  test('headers are matched with those that begin with x-, by type, or for being there', () =>
    recordAndReplay(
      port,
      {
        app: {
          exchanges: [{ name: 'h', type: 'headers' }],
          queues: ['any', 'all', 'there'].map((name) => ({ name })),
          bindings: [
            { exchange: 'h', queue: 'any', arguments: { 'x-match': 'any-with-x', 'x-tenant': 'a', other: 1 } },
            {
              exchange: 'h',
              queue: 'all',
              arguments: { 'x-match': 'all-with-x', 'x-tenant': 'a', size: { type: 'int64', value: '5' } },
            },
            { exchange: 'h', queue: 'there', arguments: { 'x-match': 'any', trace: null } },
          ],
        },
      },
      async ({ app }) => {
        const sent: readonly (readonly [string, HeaderValue])[][] = [
          [['x-tenant', 'a']],
          [
            ['x-tenant', 'a'],
            ['size', { type: 'int64', value: '5' }],
          ],
          [['trace', { type: 'double', value: 1.5 }]],
        ]
        for (const headers of sent)
          await app.publish(message('h', '', String(headers.map(([name]) => name)), { headers }))
        return (await take(app, 4)).toSorted()
      },
      ['all x-tenant,size', 'any x-tenant', 'any x-tenant,size', 'there trace'],
    ))

  test("exchanges behind exchanges, the broker's own among them, and an alternate behind each", () =>
    recordAndReplay(
      port,
      {
        app: {
          exchanges: [
            { name: 'in', type: 'topic', arguments: { 'alternate-exchange': 'unrouted' } },
            { name: 'eu', type: 'direct', internal: true, arguments: { 'alternate-exchange': 'unrouted' } },
            { name: 'audit', type: 'fanout', internal: true },
            { name: 'unrouted', type: 'fanout', internal: true },
          ],
          queues: [{ name: 'de' }, { name: 'log' }, { name: 'lost', arguments: { 'x-max-length': 10 } }],
          bindings: [
            { exchange: 'in', to_exchange: 'eu', routing_key: 'eu.*' },
            { exchange: 'in', to_exchange: 'audit', routing_key: '#.paid' },
            { exchange: 'amq.topic', to_exchange: 'audit', routing_key: 'no.one.publishes.this' },
            { exchange: 'eu', queue: 'de', routing_key: 'eu.paid' },
            { exchange: 'audit', queue: 'log' },
            { exchange: 'unrouted', queue: 'lost' },
          ],
        },
      },
      async ({ app }) => {
        for (const key of ['eu.paid', 'eu.open', 'us.paid', 'us.open']) await app.publish(message('in', key, key))
        return (await take(app, 5)).toSorted()
      },
      ['de eu.paid', 'log eu.paid', 'log us.paid', 'lost eu.open', 'lost us.open'],
    ))

  test('a stream is read from an offset by one driver, and from the last chunk by another', () => {
    const stream = { name: 's', arguments: { 'x-queue-type': 'stream', 'x-max-age': '1D' } }
    const from = (offset: unknown) => ({
      queues: [stream],
      consumers: [{ queue: 's', prefetch: 10, arguments: { 'x-stream-offset': offset } }],
    })
    return recordAndReplay(
      port,
      { second: from(1), last: from('last'), since: from({ type: 'timestamp', value: '1600000000' }) },
      async ({ second, last, since }) => {
        for (const body of ['a', 'b', 'c']) await second.publish(message('', 's', body))
        return [await take(second, 2), await take(last, 1), await take(since, 3)]
      },
      [['s b', 's c'], ['s c'], ['s a', 's b', 's c']],
    )
  })

  test('of several consumers one is active, and takes the highest priority first', () => {
    const queue = { name: 'sac', arguments: { 'x-single-active-consumer': true, 'x-max-priority': 3 } }
    const consumers = [{ queue: 'sac', prefetch: 1 }]
    return recordAndReplay(
      port,
      { one: { queues: [queue], consumers }, other: { queues: [queue], consumers } },
      async ({ one, other }) => {
        for (const priority of [0, 3, 1, 2]) {
          await one.publish(message('', 'sac', String(priority), { properties: { priority } }))
        }
        return [await take(one, 2), await take(other, 2)]
      },
      [
        ['sac 3', 'sac 2'],
        ['sac 1', 'sac 0'],
      ],
    )
  })

  test('a server answers over the direct reply-to of another connection, and its replies count as confirmed', () =>
    recordAndReplay(
      port,
      {
        client: {
          queues: [{ name: 'rpc', durable: false }],
          consumers: [{ queue: 'amq.rabbitmq.reply-to', no_ack: true }],
        },
        server: { queues: [{ name: 'rpc', durable: false }] },
      },
      async ({ client, server }) => {
        const answers: unknown[] = []
        const serving = each(server, async (delivery, { value, properties }) => {
          const { replyTo, correlationId = '' } = properties ?? {}
          const reply = message('', word(replyTo), `re ${text(value)}`, { properties: { correlationId } })
          answers.push(await server.publish(reply))
          await delivery.settle('ack')
          return answers.length === 2
        })
        const replies: string[] = []
        const hearing = each(client, async (delivery, { value, properties }) => {
          replies.push(`${word(properties?.['correlationId'])} ${text(value)}`)
          await delivery.settle('ack')
          return replies.length === 2
        })
        for (const correlationId of ['x', 'y']) {
          const properties = { replyTo: 'amq.rabbitmq.reply-to', correlationId }
          await client.publish(message('', 'rpc', correlationId, { properties }))
        }
        await Promise.all([serving, hearing])
        return [answers, replies]
      },
      [
        [confirmed, confirmed],
        ['x re x', 'y re y'],
      ],
    ))

  test('a quorum queue dead-letters at its delivery limit at least once, and refuses what is too much', () =>
    recordAndReplay(
      port,
      {
        app: {
          exchanges: [{ name: 'dlx', type: 'direct' }],
          queues: [
            {
              name: 'q',
              arguments: {
                'x-queue-type': 'quorum',
                'x-quorum-initial-group-size': 1,
                'x-delivery-limit': 1,
                'x-dead-letter-exchange': 'dlx',
                'x-dead-letter-routing-key': 'q.dead',
                'x-dead-letter-strategy': 'at-least-once',
                'x-overflow': 'reject-publish',
              },
            },
            { name: 'dead', arguments: { 'x-queue-type': 'quorum' } },
          ],
          bindings: [{ exchange: 'dlx', queue: 'dead', routing_key: 'q.dead' }],
        },
      },
      async ({ app }) => {
        for (const body of ['a', 'poison', 'b']) await app.publish(message('', 'q', body))
        const seen: string[] = []
        await each(app, async (delivery, { value }) => {
          const { queue, redelivered } = delivery.metadata
          seen.push(`${String(queue)} ${text(value)}${redelivered === true ? ' again' : ''}`)
          await delivery.settle(queue === 'q' && text(value) === 'poison' ? 'reject' : 'ack')
          return seen.length === 5
        })
        return [seen.filter((line) => line.startsWith('q ')), seen.filter((line) => line.startsWith('dead '))]
      },
      [['q a', 'q poison', 'q poison again', 'q b'], ['dead poison']],
    ))

  test('what a short queue drops goes on to another, what it refuses is refused', () => {
    const over = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'over' }
    return recordAndReplay(
      port,
      {
        app: {
          queues: [
            { name: 'bytes', arguments: { ...over, 'x-max-length-bytes': 6, 'x-overflow': 'reject-publish-dlx' } },
            { name: 'head', arguments: { ...over, 'x-max-length': 2 } },
            { name: 'over' },
          ],
          consumers: [{ queue: 'over', arguments: { 'x-priority': 10 } }],
        },
      },
      async ({ app }) => {
        const answers = []
        for (const body of ['aaa', 'bbbb', 'ccc']) answers.push((await app.publish(message('', 'bytes', body))).status)
        for (const body of ['1', '2', '3']) answers.push((await app.publish(message('', 'head', body))).status)
        return [answers, (await take(app, 2)).toSorted()]
      },
      [
        ['confirmed', 'refused', 'confirmed', 'confirmed', 'confirmed', 'confirmed'],
        ['over 1', 'over bbbb'],
      ],
    )
  })
})

/** A text among values of any type, `-` for what is none. */
function word(value: unknown): string {
  return typeof value === 'string' ? value : '-'
}

/** Queue, reason and count of each entry of x-death, which is a list of tables; RabbitMQ reorders it. */
function deathsOf(value: HeaderValue | undefined): string[] {
  const typed = (json: unknown): unknown => (isTyped(json) ? json.value : json)
  const tables = typed(value)
  return (Array.isArray(tables) ? tables : [])
    .map((table) => {
      const entry = new Map(typed(table) as [string, unknown][])
      const queue = String(entry.get('queue')).split('.')[0]
      return [queue, entry.get('reason'), typed(entry.get('count'))].join('.')
    })
    .toSorted()
}

function isTyped(json: unknown): json is { readonly value: unknown } {
  return typeof json === 'object' && json !== null && 'value' in json
}
