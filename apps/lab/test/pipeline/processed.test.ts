import { expect, test } from 'vitest'
import { encodeEnvelope } from '@x07-lab/msg-core'
import { Processed } from '../../src/pipeline/processed.ts'

const message = (id: string, value: string): Uint8Array =>
  encodeEnvelope({ topic: 't', key: null, value: Buffer.from(value), headers: [['message-id', id]] })

test('a message of this run counts once, however often the broker delivers it', () => {
  const processed = new Processed({ numbered: true })
  for (let n = 0; n < 5_000; n++) processed.published(message(String(n), `own ${n}`))
  const add = (n: number) => processed.add(message(String(n), `own ${n}`), String(n), false)
  expect([0, 1_023, 1_024, 4_999].map(add)).toEqual([true, true, true, true])
  expect([0, 1_023, 1_024, 4_999].map(add)).toEqual([false, false, false, false])
})

test('an id of another publisher is theirs: it may be a number of this run, and repeat', () => {
  const processed = new Processed({ numbered: true })
  processed.published(message('0', 'own'))
  expect(processed.add(message('0', 'theirs'), '0', false)).toBe(true)
  expect(processed.add(message('0', 'theirs'), '0', false)).toBe(true)
  expect(processed.add(message('x', 'a'), 'x', false)).toBe(true)
  expect(processed.add(message('x', 'b'), 'x', false)).toBe(true)
  expect(processed.add(message('0', 'own'), '0', false)).toBe(true)
})

test("another publisher's message is a repetition where the broker says so and it was processed", () => {
  const processed = new Processed({ numbered: true })
  // Delivered before, to somebody who did not process it.
  expect(processed.add(message('x', 'a'), 'x', true)).toBe(true)
  expect(processed.add(message('x', 'a'), 'x', true)).toBe(false)
})

test('messages that are published again from elsewhere count as often as they were published', () => {
  const processed = new Processed({ numbered: false })
  for (const id of ['5', '5', 'x']) processed.published(message(id, 'same'))
  const add = (id: string) => processed.add(message(id, 'same'), id, false)
  expect(['5', '5', '5', 'x', 'x'].map(add)).toEqual([true, true, false, true, false])
})

test('what is done with is made again where a message of it comes once more, or another publisher has its number', () => {
  const own = (n: number) => message(String(n), `own ${n}`)
  const asked: number[] = []
  const processed = new Processed({
    numbered: true,
    *again(from, count) {
      asked.push(from)
      for (let n = from; n < from + count; n++) yield own(n)
    },
  })
  const add = (n: number, bytes = own(n)) => processed.add(bytes, String(n), false)
  for (let n = 0; n < 140_000; n++) processed.published(own(n))
  // One comparison for all: a matcher takes longer than what it looks at.
  let added = 0
  for (let n = 0; n < 140_000; n++) added += Number(add(n))
  expect(added).toBe(140_000)
  expect(asked).toEqual([])
  expect([add(5), add(65_535), add(65_536), add(139_999)]).toEqual([false, false, false, false])
  expect([add(65_537, message('65537', 'theirs')), add(65_537)]).toEqual([true, false])
  expect(asked).toEqual([0, 65_536])
  expect(processed.own).toBe(140_000)
})
