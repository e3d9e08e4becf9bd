import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { EntryIndex } from '../../../src/format/cassette/entry-index.ts'

describe('EntryIndex', () => {
  it('keeps offset, lane and begin of each entry over many pages', () => {
    const index = new EntryIndex()
    for (let entry = 0; entry < 20_000; entry++)
      index.add(entry * 3, entry % 700, entry % 2 === 0 ? entry * 2 : undefined)
    for (let entry = 0; entry < 20_000; entry += 777) {
      expect([index.offset(entry), index.lane(entry), index.begin(entry)]).toEqual([
        entry * 3,
        entry % 700,
        entry % 2 === 0 ? entry * 2 : undefined,
      ])
    }
  })

  it('links neighbours of a lane that lie far apart', () => {
    const index = new EntryIndex()
    index.add(0, 0, undefined)
    for (let entry = 1; entry < 70_000; entry++) index.add(entry, 1, undefined)
    index.add(70_000, 0, undefined)
    expect(index.nextInLane(0)).toBe(70_000)
    expect(index.nextInLane(70_000)).toBe(-1)
    expect(index.offset(8191)).toBe(8191)
  })

  it('takes offsets up to the largest file', () => {
    const index = new EntryIndex()
    index.add(0xffff_fff0, 0, 0xffff_fffe)
    expect([index.offset(0), index.begin(0)]).toEqual([0xffff_fff0, 0xffff_fffe])
  })

  it('refuses an entry that does not exist', () => {
    const index = new EntryIndex()
    index.add(0, 0, undefined)
    expect(() => index.lane(1)).toThrow('entry 1 does not exist, the cassette has 1')
    expect(() => index.use(-1)).toThrow(RangeError)
  })

  it('gives first unused and counts as a plain list would, whatever the order of use', () => {
    const step = fc.oneof(fc.record({ add: fc.nat(3) }), fc.record({ use: fc.nat(1000) }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const index = new EntryIndex()
        const model: { lane: number; used: boolean }[] = []
        let lanes = 0
        for (const action of steps) {
          if ('add' in action) {
            const lane = Math.min(action.add, lanes)
            lanes = Math.max(lanes, lane + 1)
            index.add(model.length, lane, undefined)
            model.push({ lane, used: false })
          } else if (model.length > 0) {
            const entry = action.use % model.length
            expect(index.use(entry)).toBe(!model[entry]!.used)
            model[entry]!.used = true
          }
          for (let lane = 0; lane < lanes; lane++) {
            expect(index.firstUnused(lane)).toBe(model.findIndex((entry) => entry.lane === lane && !entry.used))
            expect(index.unusedInLane(lane)).toBe(model.filter((entry) => entry.lane === lane && !entry.used).length)
          }
          expect(index.used).toBe(model.filter((entry) => entry.used).length)
        }
      }),
    )
  })
})
