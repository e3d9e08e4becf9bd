import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bits } from '../../src/kit/index.ts'

test('a set of bits says what a set of numbers says', () => {
  const act = fc.record({ at: fc.integer({ min: 0, max: 200_000 }), add: fc.boolean() })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const bits = new Bits()
      const set = new Set<number>()
      for (const { at, add } of acts) {
        if (add) expect(bits.add(at)).toBe(!set.has(at))
        else bits.delete(at)
        if (add) set.add(at)
        else set.delete(at)
        expect([at - 1, at, at + 1].map((one) => bits.has(one))).toEqual(
          [at - 1, at, at + 1].map((one) => set.has(one)),
        )
      }
    }),
  )
})

test('takes no memory where all numbers of a page are in it, or none', () => {
  const bits = new Bits()
  for (let at = 0; at < 1_000_000; at++) bits.add(at)
  expect(bits.pages).toBe(1)
  expect([bits.has(0), bits.has(999_999), bits.has(1_000_000), bits.has(4_294_967_295)]).toEqual([
    true,
    true,
    false,
    false,
  ])
  bits.delete(5)
  expect([bits.pages, bits.has(4), bits.has(5), bits.add(5), bits.pages]).toEqual([2, true, false, true, 1])
})
