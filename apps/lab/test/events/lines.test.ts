import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readLines } from '../../src/events/lines.ts'

async function* inChunks(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b)
  let start = 0
  for (const end of ends) {
    yield bytes.subarray(start, end)
    start = end
  }
}

async function linesOf(
  text: string,
  { cuts = [] as number[], maxBytes = 100 } = {},
): Promise<[number, string | undefined][]> {
  const lines: [number, string | undefined][] = []
  for await (const { number, bytes } of readLines(inChunks(Buffer.from(text), cuts), maxBytes)) {
    lines.push([number, bytes === undefined ? undefined : Buffer.from(bytes).toString()])
  }
  return lines
}

describe('lines of a stream', () => {
  test.each([
    ['nothing', '', []],
    ['one line feed', '\n', [[1, '']]],
    [
      'a last line without its end',
      'a\nb',
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    [
      'a last line with its end',
      'a\nb\n',
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    [
      'blank lines, which count',
      'a\n\nb',
      [
        [1, 'a'],
        [2, ''],
        [3, 'b'],
      ],
    ],
    ['a carriage return, which stays', 'a\r\n', [[1, 'a\r']]],
    [
      'a byte-order mark at the very start, which goes',
      '\u{feff}a\n\u{feff}b',
      [
        [1, 'a'],
        [2, '\u{feff}b'],
      ],
    ],
  ])('%s', async (_title, text, lines) => {
    expect(await linesOf(text)).toEqual(lines)
  })

  test('are the same however the stream is cut', async () => {
    const texts = fc
      .array(fc.constantFrom('a', '\n', '\r', 'é', '\u{feff}', '😀'), { maxLength: 20 })
      .map((all) => all.join(''))
    await fc.assert(
      fc.asyncProperty(texts, fc.array(fc.nat(), { maxLength: 8 }), async (text, cuts) => {
        expect(await linesOf(text, { cuts })).toEqual(await linesOf(text))
      }),
    )
  })

  test('the longest line allowed is read, one byte more ends the reading', async () => {
    expect(await linesOf('abcd\ne', { maxBytes: 4 })).toEqual([
      [1, 'abcd'],
      [2, 'e'],
    ])
    expect(await linesOf('abcde\nf', { maxBytes: 4 })).toEqual([[1, undefined]])
  })

  test('a line without end is given up after the limit, not after the stream', async () => {
    let read = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        read++
        yield Buffer.alloc(10)
      }
    }
    const lines = []
    for await (const line of readLines(endless(), 25)) lines.push(line)
    expect(lines).toEqual([{ number: 1, bytes: undefined }])
    expect(read).toBe(3)
  })
})
