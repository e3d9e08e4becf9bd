import { describe, expect, test } from 'vitest'
import { readProperties } from '../../../src/driver/wire/properties.ts'
import { encodeWithClient } from '../../support/client-codec.ts'

describe('message properties', () => {
  test('every property has its place', () => {
    const bytes = Buffer.concat([
      Buffer.from([0xff, 0xfc]),
      Buffer.from([1, 0x61, 1, 0x62]), // content-type a, content-encoding b
      Buffer.from([0, 0, 0, 3, 1, 0x63, 0x56]), // headers: c is void
      Buffer.from([1, 9]), // delivery-mode, priority
      Buffer.from([1, 0x64, 1, 0x65, 1, 0x66, 1, 0x67]), // correlation-id, reply-to, expiration, message-id
      Buffer.from([0, 0x20, 0, 0, 0, 0, 0, 1]), // timestamp
      Buffer.from([1, 0x68, 1, 0x69, 1, 0x6a, 1, 0x6b]), // type, user-id, app-id, cluster-id
    ])
    expect(readProperties(bytes)).toEqual({
      contentType: 'a',
      messageId: 'g',
      table: [['c', null]],
      others: {
        contentEncoding: 'b',
        deliveryMode: 1,
        priority: 9,
        correlationId: 'd',
        replyTo: 'e',
        expiration: 'f',
        timestamp: '9007199254740993',
        type: 'h',
        userId: 'i',
        appId: 'j',
        clusterId: 'k',
      },
    })
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readProperties(bytes.subarray(0, length))).toThrow(/ cut off/)
    }
  })

  test('a persistent message without properties has none; a missing delivery mode is told', () => {
    expect(readProperties(encodeWithClient({ deliveryMode: 2 }))).toMatchObject({ table: [], others: undefined })
    expect(readProperties(Buffer.from([0, 0]))).toMatchObject({ table: [], others: { deliveryMode: null } })
  })

  test('ids that are not UTF-8 are bytes', () => {
    const bytes = Buffer.from([0x14, 0x80, 2, 1, 0xff, 1, 0xfe])
    expect(readProperties(bytes)).toEqual({
      contentType: undefined,
      messageId: Buffer.from([0xfe]),
      table: [],
      others: { correlationId: { b64: '/w==' } },
    })
  })

  test('flags that continue are refused', () => {
    expect(() => readProperties(Buffer.from([0, 1]))).toThrow(
      'read message properties: continued flags are not defined',
    )
  })
})
