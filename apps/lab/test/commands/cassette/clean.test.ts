import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clean } from '../../../src/commands/cassette/clean.ts'
import { ls } from '../../../src/commands/cassette/ls.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clean-'))
  mkdirSync(join(root, '.x07_rr'))
})
afterEach(() => rmSync(root, { recursive: true }))

const path = (name: string): string => join(root, '.x07_rr', name)
function put(name: string): void {
  mkdirSync(dirname(path(name)), { recursive: true })
  writeFileSync(path(name), 'x')
}

const leftovers = [
  '.0123456789ab.tmp',
  'a.1a2b3c4d.partial.rrbin',
  'a.rrbin.1a2b3c4d.claim',
  'shop/b.0000ffff.partial.rrbin',
]
const others = ['a.rrbin', 'a.rrbin.torn', 'partial.rrbin', 'notes.tmp', 'a.claim', 'cassettes.lock.json']

test('what runs left is listed, and removed; nothing else is', async () => {
  for (const name of [...leftovers, ...others]) put(name)
  expect((await ls(root)).document).toMatchObject({ leftovers })
  expect(clean(root, Date.now() + 3_600_000)).toEqual({
    document: { removed: leftovers, kept: [] },
    lines: leftovers.map((name) => `removed ${name}`),
    exitCode: 0,
  })
  for (const name of leftovers) expect(existsSync(path(name))).toBe(false)
  for (const name of others) expect(existsSync(path(name))).toBe(true)
  expect(clean(root, Date.now()).lines).toEqual(['nothing is left over'])
})

test('a recording under way is kept', () => {
  put('a.1a2b3c4d.partial.rrbin')
  const file = openSync(path('a.1a2b3c4d.partial.rrbin'), 'r+')
  try {
    expect(clean(root, Date.now()).lines).toEqual(['kept    a.1a2b3c4d.partial.rrbin: a run still writes it'])
  } finally {
    closeSync(file)
  }
})

test('a link is removed, not what it leads to, and a folder that is one is not entered', () => {
  writeFileSync(join(root, 'outside.partial.rrbin'), 'x')
  symlinkSync('../outside.partial.rrbin', path('a.1a2b3c4d.partial.rrbin'))
  mkdirSync(join(root, 'elsewhere'))
  writeFileSync(join(root, 'elsewhere', 'b.1a2b3c4d.partial.rrbin'), 'x')
  symlinkSync('../elsewhere', path('shop'))
  expect(clean(root, Date.now() + 3_600_000).document).toEqual({ removed: ['a.1a2b3c4d.partial.rrbin'], kept: [] })
  expect(existsSync(join(root, 'outside.partial.rrbin'))).toBe(true)
  expect(existsSync(join(root, 'elsewhere', 'b.1a2b3c4d.partial.rrbin'))).toBe(true)
})
