import { DriverError } from '@x07-lab/msg-core'
import { describe, expect, test } from 'vitest'
import { credentialsOf } from '../../../src/driver/config/credentials.ts'
import { readAmqpProfile, readAmqpTopology } from '../../../src/index.ts'
import { profile } from '../../support/contracts.ts'

const profileDocument = {
  schema_version: 'x07.arch.msg.amqp.profile@0.1.0',
  id: 'local_dev_v1',
  v: 1,
  host: '127.0.0.1',
  port: 5672,
  vhost: '/',
  auth: { username_secret_id: 'user', password_secret_id: '' },
  limits: { max_body_bytes: 1_048_576, prefetch_count: 100, max_poll_items: 50 },
}

const topologyDocument = {
  schema_version: 'x07.arch.msg.amqp.topology@0.1.0',
  id: 'app_v1',
  v: 1,
  exchanges: [{ name: 'x07', type: 'topic' }],
  queues: [{ name: 'q', durable: false }],
  bindings: [{ exchange: 'x07', queue: 'q', routing_key: '' }],
}

function refusal(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof DriverError && error.code === 'invalid_config') return error.message
    throw error
  }
}

describe('a profile document', () => {
  test('may write an IPv6 address as in a URL', () => {
    expect(readAmqpProfile({ ...profileDocument, host: '[::1]' })).toHaveProperty('host', '::1')
  })

  test('is read field by field; an empty secret id is none', () => {
    expect(readAmqpProfile(profileDocument)).toEqual({
      id: 'local_dev_v1',
      v: 1,
      host: '127.0.0.1',
      port: 5672,
      vhost: '/',
      auth: { usernameSecretId: 'user' },
      limits: { maxBodyBytes: 1_048_576, prefetchCount: 100, maxPollItems: 50 },
    })
  })

  test.each([
    [null, 'the document is null, expected an object'],
    [[], 'the document is an empty list, expected an object'],
    [{ ...profileDocument, schema_version: 'x' }, 'schema_version is "x", expected "x07.arch.msg.amqp.profile@0.1.0"'],
    [{ ...profileDocument, id: '' }, 'id is "", expected text of 1 to 128 characters'],
    [{ ...profileDocument, port: 0 }, 'port is 0, expected an integer from 1 to 65535'],
    [{ ...profileDocument, port: 65_536 }, 'port is 65536, expected an integer from 1 to 65535'],
    [{ ...profileDocument, port: '5672' }, 'port is "5672", expected an integer from 1 to 65535'],
    [{ ...profileDocument, host: undefined }, 'host is missing, expected text of 1 to 256 characters'],
    [{ ...profileDocument, limits: null }, 'limits is null, expected an object'],
    [
      { ...profileDocument, limits: { ...profileDocument.limits, prefetch_count: 1.5 } },
      'limits.prefetch_count is 1.5, expected an integer from 1 to 1000000',
    ],
    [{ ...profileDocument, auth: { username_secret_id: 1 } }, 'auth.username_secret_id is 1, expected text'],
    [
      { ...profileDocument, tls: true },
      'the document has an unknown field "tls", it may have schema_version, id, v, host, port, vhost, auth, limits; ' +
        'TLS is switched on by the option tls of openAmqp',
    ],
    [
      { ...profileDocument, auth: { user_secret_id: 'user' } },
      'auth has an unknown field "user_secret_id", did you mean "username_secret_id"? ' +
        'it may have username_secret_id, password_secret_id',
    ],
    [
      { ...profileDocument, limits: { max_body_bytes: 1, max_pol_items: 1, prefetch_count: 1 } },
      'limits.max_poll_items is missing, expected an integer from 1 to 100000; ' +
        'is the unknown field "max_pol_items" meant for it?',
    ],
  ])('is refused by the field that is wrong: %#', (document, reason) => {
    expect(refusal(() => readAmqpProfile(document))).toBe(`read AMQP profile: ${reason}`)
  })
})

describe('a topology document', () => {
  test('is read with durable as the default', () => {
    expect(readAmqpTopology(topologyDocument)).toEqual({
      id: 'app_v1',
      v: 1,
      exchanges: [{ name: 'x07', type: 'topic', durable: true }],
      queues: [{ name: 'q', durable: false }],
      bindings: [{ exchange: 'x07', queue: 'q', routingKey: '' }],
    })
  })

  test.each([
    [{ ...topologyDocument, exchanges: {} }, 'exchanges is an object, expected a list'],
    [
      { ...topologyDocument, exchanges: [{ name: 'x', type: 'x-custom' }] },
      'exchanges[0].type is "x-custom", expected one of direct, topic, fanout, headers',
    ],
    [
      { ...topologyDocument, queues: [{ name: 'q', durable: 'yes' }] },
      'queues[0].durable is "yes", expected true or false',
    ],
    [
      { ...topologyDocument, queues: [{ name: 'q', exclusive: true }] },
      'queues[0] has an unknown field "exclusive", it may have name, durable',
    ],
    [
      { ...topologyDocument, queues: [{ name: 'ä'.repeat(128) }] },
      'queues[0].name is 256 bytes of UTF-8, AMQP carries at most 255',
    ],
    [{ ...topologyDocument, exchanges: [] }, 'bindings[0] names exchange "x07", which is not declared in it'],
    [{ ...topologyDocument, queues: [] }, 'bindings[0] names queue "q", which is not declared in it'],
  ])('is refused by the field that is wrong: %#', (document, reason) => {
    expect(refusal(() => readAmqpTopology(document))).toBe(`read AMQP topology: ${reason}`)
  })
})

describe('credentials', () => {
  const auth = { username_secret_id: 'user', password_secret_id: 'password' }
  const secrets = (known: Record<string, string>) => (id: string) => known[id]

  test('are secrets by id', () => {
    const found = credentialsOf(profile({ auth }), secrets({ user: 'anna', password: 'p' }))
    expect(found).toEqual({ username: 'anna', password: 'p' })
  })

  test('are guest and guest on a loopback host whose profile names none', () => {
    expect(credentialsOf(profile(), secrets({}))).toEqual({ username: 'guest', password: 'guest' })
  })

  test.each([
    [
      profile({ host: 'broker.example' }),
      {},
      'open broker local_dev_v1: the profile names no user and host broker.example is not a loopback address; set auth.username_secret_id and auth.password_secret_id',
    ],
    [
      profile({ auth: { username_secret_id: 'user' } }),
      { user: 'anna' },
      'open broker local_dev_v1: the profile names only one of auth.username_secret_id and auth.password_secret_id; set both',
    ],
    [profile({ auth }), { user: 'anna' }, 'open broker local_dev_v1: there is no secret password; provide it'],
  ])('are not guessed: %#', (given, known, reason) => {
    expect(refusal(() => credentialsOf(given, secrets(known)))).toBe(reason)
  })
})
