import { describe, expect, it } from 'vitest'
import { shownPath, underRoot } from '../../../src/x07/files/paths.ts'

describe('a path in reports and locks', () => {
  it.each([
    ['arch/x.json', 'arch/x.json'],
    ['./x', 'x'],
    ['.//./x', 'x'],
    ['x/', 'x'],
    ['x/./', 'x'],
    ['x//.', 'x'],
    ['.', ''],
    ['./.', ''],
    ['a/./b//c', 'a/./b//c'],
    ['a/..', 'a/..'],
    ['.x', '.x'],
    [String.raw`a\b`, 'a/b'],
    [String.raw`.\a`, './a'],
    ['/root/a', 'a'],
    ['/other/a', '/other/a'],
    [String.raw`/root/a\b`, 'a/b'],
    ['/root/../a', '../a'],
    ['/root/a/../b', 'a/../b'],
    ['/./root/./a/./b//c', 'a/./b//c'],
    ['/x/../root/a', '/x/../root/a'],
    ['/rooted/a', '/rooted/a'],
  ])('%s is shown as %s', (path, shown) => {
    expect(shownPath('/root', path)).toBe(shown)
  })
})

describe('a path of the system', () => {
  it.each([
    ['a/b', '/root/a/b'],
    ['missing/../a', '/root/missing/../a'],
    ['a/.', '/root/a/.'],
    ['./a//b', '/root/./a//b'],
    ['/other/../a', '/other/../a'],
  ])('%s is looked for at %s', (path, full) => {
    expect(underRoot('/root', path)).toBe(full)
  })
})
