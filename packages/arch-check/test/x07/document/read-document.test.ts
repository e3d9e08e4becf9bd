import { describe, expect, it } from 'vitest'
import { readDocument } from '../../../src/x07/document/read-document.ts'

describe('a document', () => {
  it.each([
    ['{"a": 1, "b": {"a": "x:y"}}', true],
    ['{"a": 1, "a": 1}', false],
    ['{"a": 1, "a" : "\\u003a"}', false],
    ['{"a": {"b": 1, "b": 2}, "c": ":"}', false],
    ['{"a": 1.0}', false],
    ['[-0]', false],
    ['[1234567890123456]', false],
    ['1.5', false],
  ])('says of %s whether it is known to be understood by all readers alike: %s', (text, plain) => {
    const document = readDocument('x.json', Buffer.from(text))
    expect('plain' in document && document.plain).toBe(plain)
  })

  it.each([
    [127, true],
    [128, false],
  ])('nests %i levels: taken is %s', (levels, taken) => {
    const document = readDocument('x.json', Buffer.from('['.repeat(levels) + ']'.repeat(levels)))
    expect('value' in document).toBe(taken)
  })
})
