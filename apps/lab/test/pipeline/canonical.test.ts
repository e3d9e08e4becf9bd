import canonicalize from 'canonicalize'
import { array, assert, constantFrom, jsonValue, nat, property, tuple } from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codePoint } from '../../../../tests/support/code-point.ts'
import { isCanonicalJson } from '../../src/pipeline/canonical.ts'

const isCanonical = (text: string): boolean => isCanonicalJson(Buffer.from(text))

describe('canonical JSON', () => {
  test.each([
    'null',
    'true',
    'false',
    '0',
    '-1',
    '9007199254740993'.replace('3', '2'),
    '1e+21',
    '1e-7',
    '0.000001',
    '-0.25',
    '1.7976931348623157e+308',
    '""',
    '"/\u007f\u2028é\u{1F341}"',
    String.raw`"\"\\\b\f\n\r\t\u0000\u000b\u001f"`,
    '[]',
    '{}',
    '[[],{},[{"a":[]}]]',
    '{"":0,"a":0,"ab":0,"b":{"a":0}}',
    String.raw`{"\n":0,"\r":0," ":0,"a\"":0,"aa":0}`,
    // By UTF-16 code units a surrogate pair stands before U+FB33; by bytes after it.
    '{"\u{1F600}":0,"\ufb33":0}',
    '['.repeat(100_000) + ']'.repeat(100_000),
  ])('takes what RFC 8785 writes: %.60s', (text) => {
    expect(isCanonical(text)).toBe(true)
  })

  test.each([
    ['nothing', ''],
    ['a space before', ' 1'],
    ['a space after', '1 '],
    ['a space within', '[1, 2]'],
    ['a line end', '{}\n'],
    ['a byte-order mark', '\ufeff{}'],
    ['two values', '1,2'],
    ['a cut array', '[1'],
    ['a cut object', '{"a":1'],
    ['a cut key', '{"a'],
    ['a key alone', '{"a"}'],
    ['a key of no text', '{1:2}'],
    ['a comma too many in an array', '[1,]'],
    ['a comma too many in an object', '{"a":1,}'],
    ['a comma before', '[,1]'],
    ['the wrong bracket', '[1}'],
    ['the wrong brace', '{"a":1]'],
    ['a bracket too many', '[]]'],
    ['keys out of order', '{"b":0,"a":0}'],
    ['a longer key before its beginning', '{"ab":0,"a":0}'],
    ['a repeated key', '{"a":0,"a":0}'],
    ['a key repeated by an escape', String.raw`{"a":0,"\u0061":0}`],
    ['keys in the order of bytes', '{"\ufb33":0,"\u{1F600}":0}'],
    ['an escaped solidus', String.raw`"\/"`],
    ['an escape of a character that needs none', String.raw`"\u0061"`],
    ['the long escape of a line end', String.raw`"\u000a"`],
    ['an escape in capitals', String.raw`"\u001F"`],
    ['an escaped half of a surrogate pair', String.raw`"\ud800"`],
    ['an unknown escape', String.raw`"\x"`],
    ['a cut escape', String.raw`"\u00`],
    ['a bare control character', '"\n"'],
    ['an open text', '"a'],
    ['minus zero', '-0'],
    ['a leading zero', '01'],
    ['a negative leading zero', '-01'],
    ['a plus', '+1'],
    ['a fraction of zeros', '1.0'],
    ['an exponent', '1e2'],
    ['an exponent without plus', '1e21'],
    ['a number that is rounded', '9007199254740993'],
    ['a number that is too large', '1e+400'],
    ['a minus alone', '-'],
    ['a point alone', '.5'],
    ['no number', 'NaN'],
    ['infinity', 'Infinity'],
    ['negative infinity', '-Infinity'],
    ['a word', 'nul'],
    ['a longer word', 'nulll'],
    ['a word in capitals', 'TRUE'],
    ['a number so small that it is written with an exponent', '0.0000001'],
  ])('refuses %s', (_, text) => {
    expect(isCanonical(text)).toBe(false)
  })

  test.each([
    ['a byte that is never UTF-8', [0x22, 0xff, 0x22]],
    ['a character of four bytes cut to three', [0x22, 0xf0, 0x9f, 0x98, 0x22]],
    ['half of a surrogate pair', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0x80, 0x22]],
  ])('refuses %s', (_, bytes) => {
    expect(isCanonicalJson(Uint8Array.from(bytes))).toBe(false)
  })

  it('takes the canonical form of every value', () => {
    assert(
      property(jsonValue({ stringUnit: codePoint }), (value) => {
        expect(isCanonical(canonicalize(value) ?? '')).toBe(true)
      }),
    )
  })

  it('says what parsing and writing again says, of numbers with any digits', () => {
    const digits = array(constantFrom(...Array.from('00123456789')), { maxLength: 18 }).map((all) => all.join(''))
    const number = tuple(constantFrom('', '-'), digits, constantFrom('', '.', 'e-'), digits)
    assert(
      property(number, (parts) => {
        const text = `[${parts.join('')}]`
        expect(isCanonical(text)).toBe(writtenAgain(text) === text)
      }),
      { numRuns: 1_000 },
    )
  })

  it('says what parsing and writing again says, of texts that are nearly canonical', () => {
    const nearly = tuple(
      jsonValue({ maxDepth: 3 }),
      nat(),
      constantFrom(...Array.from('{}[]",:\\0123456789.-+eEu/ \n\u0001aé')),
      nat(2),
    ).map(([value, at, char, cut]) => {
      const text = JSON.stringify(value)
      const place = at % (text.length + 1)
      return text.slice(0, place) + char + text.slice(place + cut)
    })
    assert(
      property(nearly, (text) => {
        expect(isCanonical(text)).toBe(writtenAgain(text) === text)
      }),
      { numRuns: 500 },
    )
  })
})

function writtenAgain(text: string): string | undefined {
  try {
    return canonicalize(JSON.parse(text))
  } catch {
    return undefined
  }
}
