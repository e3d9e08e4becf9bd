import { describe, expect, test } from 'vitest'
import { readAmqpUrl } from '../../../src/driver/config/url.ts'
import { openAmqp, readAmqpTopology } from '../../../src/index.ts'

const head = { schema_version: 'vcr.amqp.topology@0.1.0', id: 'app', v: 1 }

function refusal(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

describe('a topology document in full', () => {
  test('is read with the names that a program uses', () => {
    expect(
      readAmqpTopology({
        ...head,
        unroutable: 'answer',
        exchanges: [{ name: 'x', type: 'x-delayed-message', auto_delete: true }],
        queues: [{ name: 'q', server_named: true, exclusive: true, arguments: { 'x-max-length': 5 } }],
        bindings: [{ exchange: 'x', to_exchange: 'x' }],
        consumers: [{ queue: 'q', no_ack: true, prefetch: 3 }],
      }),
    ).toEqual({
      id: 'app',
      v: 1,
      unroutable: 'answer',
      exchanges: [{ name: 'x', type: 'x-delayed-message', autoDelete: true }],
      queues: [{ name: 'q', serverNamed: true, exclusive: true, arguments: { 'x-max-length': 5 } }],
      bindings: [{ exchange: 'x', toExchange: 'x' }],
      consumers: [{ queue: 'q', noAck: true, prefetch: 3 }],
    })
  })

  test.each([
    [
      { queues: [{ name: 'q', max_length: 5 }] },
      'queues[0] has an unknown field "max_length", it may have name, server_named, durable, exclusive, auto_delete, passive, arguments',
    ],
    [{ bindings: [{ exchange: 'x' }] }, 'bindings[0] must have one of queue and to_exchange'],
    [
      { exchanges: [{ name: 'x', type: 'direct' }], bindings: [{ exchange: 'x', to_exchange: 'y' }] },
      'bindings[0] names exchange "y", which is not declared in it',
    ],
    [{ consumers: [{ queue: 'q' }] }, 'consumers[0] names queue "q", which is not declared in it'],
    [
      { consumers: [{ queue: 'amq.rabbitmq.reply-to' }] },
      'consumers[0] takes from amq.rabbitmq.reply-to and must be no_ack',
    ],
    [
      { queues: [{ name: 'q', server_named: true, passive: true }] },
      'queues[0] is server_named and passive: a name to look for is missing',
    ],
    [{ queues: [{ name: 'q' }, { name: 'q', durable: false }] }, 'queues[1].name is "q", which is there twice'],
    [{ queues: [{ name: 'é'.repeat(128) }] }, 'queues[0].name is 256 bytes of UTF-8, AMQP carries at most 255'],
  ])('is refused by the field that is wrong: %#', (fields, reason) => {
    expect(refusal(() => readAmqpTopology({ ...head, ...fields }))).toBe(`read AMQP topology: ${reason}`)
  })

  const named = (list: string, item: object, name: string, more: object = {}) =>
    refusal(() => readAmqpTopology({ ...head, [list]: [{ ...item, arguments: { [name]: 1, ...more } }] }))

  test.each([
    ['queues', { name: 'q' }, 'x-mesage-ttl', 'x-message-ttl'],
    ['queues', { name: 'q' }, 'message-ttl', 'x-message-ttl'],
    ['queues', { name: 'q' }, 'x-deadletter-exchange', 'x-dead-letter-exchange'],
    ['queues', { name: 'q' }, 'X-Max-Length', 'x-max-length'],
    ['queues', { name: 'q' }, 'x-delivery-limits', 'x-delivery-limit'],
    ['exchanges', { name: 'x', type: 'topic' }, 'x-alternate-exchange', 'alternate-exchange'],
    ['consumers', { queue: 'q' }, 'x-prioritiy', 'x-priority'],
    ['bindings', { exchange: 'x', queue: 'q' }, 'x-macth', 'x-match'],
  ] as const)('of %s %j, argument %s is refused: it means %s', (list, item, name, meant) => {
    expect(named(list, item, name)).toBe(
      `read AMQP topology: ${list}[0].arguments.${name} is not an argument that RabbitMQ knows, and it would pass over it; is it ${meant}?`,
    )
  })

  test.each([
    ['queues', { name: 'q' }, 'x-max-length-bytes', { 'x-max-length': 2 }],
    ['queues', { name: 'q' }, 'x-plugin-colour', {}],
    ['exchanges', { name: 'x', type: 'x-consistent-hash' }, 'hash-header', {}],
  ] as const)('of %s %j, argument %s is taken', (list, item, name, more) => {
    expect(named(list, item, name, more)).toMatchObject({ id: 'app' })
  })

  test("may bind to the broker's own exchanges without declaring them, and to a header that need only be there", () => {
    const bindings = [
      { exchange: 'amq.topic', queue: 'q', routing_key: '#' },
      { exchange: 'amq.headers', queue: 'q', arguments: { 'x-match': 'any', batch: null } },
    ]
    expect(refusal(() => readAmqpTopology({ ...head, queues: [{ name: 'q' }], bindings }))).toMatchObject({
      bindings: [{ exchange: 'amq.topic' }, { arguments: { batch: null } }],
    })
  })

  test.each([{ 'x-match': 'any-with-x', 'x-batch': 1 }, { match: 1 }])('a binding names headers: %j', (given) => {
    const binding = { exchange: 'x', queue: 'q', arguments: given }
    const declared = { exchanges: [{ name: 'x', type: 'headers' }], queues: [{ name: 'q' }] }
    expect(refusal(() => readAmqpTopology({ ...head, ...declared, bindings: [binding] }))).toMatchObject({ v: 1 })
  })

  test.each([
    { type: 'int64', value: null },
    { type: 'int32', value: 2 ** 31 },
    { type: 'long', value: '7' },
    { type: 'array', value: [] },
  ])('says what an argument may be: %j is none', (value) => {
    const fields = { queues: [{ name: 'q', arguments: { 'x-n': value } }] }
    expect(refusal(() => readAmqpTopology({ ...head, ...fields }))).toBe(
      'read AMQP topology: queues[0].arguments.x-n is not an argument of AMQP, expected text, a whole number, true or false, null for void, or ' +
        '{type, value} with type bool, int8, uint8, int16, uint16, int32, uint32, int64, timestamp (64 bits as decimal text), ' +
        'float, double or decimal',
    )
  })

  test.each([
    [1.5, '1.5'],
    [[7], 'a list'],
    [{ type: 'int32' }, 'an object'],
    [{ type: 7, value: 7 }, 'an object'],
  ])('says what an argument may be: %j has no such form', (value, shown) => {
    const fields = { exchanges: [{ name: 'x', type: 'topic', arguments: { n: value } }] }
    expect(refusal(() => readAmqpTopology({ ...head, ...fields }))).toBe(
      `read AMQP topology: exchanges[0].arguments.n is ${shown}, expected text, a whole number, true or false, null for void, or {type, value} for ` +
        'another type of AMQP',
    )
  })
})

describe("a broker's URL", () => {
  test('says where it is, who asks, and whether TLS is spoken', () => {
    const { profile, secrets, tls, heartbeatMs } = readAmqpUrl(
      'amqps://us%2Fer:pass%40word@[::1]/my%2Fhost?heartbeat=3',
      'orders',
    )
    expect(profile).toMatchObject({ id: 'orders', host: '::1', port: 5_671, vhost: 'my/host' })
    expect([secrets('username'), secrets('password'), tls, heartbeatMs]).toEqual(['us/er', 'pass@word', {}, 3_000])
    expect(readAmqpUrl('amqp://broker', 'amqp').profile).toMatchObject({ host: 'broker', port: 5_672, vhost: '/' })
  })

  test.each([
    ['http://user:hidden@host', 'it must be of the form amqp://user:password@host:port/vhost, or amqps://…'],
    ['amqp://user:hidden@host/?frameMax=1', 'parameter frameMax is not known; must be heartbeat'],
    ['amqp://user:hid%zzden@host', 'a part of it is not percent-encoded UTF-8'],
  ])('%s is refused, and its password is in no message', (url, reason) => {
    expect(refusal(() => readAmqpUrl(url, 'amqp'))).toBe(`read the broker's URL: ${reason}`)
  })

  test('goes in the place of a profile, not beside it', async () => {
    await expect(openAmqp({ topology: {} })).rejects.toMatchObject({
      code: 'invalid_config',
      message: 'open broker: give one of profile and url',
    })
  })
})
