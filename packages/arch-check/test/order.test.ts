import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codePoint } from '../../../tests/support/code-point.ts'
import { compareUtf8, firstRepeated, firstUnsorted, isSorted } from '../src/order.ts'

describe('the order of strings', () => {
  it('is that of their UTF-8 bytes', () => {
    assert(
      property(string({ unit: codePoint }), string({ unit: codePoint }), (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
  })

  it('puts U+FB33 before U+1F600, which UTF-16 order does not', () => {
    expect(compareUtf8('\ufb33', '\u{1f600}')).toBeLessThan(0)
  })

  it.each([
    [[], true],
    [['a', 'a', 'b'], true],
    [['Zeta', 'alpha'], true],
    [['b', 'a'], false],
  ])('takes equal neighbours as sorted: %j', (values, sorted) => {
    expect(isSorted(values)).toBe(sorted)
  })

  it.each([
    [['a', 'b', 'a', 'b'], 2, 2],
    [['a', 'a'], 1, -1],
    [['b', 'c', 'a', 'a'], 3, 2],
    [['a', 'b'], -1, -1],
    [[], -1, -1],
  ])('says where %j first repeats and where it first falls', (values, repeated, unsorted) => {
    expect([firstRepeated(values), firstUnsorted(values)]).toEqual([repeated, unsorted])
  })
})
