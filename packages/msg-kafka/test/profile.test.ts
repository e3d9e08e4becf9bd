import { describe, expect, test } from 'vitest'
import { readKafkaProfile } from '../src/index.ts'

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
    [null, 'kafka profile is null, expected an object'],
    [{}, 'kafka profile: schema_version is missing, expected "x07.arch.msg.kafka.profile@0.1.0"'],
    [{ ...document, id: '' }, 'kafka profile: id is "", expected text of 1 to 128 characters'],
    [{ ...document, v: 0 }, 'kafka profile: v is 0, expected an integer from 1 to 9007199254740991'],
    [{ ...document, bootstrap: [] }, 'kafka profile: bootstrap is [], expected a list of "host:port"'],
    [{ ...document, bootstrap: ['localhost'] }, 'kafka profile: bootstrap[0] is "localhost", expected "host:port"'],
    [{ ...document, bootstrap: ['a:1', 'b:0'] }, 'kafka profile: bootstrap[1] is "b:0", expected "host:port"'],
    [{ ...document, bootstrap: ['b:65536'] }, 'kafka profile: bootstrap[0] is "b:65536", expected "host:port"'],
    [{ ...document, limits: undefined }, 'kafka profile: limits is missing, expected an object'],
    [
      { ...document, limits: { ...document.limits, max_poll_items: 0 } },
      'kafka profile: limits.max_poll_items is 0, expected an integer from 1 to 100000',
    ],
    [
      { ...document, limits: { ...document.limits, max_message_bytes: 2 ** 30 + 1 } },
      'kafka profile: limits.max_message_bytes is 1073741825, expected an integer from 1 to 1073741824',
    ],
    [
      { ...document, limits: { ...document.limits, max_poll_wait_ms: 60_001 } },
      'kafka profile: limits.max_poll_wait_ms is 60001, expected an integer from 0 to 60000',
    ],
    [
      { ...document, security: { sasl_mode: 'gssapi_v1' } },
      'kafka profile: security.sasl_mode is "gssapi_v1", expected one of none_v1, plain_v1, scram_v1',
    ],
    [{ ...document, security: { tls: 1 } }, 'kafka profile: security.tls is 1, expected true or false'],
    [
      { ...document, acks: 'all' },
      'kafka profile has an unknown property "acks"; it knows schema_version, id, v, bootstrap, security, limits',
    ],
  ] as const)('%j is refused by name', ([json, message]) => {
    expect(() => readKafkaProfile(json)).toThrow(expect.objectContaining({ code: 'invalid_config', message }))
  })

  test.for([1, 2 ** 30])('max_message_bytes may be %d', (max_message_bytes) => {
    const read = readKafkaProfile({ ...document, limits: { ...document.limits, max_message_bytes } })
    expect(read.limits.max_message_bytes).toBe(max_message_bytes)
  })
})
