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

  it('with pages that are read again says the same as one that keeps all', () => {
    // The third page has long entries and the fourth many lanes: both are wider, and others are made of them later.
    const entries = Array.from({ length: 60_000 }, (_, at) => ({
      offset: at * (at >> 13 === 2 ? 100_000 : 5),
      // One lane lies far apart, so that its steps cross pages.
      lane: at % 9_001 === 0 ? 0 : at >> 13 === 3 ? (at & 8_191) % 600 : 1 + (at % 3),
      begin: at % 4 === 0 || at >> 13 === 4 ? undefined : at >> 13 === 5 ? 40_000 * (at & 1) + at : 2 * at,
    }))
    const whole = new EntryIndex()
    let reads = 0
    const few = new EntryIndex(2, (from, count) => {
      reads++
      expect(from.offset).toBe(entries[from.entry]?.offset)
      for (const { offset, lane, begin } of entries.slice(from.entry, from.entry + count))
        few.refill(offset, lane, begin)
    })
    entries[0] = { offset: 0, lane: 0, begin: undefined }
    entries[1] = { offset: 5, lane: 1, begin: undefined }
    entries[2] = { offset: 10, lane: 2, begin: undefined }
    entries[3] = { offset: 15, lane: 3, begin: undefined }
    for (const { offset, lane, begin } of entries) for (const index of [whole, few]) index.add(offset, lane, begin)
    const all = (index: EntryIndex) =>
      entries.map((_, at) => [index.offset(at), index.lane(at), index.begin(at), index.nextInLane(at), index.use(at)])
    expect(all(few)).toEqual(all(whole))
    // Each page once, in order.
    expect(reads).toBe(8)
    expect([few.used, few.firstUnused(0), few.unusedInLane(1)]).toEqual([60_000, -1, 0])
    const counts = Array.from({ length: 601 }, () => 0)
    for (const { lane } of entries) counts[lane]!++
    expect(counts.map((_, lane) => few.countOf(lane))).toEqual(counts)
  })

  it('keeps fewer pages once it is told to', () => {
    const reads: number[] = []
    const index = new EntryIndex(8, (from, count) => {
      reads.push(from.entry)
      for (let at = from.entry; at < from.entry + count; at++) index.refill(at * 5, at % 3, undefined)
    })
    for (let at = 0; at < 5 * 8_192; at++) index.add(at * 5, at % 3, undefined)
    const offsets = () => [0, 1, 2, 3, 4].map((page) => index.offset(page * 8_192 + 7))
    const before = offsets()
    expect(reads).toEqual([])
    index.limit(2)
    expect(offsets()).toEqual(before)
    expect(reads).toEqual([0, 8_192, 2 * 8_192, 3 * 8_192, 4 * 8_192])
  })
})
