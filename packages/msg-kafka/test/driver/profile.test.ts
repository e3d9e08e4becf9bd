import { describe, expect, test } from 'vitest'
import { openSockets, seedForKafkajs } from '../../src/driver/client/sockets.ts'
import { readKafkaProfile } from '../../src/index.ts'

const document = {
  schema_version: 'x07.arch.msg.kafka.profile@0.1.0',
  id: 'local_dev_v1',
  v: 1,
  bootstrap: ['127.0.0.1:9092'],
  limits: { max_message_bytes: 1_048_576, max_poll_items: 100, max_poll_wait_ms: 1_000 },
}

describe('a Kafka profile', () => {
  test('without security is a plain connection without a login', () => {
    expect(readKafkaProfile(document)).toEqual({
      ...document,
      security: { sasl_mode: 'none_v1', tls: false, username_secret_id: '', password_secret_id: '' },
    })
  })

  test('with security is a TLS connection unless it says otherwise', () => {
    expect(readKafkaProfile({ ...document, security: {} }).security.tls).toBe(true)
    expect(readKafkaProfile({ ...document, security: { tls: false } }).security.tls).toBe(false)
  })

  test.for([
    [null, 'the document is null, expected an object'],
    [{}, 'schema_version is missing, expected "x07.arch.msg.kafka.profile@0.1.0"'],
    [{ ...document, id: '' }, 'id is "", expected text of 1 to 128 characters'],
    [{ ...document, id: '😀'.repeat(129) }, `id is "${'😀'.repeat(29)}…, expected text of 1 to 128 characters`],
    [{ ...document, v: 0 }, 'v is 0, expected an integer from 1'],
    [{ ...document, bootstrap: [] }, 'bootstrap is an empty list, expected a list of at least 1 item'],
    [{ ...document, bootstrap: ['localhost'] }, 'bootstrap[0] is "localhost", expected "host:port" or "[IPv6]:port"'],
    [{ ...document, bootstrap: ['a:1', 'b:0'] }, 'bootstrap[1] is "b:0", expected "host:port" or "[IPv6]:port"'],
    [{ ...document, bootstrap: ['b:65536'] }, 'bootstrap[0] is "b:65536", expected "host:port" or "[IPv6]:port"'],
    [{ ...document, bootstrap: ['[b]:1'] }, 'bootstrap[0] is "[b]:1", expected "host:port" or "[IPv6]:port"'],
    [{ ...document, limits: undefined }, 'limits is missing, expected an object'],
    [
      { ...document, limits: { ...document.limits, max_poll_items: 0 } },
      'limits.max_poll_items is 0, expected an integer from 1 to 100000',
    ],
    [
      { ...document, limits: { ...document.limits, max_message_bytes: 2 ** 30 + 1 } },
      'limits.max_message_bytes is 1073741825, expected an integer from 1 to 1073741824',
    ],
    [
      { ...document, limits: { ...document.limits, max_poll_wait_ms: 60_001 } },
      'limits.max_poll_wait_ms is 60001, expected an integer from 0 to 60000',
    ],
    [
      { ...document, security: { sasl_mode: 'gssapi_v1' } },
      'security.sasl_mode is "gssapi_v1", expected one of none_v1, plain_v1, scram_v1',
    ],
    [{ ...document, security: { tls: 1 } }, 'security.tls is 1, expected true or false'],
    [
      { ...document, acks: 'all' },
      'the document has an unknown field "acks", it may have schema_version, id, v, bootstrap, security, limits',
    ],
  ] as const)('%j is refused by name', ([json, problem]) => {
    const message = `read Kafka profile: ${problem}`
    expect(() => readKafkaProfile(json)).toThrow(expect.objectContaining({ code: 'invalid_config', message }))
  })

  test('may name seed brokers by IPv6 addresses, which reach the socket as they are', () => {
    const seen: string[] = []
    const { bootstrap } = readKafkaProfile({ ...document, bootstrap: ['[::1]:9092', '[fe80::a]:1', 'kafka_1:9092'] })
    const sockets = openSockets({
      authorize: () => {
        throw new Error('not to be dialled')
      },
      dialAt: (host, port) => {
        seen.push(`${host} ${port}`)
        return { host, port }
      },
    })
    for (const seed of bootstrap.map(seedForKafkajs)) {
      // As kafkajs 2.2.4 takes a seed apart.
      const [host = '', port] = seed.split(':')
      const request = { host, port: Number(port), ssl: null, onConnect: () => undefined }
      expect(() => sockets.factory(request as never)).toThrow('not to be dialled')
    }
    expect(seen).toEqual(['::1 9092', 'fe80::a 1', 'kafka_1 9092'])
  })

  test.for([1, 2 ** 30])('max_message_bytes may be %d', (max_message_bytes) => {
    const read = readKafkaProfile({ ...document, limits: { ...document.limits, max_message_bytes } })
    expect(read.limits.max_message_bytes).toBe(max_message_bytes)
  })
})
