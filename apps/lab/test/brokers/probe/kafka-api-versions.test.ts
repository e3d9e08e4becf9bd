import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { apiVersionsRequest, readApiVersions } from '../../../src/brokers/probe/kafka-api-versions.ts'
import { API_VERSIONS_ANSWER } from '../support/literal-answers.ts'

const alien = (byte: string) => ({
  outcome: 'other',
  seen: `a server that does not speak Kafka's protocol (its answer begins with byte ${byte})`,
})

describe('the ApiVersions exchange', () => {
  test('the request is size, key 18, version 0, correlation id and client id', () => {
    expect(Buffer.from(apiVersionsRequest()).toString('hex')).toBe('00000011001200007807000100077830372d6c6162')
  })

  test('an answer to it is an answer of a Kafka broker', () => {
    expect(readApiVersions(API_VERSIONS_ANSWER)).toEqual({ outcome: 'answers' })
  })

  test('a broker that dislikes the version still is one', () => {
    const unsupported = API_VERSIONS_ANSWER.slice()
    unsupported[9] = 35
    expect(readApiVersions(unsupported)).toEqual({ outcome: 'answers' })
  })

  test('every truncation asks for more bytes', () => {
    for (let length = 0; length < API_VERSIONS_ANSWER.length; length += 1) {
      expect(readApiVersions(API_VERSIONS_ANSWER.subarray(0, length))).toBe(undefined)
    }
  })

  test.each([
    ['an HTTP server', [...Buffer.from('HTTP/1.1 400')], '0x48'],
    ['an AMQP server', [0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1], '0x41'],
    ['another correlation id', [0, 0, 0, 10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], '0x00'],
    ['another error', [0, 0, 0, 10, 0x78, 7, 0, 1, 0, 1, 0, 0, 0, 0], '0x00'],
    ['an array that does not fit', [0, 0, 0, 10, 0x78, 7, 0, 1, 0, 0, 0, 0, 0, 1], '0x00'],
    ['an array of negative length', [0, 0, 0, 10, 0x78, 7, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff], '0x00'],
    ['a size below the least', [0, 0, 0, 9, 0x78, 7, 0, 1, 0, 0, 0, 0, 0, 0], '0x00'],
  ])('%s is another server', (_, bytes, first) => {
    expect(readApiVersions(Uint8Array.from(bytes))).toEqual(alien(first))
  })

  test('no bytes whatever throw', () => {
    const reads = fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      readApiVersions(bytes)
    })
    expect(fc.check(reads)).toMatchObject({ failed: false })
  })
})
