import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { isSafeCassettePath, openCassette, resolveCassette } from '../../src/rr/index.ts'
import { cassetteBytes, entryDocument, scratchFolder, utf8 } from '../format/cassette/samples.ts'
import { configOf, outcome, rootWith } from './rr-samples.ts'

describe('isSafeCassettePath', () => {
  it.each(['a', 'a.rrbin', 'a/b/c', '...', '.hidden', '.x07', 'a/.x07', 'ü', 'a b', 'x.x07_', '..a', 'a..'])(
    'accepts %o',
    (path) => expect(isSafeCassettePath(utf8(path))).toBe(true),
  )

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    './a',
    'a/.',
    'a/..',
    'a/../b',
    'a\\b',
    'a\0',
    '.x07_',
    '.x07_rr/a',
    'a/.x07_b',
  ])('refuses %o', (path) => expect(isSafeCassettePath(utf8(path))).toBe(false))

  it('accepts bytes that are not UTF-8', () => {
    expect(isSafeCassettePath(Uint8Array.of(0xff, 0xfe))).toBe(true)
  })
})

describe('resolveCassette', () => {
  it('opens a cassette whose name is not UTF-8', async () => {
    const root = rootWith()
    const path = Uint8Array.of(0xff, 0x2e, 0x62)
    for (const expected of [1, 2]) {
      using handle = await openCassette({ ...configOf('record_missing_v1'), path }, { root })
      handle.append(entryDocument())
      expect(handle.stats()).toContain(`"entries":${expected},`)
    }
  })

  it('follows a symlink that stays inside .x07_rr', async () => {
    const root = rootWith()
    mkdirSync(join(root, '.x07_rr', 'real'))
    writeFileSync(join(root, '.x07_rr', 'real', 'd.rrbin'), cassetteBytes([entryDocument()]))
    symlinkSync('real/d.rrbin', join(root, '.x07_rr', 'c.rrbin'))
    using handle = await openCassette(configOf('replay_v1'), { root })
    expect(handle.reader?.count).toBe(1)
  })

  it('lets .x07_rr itself be a symlink', async () => {
    const elsewhere = rootWith([entryDocument()])
    const root = scratchFolder()
    symlinkSync(join(elsewhere, '.x07_rr'), join(root, '.x07_rr'))
    using handle = await openCassette(configOf('replay_v1'), { root })
    expect(handle.reader?.count).toBe(1)
  })

  const outside: [string, (root: string, other: string) => void][] = [
    [
      'the cassette is a symlink out',
      (root, other) => symlinkSync(join(other, '.x07_rr', 'c.rrbin'), join(root, '.x07_rr', 'c.rrbin')),
    ],
    ['the cassette is a symlink to a device', (root) => symlinkSync('/dev/full', join(root, '.x07_rr', 'c.rrbin'))],
    ['the cassette is a symlink to nothing', (root) => symlinkSync('none', join(root, '.x07_rr', 'c.rrbin'))],
    ['the cassette is a symlink to itself', (root) => symlinkSync('c.rrbin', join(root, '.x07_rr', 'c.rrbin'))],
  ]
  it.each(outside)(
    'refuses with 2002, in every mode and before any byte is read or written: %s',
    async (_name, place) => {
      const root = rootWith()
      place(root, rootWith([entryDocument()]))
      for (const mode of ['replay_v1', 'record_missing_v1'] as const) {
        expect(await outcome(() => openCassette(configOf(mode), { root }))).toBe(2002)
      }
      for (const mode of ['record_v1', 'rewrite_v1'] as const) {
        using handle = await openCassette(configOf(mode), { root })
        expect(await outcome(() => handle.append(entryDocument()))).toBe(2002)
        expect(handle.mode).toBe(mode)
      }
    },
  )

  it('refuses a folder on the way that is a symlink out, and says what to do', () => {
    const root = rootWith()
    symlinkSync(scratchFolder(), join(root, '.x07_rr', 'sub'))
    writeFileSync(join(root, '.x07_rr', 'sub', 'c.rrbin'), '')
    expect(() => resolveCassette(root, utf8('sub/c.rrbin'))).toThrow(
      'open cassette "sub/c.rrbin": a symlink on its way leaves .x07_rr/; put the file itself there',
    )
  })
})
