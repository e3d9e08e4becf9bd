import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { readConnectionStart } from '../../../src/brokers/probe/amqp-handshake.ts'
import { connectionStart, RABBITMQ_PROPERTIES } from '../support/literal-answers.ts'

const start = connectionStart(RABBITMQ_PROPERTIES)

describe('the first frame of an AMQP server', () => {
  test('Connection.Start tells the version among the server properties', () => {
    expect(readConnectionStart(start)).toEqual({ outcome: 'answers', name: 'RabbitMQ', version: '3.10.8' })
  })

  test('a server without properties answers all the same', () => {
    expect(readConnectionStart(connectionStart([]))).toEqual({ outcome: 'answers' })
  })

  test('a property of an unknown type ends the search for the version, nothing more', () => {
    expect(readConnectionStart(connectionStart([1, 0x61, 0x3f, ...RABBITMQ_PROPERTIES]))).toEqual({
      outcome: 'answers',
    })
  })

  test('every truncation asks for more bytes', () => {
    for (let length = 0; length < start.length; length += 1) {
      expect(readConnectionStart(start.subarray(0, length))).toBe(undefined)
    }
  })

  test.each([
    ['its own header for AMQP 1.0', [0x41, 0x4d, 0x51, 0x50, 3, 1, 0, 0], 'a server that wants AMQP 1-0-0, not 0-9-1'],
    [
      'an SSH banner',
      [0x53, 0x53, 0x48, 0x2d],
      'a server that does not speak AMQP 0-9-1 (its answer begins with byte 0x53)',
    ],
    [
      'a TLS alert',
      [0x15, 3, 1, 0, 2, 2, 70],
      'a server that does not speak AMQP 0-9-1 (its answer begins with byte 0x15)',
    ],
    [
      'another method',
      [1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 50, 0xce],
      'a server that does not speak AMQP 0-9-1 (its answer begins with byte 0x01)',
    ],
    [
      'a frame of 4 GiB',
      [1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 10, 0, 10],
      'a server that does not speak AMQP 0-9-1 (its answer begins with byte 0x01)',
    ],
    [
      'no frame end',
      [1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 10, 0],
      'a server that does not speak AMQP 0-9-1 (its answer begins with byte 0x01)',
    ],
  ])('%s is another server', (_, bytes, seen) => {
    expect(readConnectionStart(Uint8Array.from(bytes))).toEqual({ outcome: 'other', seen })
  })

  test('no bytes whatever throw', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 60 }).map((table) => connectionStart([...table])),
    )
    const reads = fc.property(hostile, (bytes) => {
      readConnectionStart(bytes)
    })
    expect(fc.check(reads)).toMatchObject({ failed: false })
  })
})
