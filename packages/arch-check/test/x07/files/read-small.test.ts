import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSmallFile } from '../../../src/x07/files/read-small.ts'

const folder = mkdtempSync(join(tmpdir(), 'read-small-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('reading a small file', () => {
  it('says how many bytes it put in the room', () => {
    const room = Buffer.alloc(8, 'x')
    expect(readSmallFile(written('seven', '{"a":1}'), room)).toBe(7)
    expect(room.toString()).toBe('{"a":1}x')
  })

  it('leaves to the careful way what fills the room', () => {
    expect(readSmallFile(written('eight', '{"a":12}'), Buffer.alloc(8))).toBeUndefined()
    expect(readSmallFile(written('nine', '{"a":123}'), Buffer.alloc(8))).toBeUndefined()
  })

  it('leaves to the careful way what is empty, missing, a folder, a device or a pipe, without waiting', () => {
    mkdirSync(join(folder, 'folder'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const paths = [written('empty', ''), join(folder, 'missing'), join(folder, 'folder'), join(folder, 'pipe')]
    for (const path of [...paths, '/dev/zero', '/dev/null']) {
      expect(readSmallFile(path, Buffer.alloc(8)), path).toBeUndefined()
    }
  })
})
