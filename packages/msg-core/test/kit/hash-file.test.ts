import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hashFile, NotAFileError } from '../../src/kit/index.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hash-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('hashes a file, or its beginning', () => {
  const path = join(folder, 'a')
  writeFileSync(path, 'abcdef')
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  expect(hashFile(path)).toEqual({ bytes: 6, sha256: sha256('abcdef') })
  expect(hashFile(path, 3)).toEqual({ bytes: 3, sha256: sha256('abc') })
})

test('does not begin with a file that is longer than any cassette, and waits for no pipe', () => {
  const path = join(folder, 'sparse')
  writeFileSync(path, 'abc')
  // A terabyte that takes no place on the disk.
  truncateSync(path, 2 ** 40)
  expect(() => hashFile(path)).toThrow(new NotAFileError('it is longer than 4294967295 bytes'))
  expect(hashFile(path, 3).bytes).toBe(3)
  execFileSync('mkfifo', [join(folder, 'pipe')])
  expect(() => hashFile(join(folder, 'pipe'))).toThrow(new NotAFileError('it is a pipe, expected a file'))
})
