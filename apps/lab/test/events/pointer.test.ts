import { describe, expect, test } from 'vitest'
import { parsePointer, valueAt } from '../../src/events/pointer.ts'

/** The example document of RFC 6901, section 5. */
const document: unknown = JSON.parse(
  '{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}',
)

describe('a JSON Pointer', () => {
  test.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
    ['/none', undefined],
    ['/foo/2', undefined],
    ['/foo/bar', undefined],
    ['/foo/0/0', undefined],
    ['/toString', undefined],
    ['/__proto__', undefined],
  ])('%j gives what RFC 6901 says', (pointer, value) => {
    expect(valueAt(document, parsePointer(pointer))).toEqual(value)
  })

  test('~01 is ~1, not a slash', () => {
    expect(parsePointer('/~01')).toEqual(['~1'])
  })

  test.each(['a', '#/a', '/~', '/a~2'])('%j is none', (text) => {
    expect(() => parsePointer(text)).toThrow(
      `--key ${JSON.stringify(text)}: not a JSON Pointer; write for example /customer/id`,
    )
  })
})
