import { cpSync, mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { verify } from '../../../src/commands/cassette/verify.ts'

test('verify tells a cassette that is not there from one that is damaged', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'verify-'))
  const root = folder.path
  mkdirSync(join(root, '.x07_rr'))
  writeFileSync(join(root, '.x07_rr', 'orders.rrbin'), 'x')
  const { document, lines, exitCode } = verify(root, ['ordres', 'orders', root])
  expect(lines[0]).toBe('missing   ordres: there is no such file, here or in .x07_rr/; did you mean orders?')
  expect(lines[1]).toMatch(/^damaged {3}orders: /)
  expect(lines[2]).toMatch(/^missing {3}.*: it is a folder, expected a file; /)
  expect(document).toMatchObject({ cassettes: [{ state: 'missing' }, { state: 'damaged' }, { state: 'missing' }] })
  expect(exitCode).toBe(3)
})

test('a whole recording under a partial name is none: its run refused to take it', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'verify-'))
  const committed = fileURLToPath(new URL('../../../../../.x07_rr/greetings.rrbin', import.meta.url))
  cpSync(committed, join(folder.path, '.x07_rr', 'greetings.0123abcd.partial.rrbin'))
  const { lines, exitCode } = verify(folder.path, ['greetings.0123abcd.partial'])
  expect(lines[0]).toMatch(/^broken {4}greetings\.0123abcd\.partial: by its name it is a recording that did not end/)
  expect(exitCode).toBe(3)
})
