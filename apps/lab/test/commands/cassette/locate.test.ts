import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { locate } from '../../../src/commands/cassette/locate.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'locate-'))
  mkdirSync(join(root, '.x07_rr/folder.rrbin'), { recursive: true })
  writeFileSync(join(root, '.x07_rr/a.rrbin'), '')
})
afterEach(() => rmSync(root, { recursive: true }))

describe('the file that a person means', () => {
  test('is a path, or a name below .x07_rr/', () => {
    const path = join(root, '.x07_rr/a.rrbin')
    expect([locate(root, path), locate(root, 'a.rrbin')]).toEqual([path, path])
  })

  test.for([
    ['', 2, 'cassette "": give the name of a file; pnpm lab cassette ls tells what there is'],
    [
      'b.rrbin',
      3,
      'cassette b.rrbin: there is no such file, here or in .x07_rr/; pnpm lab cassette ls tells what there is',
    ],
    [
      'folder.rrbin',
      3,
      'cassette folder.rrbin: it is a folder, expected a file; pnpm lab cassette ls tells what there is',
    ],
    [
      '/dev/null',
      3,
      'cassette /dev/null: it is a pipe, socket or device, expected a file; save what it gives in a file first',
    ],
  ] as const)('is told what is wrong with it: %j', ([file, exitCode, message]) => {
    expect(() => locate(root, file)).toThrow(expect.objectContaining({ exitCode, message }))
  })

  test('is not waited for where a socket stands', async () => {
    const server = createServer().listen(join(root, '.x07_rr/s.rrbin'))
    await once(server, 'listening')
    try {
      expect(() => locate(root, 's.rrbin')).toThrow('cassette s.rrbin: it is a pipe, socket or device, expected a file')
    } finally {
      await new Promise((closed) => server.close(closed))
    }
  })
})
