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
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFileWhole, writeOwnFile } from '../../../src/x07/files/write.ts'

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

  it('opens a file to nobody who could not read it before', () => {
    const path = join(folder, 'secret.json')
    writeFileSync(path, 'one', { mode: 0o600 })
    writeFileWhole(path, 'two')
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['two', 0o600])
  })

  it.each([
    ['.', 'it is a folder'],
    ['file/x', 'a file stands where a folder has to be'],
    ['file/x/y', 'a part of its path is not a folder'],
    ['n'.repeat(300), 'its name is too long'],
  ])('says why it cannot write %s, and leaves nothing behind', (name, reason) => {
    writeFileSync(join(folder, 'file'), '')
    const path = join(folder, name)
    expect(() => writeFileWhole(path, 'text')).toThrow(new Error(`write ${path}: ${reason}`))
    expect(readdirSync(folder)).toEqual(['file'])
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

  it('does not wait for somebody to read a pipe', () => {
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    expect(() => writeFileWhole(path, 'text')).toThrow(new Error(`write ${path}: nothing reads from it`))
  })

  it('writes a file of the repository to no pipe and no device, not through a link either', () => {
    const [pipe, link] = [join(folder, 'pipe'), join(folder, 'link')]
    execFileSync('mkfifo', [pipe])
    symlinkSync('/dev/null', link)
    expect(() => writeOwnFile(pipe, 'text')).toThrow(new Error(`write ${pipe}: it is a pipe, expected a file`))
    expect(() => writeOwnFile(link, 'text')).toThrow(new Error(`write ${link}: it is a device, expected a file`))
    writeOwnFile(join(folder, 'a'), 'text')
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('text')
  })
})
