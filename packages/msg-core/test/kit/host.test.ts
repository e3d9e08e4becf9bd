import { describe, expect, test } from 'vitest'
import { isLoopback, isLoopbackAddress, parseEndpoint } from '../../src/kit/index.ts'

describe('a loopback host', () => {
  test.for([
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['localhost', true],
    ['LOCALHOST', true],
    ['broker.localhost', true],
    ['::1', true],
    ['[::1]', true],
    ['0:0:0:0:0:0:0:1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:10.0.0.1', false],
    ['::11', false],
    ['::1:1', false],
    ['1::1', false],
    ['fe80::1', false],
    ['127.0.0.1.example', false],
    ['127.0.0.256', false],
    ['broker.127.0.0.1', false],
    ['localhost.example', false],
    ['10.0.0.1', false],
    ['0.0.0.0', false],
    ['', false],
  ] as const)('%s: %s', ([host, loopback]) => {
    expect(isLoopback(host)).toBe(loopback)
  })

  test('is an address only where it is written as one', () => {
    expect(['localhost', '127.0.0.1', '::1'].map(isLoopbackAddress)).toEqual([false, true, true])
  })
})

describe('an endpoint', () => {
  test.for([
    ['Kafka:9092', { host: 'kafka', port: 9092 }],
    ['[::1]:9092', { host: '::1', port: 9092 }],
    ['[FE80::A]:65535', { host: 'fe80::a', port: 65_535 }],
    ['::1:9092', undefined],
    ['[kafka]:9092', undefined],
    ['kafka', undefined],
    ['kafka:', undefined],
    ['kafka:0', undefined],
    ['kafka:65536', undefined],
    ['kafka:9092/x', undefined],
    ['user@kafka:9092', undefined],
    ['a b:1', undefined],
  ] as const)('%s', ([text, endpoint]) => {
    expect(parseEndpoint(text)).toEqual(endpoint)
  })
})
