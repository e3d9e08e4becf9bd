import { canonicalJson } from '@x07-lab/msg-core/format'
import canonicalize from 'canonicalize'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { seededNumbers } from '../../src/events/random.ts'
import { seededEvent, seededEvents } from '../../src/events/seeded.ts'

const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER })

it('writes every event in RFC 8785 form', () => {
  const random = seededNumbers(7)
  for (let n = 0; n < 2_000; n++) {
    const { payload } = seededEvent(n, random)
    expect(payload).toBe(canonicalize(JSON.parse(payload)))
  }
})

it('makes the same event of the same seed on every machine', () => {
  expect(seededEvent(3, seededNumbers(7))).toEqual({
    n: 3,
    key: 'customer-57',
    payload:
      '{"at":1700000000931,"customer":"customer-57","kind":"order.created","lines":[' +
      '{"price":1866,"quantity":4,"sku":"sku-380"},{"price":8543.75,"quantity":2,"sku":"sku-420"},' +
      '{"price":9673,"quantity":2,"sku":"sku-696"}],"n":3,"place":"東京","urgent":false}',
  })
})

it('writes every event of any seed in RFC 8785 form', () => {
  fc.assert(
    fc.property(seeds, fc.nat({ max: 4_000_000 }), (seed, n) => {
      const { payload } = seededEvent(n, seededNumbers(seed))
      expect(payload).toBe(canonicalJson(JSON.parse(payload)))
    }),
  )
})

it('seeds that differ above 2^32 give different numbers', () => {
  const numbers = (seed: number) =>
    Array.from(
      { length: 8 },
      (
        (random) => () =>
          random(1000)
      )(seededNumbers(seed)),
    )
  expect(numbers(1)).not.toEqual(numbers(1 + 2 ** 32))
  expect(numbers(1)).toEqual(numbers(1))
})

it('numbers stay below their bound', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 2 ** 32 }), (seed, below) => {
      const random = seededNumbers(seed)
      for (let i = 0; i < 20; i++) {
        const number = random(below)
        expect(Number.isInteger(number) && number >= 0 && number < below).toBe(true)
      }
    }),
  )
})

it('gives messages again from where it was asked', () => {
  const source = seededEvents({ topic: 't', messages: 70_000, seed: 3 })
  const first = [...(source.envelopes() as Iterable<Uint8Array>)]
  expect([...(source.again?.(0, 3) ?? [])]).toEqual(first.slice(0, 3))
  expect([...(source.again?.(65_536, 100) ?? [])]).toEqual(first.slice(65_536, 65_636))
})
