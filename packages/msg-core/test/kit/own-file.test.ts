import { spawnSync } from 'node:child_process'
import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkOwnPath, openReplacement, readRegularFile, replaceOwnFile } from '../../src/kit/own-file.ts'

const root = mkdtempSync(join(tmpdir(), 'own-file-'))
const at = (...parts: string[]): string => join(root, ...parts)
const server = createServer()

beforeAll(async () => {
  spawnSync('mkfifo', [at('pipe')])
  symlinkSync('/dev/zero', at('endless'))
  symlinkSync('pipe', at('link-to-pipe'))
  mkdirSync(at('folder'))
  await once(server.listen(at('socket')), 'listening')
})
afterAll(() => {
  server.close()
  rmSync(root, { recursive: true })
})

describe('reading a file whole', () => {
  it('gives its bytes, and takes a link to a file', () => {
    writeFileSync(at('file'), 'text')
    symlinkSync('file', at('link'))
    expect(readRegularFile(at('link'))).toEqual(Buffer.from('text'))
  })

  it.each([
    ['pipe', 'it is a pipe, expected a file'],
    ['link-to-pipe', 'it is a pipe, expected a file'],
    ['endless', 'it is a device, expected a file'],
    ['socket', 'it is a socket, expected a file'],
    ['folder', 'it is a folder, expected a file'],
  ])('refuses %s without waiting for it', (name, reason) => {
    expect(() => readRegularFile(at(name))).toThrow(reason)
  })

  it('stops at its bound, and takes a file of just that size', () => {
    writeFileSync(at('nine'), '123456789')
    expect(readRegularFile(at('nine'), 9)).toHaveLength(9)
    expect(() => readRegularFile(at('nine'), 8)).toThrow('it is longer than 8 bytes')
  })

  it.skipIf(process.platform !== 'linux')('bounds a file that says it is empty and is not', () => {
    expect(readRegularFile('/proc/self/status').length).toBeGreaterThan(0)
    expect(() => readRegularFile('/proc/self/status', 10)).toThrow('it is longer than 10 bytes')
  })
})

describe('a path of the project', () => {
  it('may be one that is not there', () => {
    expect(() => checkOwnPath(root, at('folder', 'new', 'file'))).not.toThrow()
  })

  it.each([
    ['link-out/file', 'link-out is a symlink'],
    ['folder/link', 'folder/link is a symlink'],
    ['../elsewhere', 'it is not below'],
    ['', 'it is not below'],
  ])('refuses "%s"', (path, reason) => {
    rmSync(at('folder/link'), { force: true })
    rmSync(at('link-out'), { force: true })
    symlinkSync('/nowhere', at('folder/link'))
    symlinkSync(tmpdir(), at('link-out'))
    expect(() => checkOwnPath(root, at(path))).toThrow(reason)
  })
})

describe('replacing a file of the project', () => {
  it('writes the whole file and leaves nothing beside it', () => {
    mkdirSync(at('out'))
    replaceOwnFile(root, at('out', 'a'), Buffer.from('old'))
    replaceOwnFile(root, at('out', 'a'), Buffer.from('new'))
    expect(readFileSync(at('out', 'a'), 'utf8')).toBe('new')
    expect(readdirSync(at('out'))).toEqual(['a'])
  })

  it('does not write through a symlink', () => {
    writeFileSync(at('precious'), 'precious')
    symlinkSync('../precious', at('out', 'b'))
    expect(() => replaceOwnFile(root, at('out', 'b'), Buffer.from('x'))).toThrow('out/b is a symlink')
    expect(readFileSync(at('precious'), 'utf8')).toBe('precious')
  })
  it('does not write through another name of a file, nor leaves anything where it is given up', () => {
    linkSync(at('precious'), at('out', 'c'))
    const given = openReplacement(root, at('out', 'c'))
    closeSync(given.fd)
    given.discard()
    const kept = openReplacement(root, at('out', 'c'))
    writeSync(kept.fd, 'new')
    closeSync(kept.fd)
    kept.keep()
    expect(readFileSync(at('out', 'c'), 'utf8')).toBe('new')
    expect(readFileSync(at('precious'), 'utf8')).toBe('precious')
    expect(readdirSync(at('out')).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})
