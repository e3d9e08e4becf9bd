import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listCassettes } from '../../src/project/cassettes-lock.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'recordings-'))
  mkdirSync(join(root, '.x07_rr', 'sub'), { recursive: true })
  for (const name of [
    'kept.rrbin',
    'lab.rrbin',
    'a.partial.rrbin',
    'sub/lab.rrbin',
    'sub/kept.x07rr.bin',
    'note.txt',
  ]) {
    writeFileSync(join(root, '.x07_rr', name), '')
  }
})
afterEach(() => rmSync(root, { recursive: true }))

test('every cassette is for committing where nothing says otherwise', () => {
  expect(listCassettes(root)).toEqual([
    '.x07_rr/a.partial.rrbin',
    '.x07_rr/kept.rrbin',
    '.x07_rr/lab.rrbin',
    '.x07_rr/sub/kept.x07rr.bin',
    '.x07_rr/sub/lab.rrbin',
  ])
})

test('what the folder tells git to ignore is a recording of the moment: by name anywhere, by path where there is a slash', () => {
  writeFileSync(join(root, '.x07_rr', '.gitignore'), '# local\n\n*.partial.rrbin\n/lab.rrbin\n[bad\n!kept.rrbin\n')
  expect(listCassettes(root)).toEqual(['.x07_rr/kept.rrbin', '.x07_rr/sub/kept.x07rr.bin', '.x07_rr/sub/lab.rrbin'])
  writeFileSync(join(root, '.x07_rr', '.gitignore'), 'lab.rrbin\n')
  expect(listCassettes(root)).toEqual(['.x07_rr/a.partial.rrbin', '.x07_rr/kept.rrbin', '.x07_rr/sub/kept.x07rr.bin'])
})
