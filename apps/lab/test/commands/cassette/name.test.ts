import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ls } from '../../../src/commands/cassette/ls.ts'
import { refuseOddName } from '../../../src/commands/cassette/name.ts'

describe('the name of a cassette', () => {
  test.for(['orders.rrbin', 'deep/er/orders.rrbin', 'orders.x07rr.bin', 'orders.bin'])(
    'may be recorded: %s',
    (name) => {
      expect(() => refuseOddName(name)).not.toThrow()
    },
  )

  test.for([
    ['orders', 'orders.rrbin'],
    ['deep/er/orders.json', 'deep/er/orders.json.rrbin'],
    ['orders.partial.rrbin', 'orders.rrbin'],
    ['orders.bin.partial.rrbin', 'orders.bin'],
  ])('is not recorded where it would be overlooked, and the right one is told: %s', ([name, right]) => {
    expect(() => refuseOddName(String(name))).toThrow(
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
