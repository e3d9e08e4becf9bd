import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalFloat, millionths } from '../../src/openmetrics/number.ts'

test.for<[number, string]>([
  [0, '0.0'],
  [-0, '0.0'],
  [1, '1.0'],
  [10, '10.0'],
  [0.5, '0.5'],
  [0.005, '0.005'],
  [0.0001, '0.0001'],
  [0.00025, '0.00025'],
  [0.00001, '1e-05'],
  [0.000025, '2.5e-05'],
  [1e-10, '1e-10'],
  [5e-324, '5e-324'],
  [100_000, '100000.0'],
  [123_456.75, '123456.75'],
  [1_000_000, '1e+06'],
  [1_048_576, '1.048576e+06'],
  [1e10, '1e+10'],
  [1e21, '1e+21'],
  [-2.5, '-2.5'],
  [-1e7, '-1e+07'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [Number.NaN, 'NaN'],
])('the canonical form of %d is %s', ([value, text]) => {
  expect(canonicalFloat(value)).toBe(text)
})

test('the canonical form reads back as the same double, and shows that it is a float', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = canonicalFloat(value)
      expect(text).toMatch(/^-?(?:\d+\.\d+|\d(?:\.\d+)?e[+-]\d{2,3})$/)
      expect(Number(text)).toBe(value === 0 ? 0 : value)
    }),
  )
})

test.for<[bigint, string]>([
  [0n, '0.0'],
  [1n, '0.000001'],
  [100_000n, '0.1'],
  [1_000_000n, '1.0'],
  [102_500_200n, '102.5002'],
  [9_007_199_254_740_993n, '9007199254.740993'],
  [36_893_488_147_419_103_232n, '36893488147419.103232'],
])('%d millionths are %s', ([ticks, text]) => {
  expect(millionths(ticks)).toBe(text)
})
