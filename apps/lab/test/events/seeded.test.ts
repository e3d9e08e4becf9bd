import canonicalize from 'canonicalize'
import { expect, it } from 'vitest'
import { seededNumbers } from '../../src/events/random.ts'
import { seededEvent } from '../../src/events/seeded.ts'

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
