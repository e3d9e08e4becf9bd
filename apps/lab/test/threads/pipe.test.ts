import { describe, expect, test } from 'vitest'
import { pipeMemory, PipeReader, PipeWriter } from '../../src/threads/pipe.ts'

const slotBytes = 256 * 1024
const headBytes = 48

function pattern(length: number, start: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = start + at * 7
  return bytes
}

describe('the pipe between two threads', () => {
  // Bodies that end before, at and behind the end of a slot, and heads that do not fit into what is left of one.
  const around = [-9, -8, -7, -1, 0, 1, 7, 8, 9, headBytes - 1, headBytes, headBytes + 1]
  const sizes = [
    0,
    1,
    7,
    8,
    9,
    ...around.flatMap((more) => [slotBytes - headBytes + more, slotBytes - 2 * headBytes + more]),
  ]

  test.each([...sizes, 3 * slotBytes + 5])('gives a body of %d bytes as it was told, and what follows it', (length) => {
    const memory = pipeMemory()
    const writer = new PipeWriter(memory)
    const reader = new PipeReader(memory)
    const [key, body] = [pattern(5, 3), pattern(length, 11)]
    writer.write(7, [1, -2, 2 ** 40, 0.5, 5], key, body)
    writer.write(8, [6])
    writer.write(9, [], body)
    writer.flush()
    const first = reader.next()
    expect([first.type, ...first.numbers]).toEqual([7, 1, -2, 2 ** 40, 0.5, 5])
    expect(Buffer.compare(first.body, Buffer.concat([key, body]))).toBe(0)
    const second = reader.next()
    expect([second.type, ...second.numbers, second.body.length]).toEqual([8, 6, 0, 0, 0, 0, 0])
    const third = reader.next()
    expect([third.type, Buffer.compare(third.body, body)]).toEqual([9, 0])
  })

  test('lets no writer wait for a reader that has ended', () => {
    const memory = pipeMemory()
    const writer = new PipeWriter(memory)
    new PipeReader(memory).close()
    expect(() => writer.write(1, [])).toThrow('the thread that checks beside the replay has ended')
  })
})
