import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CodecError } from '../../../src/format/codec-error.ts'
import {
  decodeMetadata,
  decodeRecord,
  encodeMetadata,
  encodeRecord,
  endpointOf,
} from '../../../src/format/record/index.ts'

/** The vector of X07's own reference: publish, kafka, `local_dev_v1`, `ENV`, 1, `OK`. */
const vector = Buffer.from(
  '3100000058374d520100000001000000010000000c0000006c6f63616c5f6465765f763103000000454e5601000000020000004f4b',
  'hex',
)
const fields = {
  opTag: 1,
  driverKind: 1,
  endpoint: Buffer.from('local_dev_v1'),
  envelope: Buffer.from('ENV'),
  ackTag: 1,
  ack: Buffer.from('OK'),
}

function codeOf(act: () => unknown): number | string {
  try {
    act()
    return 'none'
  } catch (error) {
    if (error instanceof CodecError) return error.code
    throw error
  }
}

describe('a message record', () => {
  test('is the bytes of X07', () => {
    expect(Buffer.from(encodeRecord(fields)).toString('hex')).toBe(vector.toString('hex'))
    expect(decodeRecord(vector)).toEqual(fields)
  })

  test('comes back as it was', () => {
    const tag = fc.constantFrom(1, 2)
    const bytes = fc.uint8Array({ maxLength: 8 }).map((array) => Buffer.from(array))
    const records = fc.record({
      opTag: tag,
      driverKind: tag,
      endpoint: bytes,
      envelope: bytes,
      ackTag: tag,
      ack: bytes,
    })
    fc.assert(
      fc.property(records, (record) => {
        expect(decodeRecord(encodeRecord(record))).toEqual(record)
      }),
    )
  })

  test.each(['opTag', 'driverKind', 'ackTag'] as const)('is not written with %s 0 or 3', (name) => {
    for (const tag of [0, 3]) expect(codeOf(() => encodeRecord({ ...fields, [name]: tag }))).toBe(9602)
  })

  test('is read with tags that X07 lets pass', () => {
    const bytes = Buffer.from(vector)
    bytes.writeUInt32LE(7, 12)
    expect(decodeRecord(bytes).opTag).toBe(7)
  })

  test.each([
    ['a length of 4 GiB', 0, 0xffff_ffff, 9603],
    ['another magic', 4, 0x524d_3759, 9604],
    ['another version', 8, 2, 9604],
    ['a tag of 2^31', 12, 0x8000_0000, 9603],
    ['an endpoint of 4 GiB', 20, 0xffff_ffff, 9603],
    ['an endpoint that leaves nothing for the rest', 20, 30, 9603],
    ['an acknowledgement one byte short', 47, 1, 9603],
  ])('with %s is refused', (_title, at, value, code) => {
    const bytes = Buffer.from(vector)
    bytes.writeUInt32LE(value, at)
    expect(codeOf(() => decodeRecord(bytes))).toBe(code)
  })

  test('is refused at every truncation and with a byte too many', () => {
    for (let length = 0; length < vector.length; length++) {
      expect(codeOf(() => decodeRecord(vector.subarray(0, length)))).toBe(9603)
    }
    expect(codeOf(() => decodeRecord(Buffer.concat([vector, Buffer.alloc(1)])))).toBe(9603)
  })
})

describe('metadata', () => {
  test('are canonical JSON in whatever order they come', () => {
    const encoded = '{"a":null,"b":"é","c":true}'
    expect(Buffer.from(encodeMetadata({ a: null, b: 'é', c: true })).toString()).toBe(encoded)
    expect(Buffer.from(encodeMetadata({ c: true, b: 'é', a: null })).toString()).toBe(encoded)
    expect(decodeMetadata(Buffer.from(encoded))).toEqual({ a: null, b: 'é', c: true })
  })

  test.each(['OK', '[1]', 'null', '', '{'])('of somebody else, %j, are an acknowledgement as text', (text) => {
    expect(decodeMetadata(Buffer.from(text))).toEqual({ ack: text })
  })
})

test.each([
  ['local_v1', 'local_v1'],
  ['local_v1#1/2', 'local_v1'],
  ['local_v1/orders', 'local_v1'],
  ['', ''],
])('the endpoint of lane %j is %j', (lane, endpoint) => {
  expect(endpointOf(lane)).toBe(endpoint)
})
