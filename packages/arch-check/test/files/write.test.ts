import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFileWhole } from '../../src/files/write.ts'

describe('writing a file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'arch-write-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('makes the folders above it, replaces what was there and leaves nothing beside it', () => {
    const path = join(folder, 'a/b.json')
    writeFileWhole(path, 'one')
    writeFileWhole(path, 'two')
    expect([readFileSync(path, 'utf8'), readdirSync(join(folder, 'a'))]).toEqual(['two', ['b.json']])
  })

  it('writes into a pipe and leaves it a pipe', () => {
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      writeFileWhole(path, 'text')
      const bytes = Buffer.alloc(8)
      const length = readSync(reader, bytes, 0, 8, null)
      expect([bytes.toString('utf8', 0, length), statSync(path).isFIFO()]).toEqual(['text', true])
    } finally {
      closeSync(reader)
    }
  })
})
