import { assert, jsonValue, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonPatchOp } from '../../../src/index.ts'
import { editJsonText, PatchError } from '../../../src/x07/patch/edit-text.ts'

const FILE = `{
    "b": [1.0, 2],
    "a": {
        "x": 1e2
    },
    "list": [
        "one",
        "two"
    ],
    "none": []
}
`

const edited = (...ops: JsonPatchOp[]): string => editJsonText(FILE, ops)

describe('editing JSON text', () => {
  it.each<[string, JsonPatchOp, string, string]>([
    ['replaces a value where it stands', { op: 'replace', path: '/a/x', value: 5 }, '"x": 1e2', '"x": 5'],
    ['keeps a short array on its line', { op: 'replace', path: '/b', value: ['p', 'q'] }, '[1.0, 2]', '["p", "q"]'],
    [
      'spreads a long array as it was',
      { op: 'replace', path: '/list', value: ['z'] },
      '[\n        "one",\n        "two"\n    ]',
      '[\n        "z"\n    ]',
    ],
    [
      'adds a member after the last, indented as its siblings',
      { op: 'add', path: '/a/y', value: true },
      '1e2',
      '1e2,\n        "y": true',
    ],
    ['adds to the end of a list', { op: 'add', path: '/list/-', value: 'three' }, '"two"', '"two",\n        "three"'],
    ['adds before an element', { op: 'add', path: '/list/0', value: 'zero' }, '"one"', '"zero",\n        "one"'],
    [
      'adds an object to a list with its indentation',
      { op: 'add', path: '/list/-', value: { k: [1] } },
      '"two"',
      '"two",\n        {\n            "k": [\n                1\n            ]\n        }',
    ],
    [
      'fills an empty array with an object',
      { op: 'add', path: '/none/-', value: { k: 1 } },
      '[]',
      '[\n        {\n            "k": 1\n        }\n    ]',
    ],
    ['fills an empty array with a word on its line', { op: 'add', path: '/none/-', value: 'w' }, '[]', '["w"]'],
    ['adds over a member that is there', { op: 'add', path: '/a/x', value: 2 }, '1e2', '2'],
    ['removes the first element', { op: 'remove', path: '/list/0' }, '"one",\n        ', ''],
    ['removes the last element', { op: 'remove', path: '/list/1' }, ',\n        "two"', ''],
    ['removes the only member', { op: 'remove', path: '/a/x' }, '{\n        "x": 1e2\n    }', '{}'],
  ])('%s and touches nothing else', (_title, op, before, after) => {
    expect(edited(op)).toBe(FILE.replace(before, () => after))
  })

  it.each<[string, JsonPatchOp]>([
    ['replaces a list', { op: 'replace', path: '/list', value: ['y', 'z'] }],
    ['adds a member', { op: 'add', path: '/a/y', value: { k: [1] } }],
    ['adds to a list', { op: 'add', path: '/list/0', value: { k: 1 } }],
    ['fills an empty array', { op: 'add', path: '/none/-', value: { k: 1 } }],
  ])('%s with the line ends of the text', (_title, op) => {
    const windows = FILE.replaceAll('\n', '\r\n')
    expect(editJsonText(windows, [op])).toBe(edited(op).replaceAll('\n', '\r\n'))
  })

  it('moves and copies values', () => {
    expect(JSON.parse(edited({ op: 'move', from: '/a/x', path: '/list/0' }))).toMatchObject({
      a: {},
      list: [100, 'one', 'two'],
    })
    expect(JSON.parse(edited({ op: 'copy', from: '/list', path: '/a/l' }))).toMatchObject({ a: { l: ['one', 'two'] } })
  })

  it.each<[JsonPatchOp, string]>([
    [{ op: 'replace', path: '/nope', value: 1 }, 'follow /nope: there is nothing'],
    [{ op: 'remove', path: '/list/2' }, 'remove /list/2: there is nothing'],
    [{ op: 'add', path: '/list/9', value: 1 }, 'add /list/9: no such place in the array'],
    [{ op: 'add', path: '/list/0/x', value: 1 }, 'add /list/0/x: its parent is neither an object nor an array'],
    [{ op: 'test', path: '/list/0', value: 'two' }, 'test /list/0: the value is another one'],
  ])('refuses what does not fit: %j', (op, message) => {
    expect(() => edited(op)).toThrow(new PatchError(message))
  })

  it('lets a test pass', () => {
    expect(edited({ op: 'test', path: '/list', value: ['one', 'two'] })).toBe(FILE)
  })

  it('gives for any value and key what the value says', () => {
    assert(
      property(jsonValue(), string({ unit: 'grapheme' }), (value, key) => {
        const text = JSON.stringify({ first: 1, nested: [] }, null, 2)
        const path = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
        const json: Json = JSON.parse(JSON.stringify(value))
        const result: Record<string, unknown> = JSON.parse(editJsonText(text, [{ op: 'add', path, value: json }]))
        expect(result[key]).toEqual(json)
      }),
    )
  })
})
