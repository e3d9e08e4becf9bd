import * as fc from 'fast-check'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { encodeRecords } from '../../../src/driver/wire/records.ts'

const require = createRequire(import.meta.url)
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (record: object) => {
  readonly buffer: Buffer
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array))
const field = fc.option(bytes(300))
/** Names that an object keeps in their order: kafkajs has its headers in one. */
const name = fc
  .string({ unit: 'grapheme', maxLength: 80 })
  .filter((text) => !/^\d+$/.test(text) && text !== '__proto__')
const headers = fc.uniqueArray(fc.tuple(name, fc.oneof(bytes(80), fc.string({ unit: 'grapheme' }))), {
  selector: ([key]) => key,
  maxLength: 70,
})

describe('the records of a batch', () => {
  test('are the bytes that kafkajs writes, for all that it can write', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ key: field, value: field, headers }), { maxLength: 80 }), (messages) => {
        const ours = encodeRecords(
          messages.map(({ key, value, headers }) => {
            return { key, value, headers: headers.map(([key, value]) => ({ key, value })), nth: 0 }
          }),
        )
        const theirs = messages.map(
          ({ key, value, headers }, offsetDelta) =>
            encodeRecord({ key, value, headers: Object.fromEntries(headers), offsetDelta }).buffer,
        )
        expect(ours.equals(Buffer.concat(theirs))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  // A body is 7 bytes, its value and the value's length; in zigzag 63, 8191 and 1048575 are the last of their size.
  test.for([55, 56, 57, 63, 64, 8_181, 8_182, 8_183, 8_191, 8_192, 1_048_575, 1_048_576])(
    'are so at the bounds of a varint: a value of %d bytes',
    (length) => {
      const value = Buffer.alloc(length, 7)
      const theirs = encodeRecord({ key: null, value, headers: {}, offsetDelta: 0 }).buffer
      expect(encodeRecords([{ key: null, value, headers: [], nth: 0 }]).equals(theirs)).toBe(true)
    },
  )

  test('say null where a header has no value, which kafkajs cannot', () => {
    const message = { key: Buffer.from('k'), value: null, headers: [{ key: 'a', value: null }], nth: 0 }
    // length 9 | attributes, deltas 0 | key "k" | value null | 1 header: "a", null
    expect(encodeRecords([message]).toString('hex')).toBe('14000000026b0102026101')
  })
})
