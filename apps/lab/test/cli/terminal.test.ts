import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { dress } from '@x07-lab/msg-core/command-line'

const terminal = (more: object): Writable => Object.assign(new Writable({ write: (_c, _e, done) => done() }), more)

test('a long line is wrapped between words on a terminal, and nowhere else', () => {
  const line = `diverged  ${'word '.repeat(20)}end`
  expect(dress(line, terminal({}))).toBe(line)
  const wrapped = stripVTControlCharacters(dress(line, terminal({ isTTY: true, columns: 50 }))).split('\n')
  expect(wrapped.every((part) => part.length <= 50)).toBe(true)
  expect(wrapped.map((part) => part.trimStart()).join(' ')).toBe(line)
  expect(wrapped.slice(1).every((part) => part.startsWith(' '.repeat(10)))).toBe(true)
})

test('a line that says what to type stays whole, to be copied', () => {
  const line = `look      pnpm lab cassette show ${'a-long-name-'.repeat(8)} --entry 3`
  expect(stripVTControlCharacters(dress(line, terminal({ isTTY: true, columns: 50 })))).toBe(line)
})
