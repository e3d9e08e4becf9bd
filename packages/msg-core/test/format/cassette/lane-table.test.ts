import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { LaneTable } from '../../../src/format/cassette/lane-table.ts'
import { utf8 } from './samples.ts'

function intern(table: LaneTable, kind: Uint8Array, op: Uint8Array, key: Uint8Array): number {
  const bytes = Buffer.concat([Uint8Array.of(0), kind, op, key])
  const [opAt, keyAt] = [1 + kind.length, 1 + kind.length + op.length]
  return table.intern(bytes, 1, kind.length, opAt, op.length, keyAt, key.length)
}

describe('LaneTable', () => {
  it('numbers lanes in the order in which they are first seen, and keeps their bytes', () => {
    const table = new LaneTable()
    expect(intern(table, utf8('rr'), utf8('op'), utf8('b'))).toBe(0)
    expect(intern(table, utf8('rr'), utf8('op'), utf8('a'))).toBe(1)
    expect(intern(table, utf8('rr'), utf8('op'), utf8('b'))).toBe(0)
    expect([...table.values()].map((lane) => Buffer.from(lane.key).toString())).toEqual(['b', 'a'])
    expect(table.get(2)).toBeUndefined()
  })

  it('keeps copies: the buffer that a lane was seen in may be used again', () => {
    const table = new LaneTable()
    const buffer = Buffer.from('abc')
    table.intern(buffer, 0, 1, 1, 1, 2, 1)
    buffer.fill(0)
    expect(table.find(utf8('a'), utf8('b'), utf8('c'))).toBe(0)
  })

  it('tells lanes apart whose bytes only lie in other parts', () => {
    const table = new LaneTable()
    expect(intern(table, utf8('ab'), utf8('c'), utf8(''))).toBe(0)
    expect(intern(table, utf8('a'), utf8('bc'), utf8(''))).toBe(1)
    expect(intern(table, utf8('a'), utf8('b'), utf8('c'))).toBe(2)
    expect(table.find(utf8('a'), utf8('bc'), utf8(''))).toBe(1)
    expect(table.find(utf8(''), utf8('abc'), utf8(''))).toBe(-1)
  })

  it('keeps the lanes of more ops than it looks through for one that is there', () => {
    const table = new LaneTable()
    const names = Array.from(
      { length: 100 },
      (_, index) => [`kind ${index % 7}`, `op ${index % 40}`, `key ${index}`] as const,
    )
    for (const [kind, op, key] of names) intern(table, utf8(kind), utf8(op), utf8(key))
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
    expect([...table.values()].map(({ kind, op, key }) => [text(kind), text(op), text(key)])).toEqual(names)
  })

  it('finds every lane again among thousands', () => {
    const table = new LaneTable()
    for (let index = 0; index < 5000; index++) intern(table, utf8('rr'), utf8('op'), utf8(`key ${index}`))
    expect(table.size).toBe(5000)
    for (let index = 0; index < 5000; index++)
      expect(table.find(utf8('rr'), utf8('op'), utf8(`key ${index}`))).toBe(index)
  })

  it('agrees with a map from the three parts', () => {
    const part = fc.uint8Array({ maxLength: 3, max: 3 })
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part, part)), (triples) => {
        const table = new LaneTable()
        const model = new Map<string, number>()
        for (const [kind, op, key] of triples) {
          const name = `${kind.join()}|${op.join()}|${key.join()}`
          const id = model.get(name) ?? model.size
          model.set(name, id)
          expect(intern(table, kind, op, key)).toBe(id)
          expect(table.find(kind, op, key)).toBe(id)
        }
      }),
    )
  })
})
