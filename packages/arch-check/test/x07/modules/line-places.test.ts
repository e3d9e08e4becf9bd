import { array, assert, constantFrom, nat, property } from 'fast-check'
import { lineColAt } from '@x07-lab/msg-core/json'
import { describe, expect, test } from 'vitest'
import { linePlaces } from '../../../src/x07/modules/line-places.ts'

describe('the place of an index', () => {
  test.each([
    ['', 0, 1, 1],
    ['ab', 1, 1, 2],
    ['a\nb', 1, 1, 2],
    ['a\nb', 2, 2, 1],
    ['a\r\n😀b', 5, 2, 2],
    ['😀'.repeat(2000), 3998, 1, 2000],
  ])('%j at %i is %i:%i', (text, index, line, col) => {
    expect(linePlaces(text)(index)).toEqual({ line, col })
  })

  test('is the one that counting from the start gives', () => {
    const texts = array(constantFrom('a', '\n', '\r\n', 'é', '😀', 'x'.repeat(600))).map((parts) => parts.join(''))
    assert(
      property(texts, nat(), (text, at) => {
        const index = at % (text.length + 1)
        expect(linePlaces(text)(index)).toEqual(lineColAt(text, index))
      }),
    )
  })
})
