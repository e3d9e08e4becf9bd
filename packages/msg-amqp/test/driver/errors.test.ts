import { DriverError, type DriverErrorCode } from '@x07-lab/msg-core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { replyCodes, toDriverError, type Phase } from '../../src/driver/errors.ts'

function system(code: string): Error {
  return Object.assign(new Error(`connect ${code} 127.0.0.1:5672`), { code })
}

function reply(code: number, words: string, begin = 'Channel closed by server'): Error {
  return Object.assign(new Error(`${begin}: ${code} (SOME-NAME) with message "${words}"`), { code })
}

const cases: readonly (readonly [error: unknown, phase: Phase, code: DriverErrorCode, said: string])[] = [
  [
    system('ECONNREFUSED'),
    'dial',
    'unreachable',
    'the connection failed with ECONNREFUSED; start the broker, or correct its host and port',
  ],
  [
    system('ENOTFOUND'),
    'dial',
    'unreachable',
    'the connection failed with ENOTFOUND; start the broker, or correct its host and port',
  ],
  [
    system('ECONNRESET'),
    'dial',
    'unreachable',
    'the connection failed with ECONNRESET; start the broker, or correct its host and port',
  ],
  [system('ECONNRESET'), 'live', 'connection_lost', 'the connection failed with ECONNRESET'],
  [
    system('ERR_ACCESS_DENIED'),
    'dial',
    'access_denied',
    'the connection failed with ERR_ACCESS_DENIED; check that the virtual host and the names exist and that the user may use them',
  ],
  [
    system('DEPTH_ZERO_SELF_SIGNED_CERT'),
    'dial',
    'tls_failed',
    'TLS failed with DEPTH_ZERO_SELF_SIGNED_CERT; check the certificate authority, and that this port speaks TLS',
  ],
  [
    system('ERR_SSL_WRONG_VERSION_NUMBER'),
    'dial',
    'tls_failed',
    'TLS failed with ERR_SSL_WRONG_VERSION_NUMBER; check the certificate authority, and that this port speaks TLS',
  ],
  [
    new Error('Handshake terminated by server: 403 (ACCESS-REFUSED) with message "no"'),
    'dial',
    'auth_refused',
    'the broker answered 403 no; check the user and password',
  ],
  [
    new Error('Expected ConnectionOpenOk; got <ConnectionClose channel:0>'),
    'dial',
    'access_denied',
    'the broker closed the connection when the virtual host was opened; check that the virtual host and the names exist and that the user may use them',
  ],
  [
    new Error('Socket closed abruptly during opening handshake'),
    'dial',
    'unreachable',
    'nothing at this address speaks AMQP, or it does not answer; start the broker, or correct its host and port',
  ],
  [new Error('Heartbeat timeout'), 'live', 'connection_lost', 'the connection was lost'],
  [new Error('Invalid frame'), 'live', 'protocol', 'what came back is not AMQP 0-9-1'],
  [
    reply(403, 'ACCESS_REFUSED - no'),
    'live',
    'access_denied',
    'the broker answered 403 ACCESS_REFUSED - no; check that the virtual host and the names exist and that the user may use them',
  ],
  [
    reply(404, "NOT_FOUND - no queue 'q.run'"),
    'live',
    'not_found',
    "the broker answered 404 NOT_FOUND - no queue 'q'; declare it (ensureTopology does), or correct its name",
  ],
  [
    reply(404, "NOT_FOUND - home node 'rabbit@a' of durable queue 'q.run' in vhost '/' is down or inaccessible"),
    'live',
    'not_found',
    "the broker answered 404 NOT_FOUND - home node 'rabbit@a' of durable queue 'q' in vhost '/' is down or inaccessible; the node that holds it is away, or has lost it in a crash: start that node, or delete the queue and declare it again",
  ],
  [
    reply(
      406,
      "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q.run' in vhost '/': received 'true' but current is 'false'",
    ),
    'live',
    'precondition_failed',
    "the broker answered 406 PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current is 'false'; delete the one on the broker, or declare it as it is there",
  ],
  [
    reply(403, "ACCESS_REFUSED - queue 'q.run' in vhost '/' in exclusive use"),
    'live',
    'access_denied',
    "the broker answered 403 ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use; another consumer has it alone: end that one, or consume without exclusive",
  ],
  [
    reply(405, "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q.run' in vhost '/'."),
    'live',
    'access_denied',
    "the broker answered 405 RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q' in vhost '/'.; the queue is exclusive to another connection: end that one, or declare it without exclusive",
  ],
  [
    reply(503, "COMMAND_INVALID - unknown exchange type 'x-consistent-hash'"),
    'live',
    'invalid_config',
    "the broker answered 503 COMMAND_INVALID - unknown exchange type 'x-consistent-hash'; enable the plugin of this type on the broker: rabbitmq-plugins enable rabbitmq_consistent_hash_exchange",
  ],
  [
    reply(503, "COMMAND_INVALID - unknown exchange type 'tpoic'"),
    'live',
    'invalid_config',
    "the broker answered 503 COMMAND_INVALID - unknown exchange type 'tpoic'; correct the type, or enable the plugin that it is of on the broker",
  ],
  [
    reply(406, 'PRECONDITION_FAILED - unknown delivery tag 1'),
    'live',
    'precondition_failed',
    'the broker answered 406 PRECONDITION_FAILED - unknown delivery tag 1; what is on the broker, or in the message, is not as declared',
  ],
  [
    reply(406, 'PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out'),
    'live',
    'timeout',
    'the broker answered 406 PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out; what was not settled comes again to the next iteration; settle sooner, or raise consumer_timeout on the broker',
  ],
  [
    reply(406, 'PRECONDITION_FAILED - message size 9 is larger than configured max size 8'),
    'live',
    'too_large',
    'the broker answered 406 PRECONDITION_FAILED - message size 9 is larger than configured max size 8',
  ],
  [
    reply(320, 'CONNECTION_FORCED - broker forced connection closure', 'Connection closed'),
    'live',
    'connection_lost',
    'the broker answered 320 CONNECTION_FORCED - broker forced connection closure',
  ],
  [reply(999, 'new'), 'live', 'protocol', 'the broker answered 999 new'],
  ['text', 'live', 'protocol', 'the client said text'],
  [undefined, 'live', 'protocol', 'the client said what was thrown is no error'],
]

