import { DriverError } from '@x07-lab/msg-core'
import kafkajs from 'kafkajs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { failed, gaveUp } from '../../src/driver/failed.ts'
import { classify, whenConnected } from '../../src/driver/failure.ts'

const require = createRequire(import.meta.url)
const { errorCodes } = require('kafkajs/src/protocol/error.js') as {
  readonly errorCodes: readonly { readonly type: string; readonly message: string; readonly retriable: boolean }[]
}

function protocolError(type: string): Error {
  const known = errorCodes.find((code) => code.type === type)
  return Object.assign(new Error(known?.message ?? type), { name: 'KafkaJSProtocolError', type, code: 1 })
}

describe('what a failure means', () => {
  test('every protocol error that kafkajs knows is in the table', () => {
    const unknown = errorCodes.filter(({ type }) => classify(protocolError(type)).type !== type)
    expect(unknown.map(({ type }) => type)).toEqual([])
  })

  test('every error class of kafkajs is in the table', () => {
    const names = Object.keys(kafkajs).filter((name) => name.startsWith('KafkaJS'))
    const named = (name: string): Error => Object.assign(new Error('x'), { name })
    expect(names.filter((name) => classify(named(name)).type !== name)).toEqual([])
    // A name outside the table is the program's own fault, not the broker's.
    expect(classify(named('SomethingElse'))).toMatchObject({ code: 'protocol', remedy: 'fail' })
  })

  test.for([
    [protocolError('NOT_LEADER_FOR_PARTITION'), 'connection_lost', 'retry'],
    [protocolError('REQUEST_TIMED_OUT'), 'timeout', 'reconnect'],
    [protocolError('OUT_OF_ORDER_SEQUENCE_NUMBER'), 'connection_lost', 'renew'],
    [protocolError('MESSAGE_TOO_LARGE'), 'too_large', 'split'],
    [protocolError('NOT_ENOUGH_REPLICAS'), 'connection_lost', 'refuse'],
    [protocolError('INVALID_RECORD'), 'precondition_failed', 'refuse'],
    [protocolError('TOPIC_AUTHORIZATION_FAILED'), 'access_denied', 'fail'],
    [protocolError('SASL_AUTHENTICATION_FAILED'), 'auth_refused', 'fail'],
    [protocolError('UNKNOWN_TOPIC_OR_PARTITION'), 'not_found', 'retry'],
    [Object.assign(new Error('login refused'), { name: 'KafkaJSSASLAuthenticationError' }), 'auth_refused', 'fail'],
    [new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED', { code: 'ECONNREFUSED' }), 'unreachable', 'reconnect'],
    [new kafkajs.KafkaJSConnectionError('x', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'tls_failed', 'fail'],
    [new kafkajs.KafkaJSConnectionError('x', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), 'tls_failed', 'fail'],
    [
      Object.assign(new Error('Broker not connected'), { name: 'KafkaJSNonRetriableError' }),
      'connection_lost',
      'reconnect',
    ],
    // A damaged answer.
    [new Error('Unknown error code 32639'), 'connection_lost', 'reconnect'],
    [new Error('Unknown error code 119'), 'protocol', 'fail'],
    [new RangeError('The value of "offset" is out of range.'), 'connection_lost', 'reconnect'],
    [new DriverError('timeout', 'x'), 'timeout', 'retry'],
    [new DriverError('access_denied', 'x'), 'access_denied', 'fail'],
    ['a string', 'protocol', 'fail'],
    [undefined, 'protocol', 'fail'],
  ] as const)('%s: %s, %s', ([error, code, remedy]) => {
    expect(classify(error)).toMatchObject({ code, remedy })
  })

  test('the innermost error decides, in the words of a sentence', () => {
    const inner = protocolError('GROUP_COORDINATOR_NOT_AVAILABLE')
    const outer = Object.assign(new Error('wrapped', { cause: inner }), { name: 'KafkaJSNumberOfRetriesExceeded' })
    expect(classify(outer)).toEqual({
      code: 'connection_lost',
      remedy: 'retry',
      reason: 'the group coordinator is not available',
      type: 'GROUP_COORDINATOR_NOT_AVAILABLE',
    })
  })

  test('an abbreviation at the start of a reason stays one', () => {
    expect(classify(new Error('SASL is off.')).reason).toBe('SASL is off')
  })

  test('of several errors at once the first decides', () => {
    const several = Object.assign(new Error('topic creation errors'), {
      name: 'KafkaJSAggregateError',
      errors: [protocolError('INVALID_PARTITIONS')],
    })
    expect(classify(several)).toMatchObject({ code: 'invalid_config', remedy: 'fail' })
  })

  test('a cause that leads back to itself ends', () => {
    const round = new Error('round')
    round.cause = round
    expect(classify(round)).toMatchObject({ code: 'protocol' })
  })
})

describe('the error a caller sees', () => {
  test('says what was done, what was seen and what to do', () => {
    const cause = protocolError('LEADER_NOT_AVAILABLE')
    const error = gaveUp('publish to kafka_local', classify(cause), cause, 60_400)
    expect(error).toMatchObject({ code: 'connection_lost', retryable: true, cause })
    expect(error.message).toBe(
      'publish to kafka_local: there is no leader for this topic-partition as we are in the middle of a leadership election; ' +
        'tried for 60 s; start the broker or check its address, or raise retry.giveUpAfterMs',
    )
  })

  test.for([
    [
      'UNKNOWN_TOPIC_OR_PARTITION',
      'this server does not host this topic-partition; tried for 5 s; the topic was deleted or never created: create it (ensureTopology does), or correct its name',
    ],
    [
      'UNKNOWN',
      "the server experienced an unexpected error when processing the request; tried for 5 s; see the broker's log",
    ],
  ])('does not send after the broker who asked one that answers: %s', ([type, said]) => {
    const cause = protocolError(String(type))
    expect(gaveUp('publish to k', classify(cause), cause, 5_100).message).toBe(`publish to k: ${said}`)
  })

  test.for([
    [
      protocolError('ILLEGAL_SASL_STATE'),
      'request is not valid given the current SASL state; this listener asks for no login: set security.sasl_mode in the profile to none_v1, or give the address of one that does',
    ],
    [
      protocolError('UNSUPPORTED_SASL_MECHANISM'),
      'the broker does not support the requested SASL mechanism; correct security.sasl_mode in the profile',
    ],
    [
      Object.assign(new Error('SASL PLAIN mechanism is not supported by the server'), {
        name: 'KafkaJSSASLAuthenticationError',
      }),
      'SASL PLAIN mechanism is not supported by the server; correct security.sasl_mode in the profile',
    ],
    [
      Object.assign(new Error('SASL PLAIN authentication failed: Authentication failed'), {
        name: 'KafkaJSSASLAuthenticationError',
      }),
      'SASL PLAIN authentication failed: Authentication failed; check the user and password that the profile names by secret id',
    ],
    [
      protocolError('TOPIC_AUTHORIZATION_FAILED'),
      'not authorized to access topics: [Topic authorization failed]; allow this user the topics and the group on the broker',
    ],
    [
      protocolError('INCONSISTENT_GROUP_PROTOCOL'),
      "the group member's supported protocols are incompatible with those of existing members; another client of this group divides its partitions in another way: end that one, or give this driver a group of its own",
    ],
    [
      new kafkajs.KafkaJSConnectionError('40936961847F0000:error:0A00010B:SSL routines', {
        code: 'ERR_SSL_WRONG_VERSION_NUMBER',
      }),
      'TLS failed with ERR_SSL_WRONG_VERSION_NUMBER; check the certificate authority, and that this port speaks TLS',
    ],
    [
      protocolError('OFFSET_OUT_OF_RANGE'),
      'the requested offset is not within the range of offsets maintained by the server',
    ],
  ] as const)('tells what to do where asking again would not help: %s', ([cause, said]) => {
    expect(failed('open k', classify(cause), cause).message).toBe(`open k: ${said}`)
  })

  test('names a broker that was there before as a lost connection', () => {
    const failure = classify(new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED', { code: 'ECONNREFUSED' }))
    expect(whenConnected(failure).code).toBe('connection_lost')
    expect(failed('open kafka_local', failure, undefined).code).toBe('unreachable')
  })
})
