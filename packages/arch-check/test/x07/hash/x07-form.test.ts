import { parseJson } from '@x07-lab/msg-core/json'
import { describe, expect, it } from 'vitest'
import { readDocument } from '../../../src/x07/document/read-document.ts'
import { layoutJson, layoutNode } from '../../../src/x07/hash/layout.ts'
import { sha256Hex, x07FormOfNode, x07FormOfValue } from '../../../src/x07/hash/x07-form.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function node(text: string) {
  const parsed = parseJson(text, { duplicateKeys: 'keep' })
  if (!parsed.ok) throw new Error(`${text} is JSON`)
  return parsed.root
}

describe('the form that is hashed', () => {
  it.each([
    ['{"b": 1, "a": [true, null]}', '{"a":[true,null],"b":1}'],
    ['{"a": 1.0, "b": [1e2, -0]}', '{"a":1.0,"b":[100.0,-0.0]}'],
    ['{"a": 1, "a": 2}', '{"a":2}'],
    ['{"\\ufb33": 1, "\\ud83d\\ude00": 2}', '{"\ufb33":1,"\u{1f600}":2}'],
    ['"\\u0007\\u001f\\u007f\\u2028\\/"', '"\\u0007\\u001f\u007f\u2028/"'],
  ])('of %s is %s', (text, form) => {
    expect(x07FormOfNode(node(text))).toBe(form)
  })

  it.each([
    '{"z": [{"b": "é", "a": 12}, []], "\\ufb33": 1, "\u{1f600}": {}}',
    '{"b": 1, "10": {"d": 1, "c": 2}, "9": [], "a": 2}',
    '{"b": 1, "__proto__": {"d": 1, "c": [{"f": 1, "e": 2}]}, "a": 2}',
    '[{"b": 1, "a": null}, {"2": true, "10": false}]',
  ])('is the same from a value as from a tree where numbers are plain: %s', (text) => {
    expect(x07FormOfValue(JSON.parse(text))).toBe(x07FormOfNode(node(text)))
  })

  it('is hashed by SHA-256 of its UTF-8 bytes, whatever the file looks like', () => {
    const hash = sha256Hex('{"a":"é","b":[1]}')
    expect(hash).toBe('fe44b490e297c0523c2a1ce591fc7b3b064b5ad3f2ac4634523685392680de5d')
    for (const text of ['{"b": [1], "a": "\\u00e9"}', '{\n\t"a" : "é",\r\n"b":[1]}\n']) {
      const document = readDocument('x.json', bytes(text))
      expect('hash' in document && document.hash()).toBe(hash)
    }
  })
})

describe('the layout of locks', () => {
  it('has two spaces, sorted keys, one element a line and a line break at the end', () => {
    expect(layoutJson({ b: [], a: { y: [1, 'x'], x: {} } })).toBe(
      '{\n  "a": {\n    "x": {},\n    "y": [\n      1,\n      "x"\n    ]\n  },\n  "b": []\n}\n',
    )
    expect(layoutNode(node('{"b": 1.50, "a": 1.0}'))).toBe('{\n  "a": 1.0,\n  "b": 1.5\n}\n')
  })
})
