import { describe, expect, test } from 'vitest'
import { roundsAnInteger } from '../../src/events/rounded.ts'

describe('an integer that RFC 8785 writes as another', () => {
  test.each([
    ['9007199254740993', true],
    ['-9007199254740993', true],
    ['12345678901234567890', true],
    ['[1,{"a":[9007199254740993]}]', true],
    ['{"9007199254740993":1,"n":9007199254740993}', true],
    ['1234567890123456789012', true],
    // Equal to a double, or to what JavaScript writes for one.
    ['9007199254740992', false],
    ['9007199254740994', false],
    ['1000000000000000000000000', false],
    ['-1230000000000000000000000', false],
    ['12345678901234567000', false],
    // Not an integer, or not a number.
    ['"9007199254740993"', false],
    [String.raw`"\"9007199254740993"`, false],
    [String.raw`["\\",9007199254740993]`, true],
    ['0.9007199254740993123', false],
    ['9007199254740993.0', false],
    ['9007199254740993e0', false],
    ['900719925474099', false],
  ])('%s: %s', (text, rounds) => {
    expect(roundsAnInteger(text)).toBe(rounds)
  })
})
