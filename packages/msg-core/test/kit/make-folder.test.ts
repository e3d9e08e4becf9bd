import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../../src/kit/make-folder.ts'

const scratch = mkdtempSync(join(tmpdir(), 'make-folder-'))
afterAll(() => rmSync(scratch, { recursive: true }))

describe('making a folder', () => {
  it('makes those above it too, and leaves one that is there', () => {
    const folder = join(scratch, 'a', 'b', 'c')
    makeFolder(folder)
    makeFolder(folder)
    expect(statSync(folder).isDirectory()).toBe(true)
  })

  it('says that a file is in the way', () => {
    writeFileSync(join(scratch, 'file'), '')
    expect(() => makeFolder(join(scratch, 'file'))).toThrow('EEXIST')
    expect(() => makeFolder(join(scratch, 'file', 'below'))).toThrow('ENOTDIR')
  })

  it.runIf(existsSync('/proc/self'))('comes back from a file system that takes no folders', () => {
    expect(() => makeFolder('/proc/a/b')).toThrow('ENOENT')
  })
})