describe('errors of client, socket and broker', () => {
  test.each(cases)('%s', (error, phase, code, said) => {
    const mapped = toDriverError(error, 'do it', phase, (text) => text.replace('q.run', 'q'))
    expect(mapped).toMatchObject({ code, message: `do it: ${said}`, cause: error })
  })

  test.each([
    [311, 'too_large'],
    [312, 'not_found'],
    [313, 'not_found'],
    [320, 'connection_lost'],
    [402, 'not_found'],
    [403, 'access_denied'],
    [404, 'not_found'],
    [405, 'access_denied'],
    [406, 'precondition_failed'],
    [501, 'protocol'],
    [502, 'protocol'],
    [503, 'protocol'],
    [504, 'protocol'],
    [505, 'protocol'],
    [506, 'connection_lost'],
    [530, 'access_denied'],
    [540, 'protocol'],
    [541, 'connection_lost'],
  ])('reply code %d is %s', (reply, code) => {
    expect(replyCodes[reply]).toBe(code)
  })

  test('an error of the port stays what it is', () => {
    const error = new DriverError('too_large', 'said')
    expect(toDriverError(error, 'do it', 'live')).toBe(error)
  })

  test('whatever is thrown becomes an error of the port', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), fc.constantFrom<Phase>('dial', 'live'), (thrown, phase) => {
        expect(toDriverError(thrown, 'do it', phase)).toBeInstanceOf(DriverError)
      }),
    )
  })
})
