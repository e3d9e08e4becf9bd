import { brotliCompressSync, constants, deflateRawSync, deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { mayBeWhole, unpackWhole } from '../../src/redact/scan/whole.ts'

const text = fc
  .array(fc.constantFrom('{"a":"', 'customer', '12', '","', 'Zürich', ' ', '0123456789', 'x'), {
    minLength: 3,
    maxLength: 400,
  })
  .map((parts) => Buffer.from(parts.join('')))

test('what is packed without a mark is opened, whatever level it was packed with', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 9, max: 14 }), (value, level, windowBits) => {
      for (const packed of [deflateRawSync(value, { level }), deflateSync(value, { level, windowBits })]) {
        if (packed.length >= 8) expect(unpackWhole(packed)?.[1]).toEqual(value)
      }
      const quality = { [constants.BROTLI_PARAM_QUALITY]: 11 }
      const brotli = brotliCompressSync(value, { params: quality })
      // One that says the same over and over is packed to next to nothing.
      if (
        !brotli.includes(value) &&
        value.length < 100 * brotli.length &&
        brotli.length >= 8 &&
        (brotli[0]! & 0x0f) === 0x0b
      ) {
        expect(unpackWhole(brotli)?.[1]).toEqual(value)
      }
    }),
    { numRuns: 200, seed: 7 },
  )
})

test('a text is none of them, and of other bytes few are tried', () => {
  for (const piece of ['a', 'Zürich ', '€', '😀', '"', '0', '{ ', '[ "', '\t', 'ä"'].map((one) => one.repeat(20))) {
    for (let cut = 0; cut < 8; cut++) expect(unpackWhole(Buffer.from(piece).subarray(0, 40 - cut))).toBeUndefined()
  }
  let state = 1
  const next = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 16
  let tried = 0
  for (let count = 0; count < 5_000; count++)
    if (mayBeWhole(Uint8Array.from({ length: 48 }, () => next() & 0xff))) tried++
  expect(tried).toBeLessThan(1_000)
})
