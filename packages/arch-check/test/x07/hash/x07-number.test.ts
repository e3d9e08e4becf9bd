import { describe, expect, it } from 'vitest'
import { printX07Number, readX07Number } from '../../../src/x07/hash/x07-number.ts'

const printed = (token: string): string | undefined => {
  const number = readX07Number(token)
  return number === undefined ? undefined : printX07Number(number)
}

describe('numbers in the hash form', () => {
  it.each([
    ['0', '0'],
    ['1.0', '1.0'],
    ['10.0', '10.0'],
    ['2.50', '2.5'],
    ['-0', '-0.0'],
    ['-0.0', '-0.0'],
    ['0.0', '0.0'],
    ['1e2', '100.0'],
    ['1e15', '1000000000000000.0'],
    ['1e16', '1e+16'],
    ['1e-5', '0.00001'],
    ['1e-6', '1e-6'],
    ['-1.5e-7', '-1.5e-7'],
    ['123456.789', '123456.789'],
    ['9007199254740993', '9007199254740993'],
    ['9007199254740993.0', '9007199254740994.0'],
    ['18446744073709551615', '18446744073709551615'],
    ['18446744073709551616', '1.8446744073709552e+19'],
    ['100000000000000000000', '1e+20'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['-9223372036854775809', '-9.223372036854776e+18'],
    ['0e999', '0.0'],
    ['0e99999999999', '0.0'],
    ['1e-99999999999', '0.0'],
    ['-1e-99999999999', '-0.0'],
    ['5e-324', '5e-324'],
  ])('prints %s as %s', (token, text) => {
    expect(printed(token)).toBe(text)
  })

  it('reads some doubles one step away from the nearest, as X07 does', () => {
    expect(readX07Number('3e25')).not.toEqual({ kind: 'double', value: 3e25 })
    expect(readX07Number('1e-72')).not.toEqual({ kind: 'double', value: 1e-72 })
    expect(readX07Number('1e22')).toEqual({ kind: 'double', value: 1e22 })
  })

  it('drops fraction digits once 64 bits are full', () => {
    expect(readX07Number('1844674407370955161.59')).toEqual({ kind: 'double', value: Number(2n ** 64n - 1n) / 10 })
  })

  it.each(['1e309', '-1e309', '1e99999999999', `1${'0'.repeat(400)}`, '1.8e308'])('calls %s out of range', (token) => {
    expect(readX07Number(token)).toBeUndefined()
  })
})
