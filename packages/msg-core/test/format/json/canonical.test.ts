import { describe, expect, it } from 'vitest'
import { canonicalJson, canonicalJsonBytes, checkIJson } from '../../../src/format/json/index.ts'

describe('the canonical form', () => {
  it.each([
    [{ b: 1, a: [1.0, 1e21, -0, 0.000001] }, '{"a":[1,1e+21,0,0.000001],"b":1}'],
    [{ '\u{1f600}': 1, '\ufb33': 2 }, '{"\u{1f600}":1,"\ufb33":2}'],
    ['\u2028\u007f\u0007"', '"\u2028\u007f\\u0007\\""'],
    [null, 'null'],
  ])('sorts by UTF-16 units and prints numbers as ECMAScript does', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })

  it('comes as UTF-8 bytes', () => {
    expect(Buffer.from(canonicalJsonBytes(['é'])).toString('hex')).toBe('5b22c3a9225d')
  })

  it.each([
    [{ a: undefined }, 'canonicalize the value at "/a": a undefined has no JSON form'],
    [[new Date(0)], 'canonicalize the value at "/0": an instance of a class, not a plain object'],
    [new Map(), 'canonicalize the value at "": an instance of a class, not a plain object'],
    [{ a: new Uint8Array(2) }, 'canonicalize the value at "/a": an instance of a class, not a plain object'],
    [{ a: Number.NaN }, 'canonicalize the value at "/a": NaN has no JSON form'],
    [1n, 'canonicalize the value at "": a bigint has no JSON form'],
    ['\ud800', 'canonicalize the value at "": a string with half of a surrogate pair'],
    [{ '\ud800': 1 }, 'canonicalize the value at "": a key with half of a surrogate pair'],
    [Array(2), 'canonicalize the value at "/1": a undefined has no JSON form'],
  ])('refuses what it would lose', (value, message) => {
    expect(() => canonicalJson(value)).toThrow(new TypeError(message))
  })

  it('refuses a value that holds itself', () => {
    const value: unknown[] = []
    value.push(value)
    expect(() => canonicalJson(value)).toThrow(/holds itself/)
  })
})

describe('what RFC 8785 can carry', () => {
  it.each([
    ['{"a":1,"a":2}', 'duplicate_key', 1, 8],
    ['["\\udead"]', 'lone_surrogate', 1, 2],
    ['[1,\n 1e400]', 'number_out_of_range', 2, 2],
    ['[-1e999, 1e999]', 'number_out_of_range', 1, 2],
    ['{', 'unexpected_end', 1, 2],
    ['"\ud800"', 'lone_surrogate', 1, 1],
  ])('names the reason for %j', (text, fault, line, col) => {
    expect(checkIJson(text)).toMatchObject({ fault, line, col })
  })

  it('takes I-JSON', () => {
    expect(checkIJson('{"a": [1.5e300, -0, "😀", {"a": null}]}')).toBeUndefined()
  })
})
