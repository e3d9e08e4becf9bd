import { deflateSync, inflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { mayBeDeflated } from '../../src/redact/scan/unpack.ts'

function doesOpen(bytes: Uint8Array): boolean {
  try {
    return inflateSync(bytes).length > 0
  } catch {
    return false
  }
}

test('what opens is never passed over, whatever level it was packed with', () => {
  const level = fc.integer({ min: -1, max: 9 })
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), level, (value, of) => {
      expect(mayBeDeflated(deflateSync(value, { level: of }), 2)).toBe(true)
    }),
  )
})

test('what is passed over does not open', () => {
  let passed = 0
  const few = fc.constantFrom(0, 1, 2, 4, 5, 6, 0x0a, 0x41, 0xf5, 0xfe, 0xff)
  fc.assert(
    fc.property(fc.array(few, { maxLength: 12 }), (rest) => {
      const bytes = Uint8Array.of(0x78, 0x01, ...rest)
      if (mayBeDeflated(bytes, 2)) return
      passed++
      expect(doesOpen(bytes)).toBe(false)
    }),
    { numRuns: 2_000 },
  )
  expect(passed).toBeGreaterThan(100)
})
