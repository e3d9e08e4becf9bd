import { describe, expect, test } from 'vitest'
import { securityOf } from '../../../src/driver/client/security.ts'
import { readKafkaProfile } from '../../../src/index.ts'

const secrets = (id: string): string | undefined => ({ user: 'lab', pass: 'geheim' })[id]

function profile(security: object) {
  return readKafkaProfile({
    schema_version: 'x07.arch.msg.kafka.profile@0.1.0',
    id: 'k',
    v: 1,
    bootstrap: ['b:9092'],
    security,
    limits: { max_message_bytes: 1, max_poll_items: 1, max_poll_wait_ms: 0 },
  })
}

const login = { username_secret_id: 'user', password_secret_id: 'pass' }
const credentials = { username: 'lab', password: 'geheim' }
const ca = { ca: 'PEM' }

describe('the security of a connection', () => {
  test.for([
    [{ tls: false }, {}],
    [{}, { ssl: ca }],
    [{ tls: false, sasl_mode: 'plain_v1', ...login }, { sasl: { mechanism: 'plain', ...credentials } }],
    [
      { sasl_mode: 'plain_v1', ...login },
      { ssl: ca, sasl: { mechanism: 'plain', ...credentials } },
    ],
    [{ tls: false, sasl_mode: 'scram_v1', ...login }, { sasl: { mechanism: 'scram-sha-256', ...credentials } }],
  ] as const)('of %j', ([security, expected]) => {
    expect(securityOf({ profile: profile(security), secrets, tls: ca }, 'scram-sha-256')).toEqual(expected)
  })

  test.for([
    [{ sasl_mode: 'plain_v1' }, 'kafka profile k: security.username_secret_id is empty, plain_v1 needs it'],
    [
      { sasl_mode: 'scram_v1', ...login, password_secret_id: 'missing' },
      'kafka profile k: security.password_secret_id: there is no secret "missing"; set it in the environment',
    ],
  ] as const)('that cannot be had is refused by id, without a value: %j', ([security, message]) => {
    expect(() => securityOf({ profile: profile(security), secrets, tls: {} }, 'scram-sha-512')).toThrow(
      expect.objectContaining({ code: 'invalid_config', message }),
    )
  })
})
