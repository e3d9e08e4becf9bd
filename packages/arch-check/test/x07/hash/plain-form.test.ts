import { parseJson } from '@x07-lab/msg-core/json'
import { array, assert, constantFrom, integer, letrec, oneof, property, string, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/index.ts'
import { plainForm } from '../../../src/x07/hash/plain-form.ts'
import { x07FormOfNode } from '../../../src/x07/hash/x07-form.ts'

const MAX_DEPTH = 127

function plain(text: string, maxDepth = MAX_DEPTH): string | undefined {
  return plainForm(text, JSON.parse(text) as Json, maxDepth)
}

function careful(text: string): string {
  const parsed = parseJson(text, { duplicateKeys: 'keep' })
  if (!parsed.ok) throw new Error(`${text} is JSON`)
  return x07FormOfNode(parsed.root)
}

function repeatsKey(text: string): boolean {
  return !parseJson(text).ok
}

/** JSON texts with any spacing, many of them with equal keys, escapes and numbers that are no plain integers. */
const space = constantFrom('', ' ', '\n  ', '\t', '\r\n')
const quoted = oneof(
  constantFrom('"a"', '"b"', '"ab"', '"a!"', '""', '"\ufb33"', '"\u{1f600}"', '"é"', '"__proto__"', '"10"', '"9"'),
  constantFrom('"\\""', '"\\\\"', '"\\n"', '"\\/"', '"\\u0061"', '"\\ud83d\\ude00"', '"a\\"b"', '":,{}[]"'),
  string({ unit: 'grapheme' }).map((value) => JSON.stringify(value)),
)
const number = oneof(
  integer().map(String),
  constantFrom('0', '-0', '-1', '1.0', '1e2', '0.5', '-0.0', '999999999999999', '1234567890123456', '1E+2'),
)
const { text } = letrec<{ text: string; value: string }>((tie) => ({
  text: tuple(space, tie('value'), space).map((parts) => parts.join('')),
  value: oneof(
    { depthSize: 'medium', withCrossShrink: true },
    constantFrom('null', 'true', 'false', '[]', '{ }'),
    quoted,
    number,
    array(tie('text'), { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
    array(tuple(space, quoted, space, tie('text')), { maxLength: 8 }).map(
      (members) => `{${members.map(([before, key, after, value]) => `${before}${key}${after}:${value}`).join(',')}}`,
    ),
  ),
}))

describe('the form of a plain text', () => {
  it('is the careful one wherever there is one', () => {
    assert(
      property(text, (json) => {
        const form = plain(json)
        if (form === undefined) return
        expect(form).toBe(careful(json))
        expect(repeatsKey(json)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['{"b": 1, "a": [true, null, false]}', '{"a":[true,null,false],"b":1}'],
    ['{"c": {"z": "x y", "y": {}}, "b" :-12, "a":\n""}', '{"a":"","b":-12,"c":{"y":{},"z":"x y"}}'],
    ['{"a!": 1, "a": 2, "": 3}', '{"":3,"a":2,"a!":1}'],
    ['{"\u{1f600}": 1, "\ufb33": 2}', '{"\ufb33":2,"\u{1f600}":1}'],
    [' 999999999999999 ', '999999999999999'],
  ])('of %s is %s', (json, form) => {
    expect(plain(json)).toBe(form)
  })

  it('has the keys of a large object in order, and long members whole', () => {
    const keys = Array.from({ length: 5000 }, (_, at) => `key-${(at * 7919) % 5000}`)
    const json = JSON.stringify(Object.fromEntries(keys.map((key) => [key, [key.repeat(20)]])), null, 1)
    expect(plain(json)).toBe(careful(json))
  })

  it.each([
    ['a key twice', '{"a": 1, "b": 2, "a": 3}'],
    ['a key twice, one after the other', '[{"a": 1, "a": 1}]'],
    ['an escape that stays', '["\\""]'],
    ['a key with an escape', '{"\\n": 1}'],
    ['an escape that has a shorter form', '"\\/"'],
    ['an escaped character', '["\\u0061"]'],
    ['a fraction', '[1.0]'],
    ['an exponent', '1e2'],
    ['minus zero', '[-0]'],
    ['sixteen digits', '-1234567890123456'],
  ])('is left to the careful way for %s', (_title, json) => {
    expect(plain(json)).toBeUndefined()
  })

  it('takes as many levels as the limit and not one more', () => {
    expect(plain('[{"a": []}]', 3)).toBe('[{"a":[]}]')
    expect(plain('[{"a": []}]', 2)).toBeUndefined()
    expect(plain('[[{}]]', 2)).toBeUndefined()
  })
})
