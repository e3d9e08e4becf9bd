import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ls } from '../../../src/commands/cassette/ls.ts'
import { refusePartialName, remarkOnName } from '../../../src/commands/cassette/name.ts'

describe('the name of a cassette', () => {
  test.for(['orders.rrbin', 'deep/er/orders.rrbin', 'orders.x07rr.bin', 'orders.bin'])(
    'may be recorded, with nothing to say: %s',
    (name) => {
      expect(() => refusePartialName(name)).not.toThrow()
      expect(remarkOnName(name)).toBeUndefined()
    },
  )

  test('may be recorded where it would be overlooked, which is said', () => {
    expect(() => refusePartialName('orders')).not.toThrow()
    expect(remarkOnName('deep/orders.json')).toBe(
      'cassette ls and arch:check take only what ends in .rrbin or .bin for a cassette, so they pass over deep/orders.json',
    )
  })

  test.for([
    ['orders.partial.rrbin', 'orders.rrbin'],
    ['orders.bin.partial.rrbin', 'orders.bin'],
  ])('is not recorded with the ending of recordings under way, and the right one is told: %s', ([name, right]) => {
    expect(() => refusePartialName(String(name))).toThrow(
      new RegExp(`^record: --cassette "${name}": .*; name it "${right}"$`),
    )
  })

  test('decides what is listed', () => {
    const root = mkdtempSync(join(tmpdir(), 'names-'))
    try {
      mkdirSync(join(root, '.x07_rr/folder.rrbin'), { recursive: true })
      for (const name of ['a.rrbin', 'b.x07rr.bin', 'c.bin', 'd', 'e.1.partial.rrbin', 'folder.rrbin/f.rrbin']) {
        writeFileSync(join(root, '.x07_rr', name), 'x')
      }
      expect(ls(root).lines).toEqual([
        '           1  a.rrbin',
        '           1  b.x07rr.bin',
        '           1  c.bin',
        '           1  e.1.partial.rrbin  (unfinished)',
        '           1  folder.rrbin/f.rrbin',
      ])
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})
