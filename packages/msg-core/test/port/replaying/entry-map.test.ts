import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EntryMap } from '../../../src/port/replaying/entry-map.ts'

describe('EntryMap', () => {
  it('holds what a Map would, whatever comes and goes', () => {
    const entry = fc.oneof(fc.nat(40), fc.nat(2 ** 31 - 1))
    const step = fc.record({ entry, takes: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const map = new EntryMap<string>()
        const model = new Map<number, string>()
        for (const { entry: at, takes } of steps) {
          expect(map.get(at)).toBe(model.get(at))
          if (takes || model.has(at)) {
            expect(map.take(at)).toBe(model.get(at))
            model.delete(at)
          } else {
            map.add(at, `value ${at}`)
            model.set(at, `value ${at}`)
          }
          expect(map.size).toBe(model.size)
        }
        expect([...map.entries()]).toEqual([...model.keys()].toSorted((a, b) => a - b))
      }),
      { numRuns: 500 },
    )
  })

  it('finds each of many entries while others are taken out around them', () => {
    const map = new EntryMap<string>()
    for (let entry = 0; entry < 10_000; entry++) {
      map.add(entry, `value ${entry}`)
      if (entry >= 1_000) expect(map.take(entry - 1_000)).toBe(`value ${entry - 1_000}`)
    }
    expect(map.size).toBe(1_000)
    for (let entry = 9_000; entry < 10_000; entry++) expect(map.take(entry)).toBe(`value ${entry}`)
    expect([...map.entries()]).toEqual([])
  })
})
