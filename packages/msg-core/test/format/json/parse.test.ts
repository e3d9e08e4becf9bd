import { array, assert, constantFrom, jsonValue, nat, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JsonNode, lineColAt, lineLocator, nodeAt, parseJson } from '../../../src/format/json/index.ts'

const bytes = (...values: (number | string)[]): Uint8Array =>
  Buffer.concat(values.map((value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.of(value))))

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

function toValue(node: JsonNode): unknown {
  switch (node.kind) {
    case 'literal':
    case 'string':
      return node.value
    case 'number':
      return Number(node.token)
    case 'array':
      return node.items.map(toValue)
    default:
      return Object.fromEntries(node.members.map((member) => [member.key, toValue(member.value)]))
  }
}

describe('reading JSON', () => {
  it('reads what JSON.parse reads, whatever the spacing', () => {
    assert(
      property(jsonValue(), constantFrom(undefined, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space)
        const parsed = parseJson(new TextEncoder().encode(text))
        expect(parsed.ok && toValue(parsed.root)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('refuses every proper prefix of a text that starts an object', () => {
    const text = '{"a": [1, -2.5e+3, "x\\u00e9\\n"], "b": {"c": null, "d": true}}'
    for (let length = 0; length < text.length; length += 1) {
      expect(parseJson(text.slice(0, length)).ok, text.slice(0, length)).toBe(false)
    }
  })

  it('keeps numbers as they were written', () => {
    const parsed = parseJson('[1.0, 1e2, -0, 18446744073709551616]')
    expect(
      parsed.ok &&
        parsed.root.kind === 'array' &&
        parsed.root.items.map((item) => item.kind === 'number' && item.token),
    ).toEqual(['1.0', '1e2', '-0', '18446744073709551616'])
  })

  it.each([
    ['an empty text', '', 'unexpected_end', 0, 1, 1],
    ['a trailing comma', '[1,\n]', 'unexpected_character', 4, 2, 1],
    ['a comment', '// c\n{}', 'unexpected_character', 0, 1, 1],
    ['something after the value', '{} x', 'unexpected_character', 3, 1, 4],
    ['a leading zero', '[01]', 'unexpected_character', 2, 1, 3],
    ['a plus sign', '+1', 'unexpected_character', 0, 1, 1],
    ['a bare point', '[1.]', 'unexpected_character', 3, 1, 4],
    ['NaN', 'NaN', 'unexpected_character', 0, 1, 1],
    ['single quotes', "{'a': 1}", 'unexpected_character', 1, 1, 2],
    ['a line break in a string', '"a\nb"', 'control_character', 2, 1, 3],
    ['an unknown escape', '["\\x"]', 'bad_escape', 2, 1, 3],
    ['a short unicode escape', '"\\u12"', 'bad_escape', 1, 1, 2],
    ['a lone high surrogate', '["\\ud800"]', 'lone_surrogate', 1, 1, 2],
    ['surrogates in reverse', '"\\udc00\\ud800"', 'lone_surrogate', 0, 1, 1],
    ['a lone surrogate in a key', '{"\\udfff": 1}', 'lone_surrogate', 1, 1, 2],
    ['a duplicate key', '{"a": 1,\n "a": 2}', 'duplicate_key', 10, 2, 2],
    ['a key that is a duplicate once unescaped', '{"a": 1, "\\u0061": 2}', 'duplicate_key', 9, 1, 10],
    ['a duplicate __proto__', '{"__proto__": 1, "__proto__": 2}', 'duplicate_key', 17, 1, 18],
  ])('refuses %s and says where', (_title, text, fault, offset, line, col) => {
    const parsed = parseJson(new TextEncoder().encode(text))
    expect(parsed.ok || parsed.error).toMatchObject({ fault, offset, line, col })
  })

  it.each([
    ['a byte-order mark', bytes(0xef, 0xbb, 0xbf, '{}'), 'byte_order_mark', 0, 1],
    ['an overlong form', bytes('{"a', 0xc0, 0x80, '":1}'), 'invalid_utf8', 3, 4],
    ['an encoded surrogate', bytes('"', 0xed, 0xa0, 0x80, '"'), 'invalid_utf8', 1, 2],
    ['a cut sequence', bytes('"é', 0xe2, 0x82), 'invalid_utf8', 3, 3],
    ['a byte above F4', bytes(0xff), 'invalid_utf8', 0, 1],
  ])('refuses %s and says where', (_title, input, fault, offset, col) => {
    const parsed = parseJson(input)
    expect(parsed.ok || parsed.error).toMatchObject({ fault, offset, line: 1, col })
  })

  it('takes duplicate keys and lone surrogates where asked to', () => {
    const parsed = parseJson('{"a": 1, "a": "\\ud800"}', { duplicateKeys: 'keep', loneSurrogates: 'keep' })
    expect(parsed.ok && parsed.root.kind === 'object' && parsed.root.members.length).toBe(2)
  })

  it('takes as many levels as the limit and not one more', () => {
    expect(parseJson(nested(127), { maxDepth: 127 }).ok).toBe(true)
    const deeper = parseJson(nested(128), { maxDepth: 127 })
    expect(deeper.ok || deeper.error).toMatchObject({
      fault: 'too_deep',
      offset: 127,
      reason: 'more than 127 levels of nesting',
    })
  })

  it('ends at once on ten megabytes of opening brackets', () => {
    const parsed = parseJson('['.repeat(10_000_000))
    expect(parsed.ok || parsed.error.fault).toBe('too_deep')
  })

  it('treats __proto__ as a key like any other', () => {
    const parsed = parseJson('{"__proto__": {"polluted": true}}')
    expect(parsed.ok && nodeAt(parsed.root, '/__proto__/polluted')).toMatchObject({ value: true })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('positions', () => {
  it('names lines and columns in code points', () => {
    const text = '{\r\n  "é😀": 1\r\n}'
    expect(lineColAt(text, text.indexOf('1'))).toEqual({ line: 2, col: 9 })
    expect(lineColAt(text, 0)).toEqual({ line: 1, col: 1 })
    expect(lineColAt(text, 999)).toEqual({ line: 3, col: 2 })
  })

  it('finds the node a pointer names', () => {
    const text = '{"a/b": [{"m~n": "x"}], "c": 1, "c": 2}'
    const parsed = parseJson(text, { duplicateKeys: 'keep' })
    if (!parsed.ok) throw new Error('the text is JSON')
    const found = nodeAt(parsed.root, '/a~1b/0/m~0n')
    expect(found && text.slice(found.start, found.end)).toBe('"x"')
    expect(nodeAt(parsed.root, '/c')).toMatchObject({ token: '2' })
    expect(nodeAt(parsed.root, '/a~1b/00')).toBeUndefined()
    expect(nodeAt(parsed.root, '/a~1b/1')).toBeUndefined()
  })

  it('are the same asked for one by one or in any order of a locator', () => {
    const unit = constantFrom('\n', 'a', '\r', '\u{1f600}', '\ud83d', '\ude00')
    assert(
      property(array(unit), array(nat(30)), (units, indexes) => {
        const text = units.join('')
        const locate = lineLocator(text)
        for (const index of indexes) expect(locate(index), JSON.stringify(text)).toEqual(lineColAt(text, index))
      }),
    )
  })
})
