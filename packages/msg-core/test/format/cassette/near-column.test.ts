import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ABSENT, NearColumn } from '../../../src/format/cassette/near-column.ts'

const rows = 64

describe('NearColumn', () => {
  it('gives what was put, near or far, and nothing where nothing was', () => {
    const base = fc.integer({ min: 0, max: 0xffff_fffe })
    const puts = fc.tuple(base, fc.array(fc.tuple(fc.nat(rows - 1), fc.nat(80_000)), { maxLength: 100 }))
    fc.assert(
      fc.property(puts, ([start, rowsAndSteps]) => {
        const column = new NearColumn(rows)
        const model = new Map<number, number>()
        // What was there before leaves nothing.
        for (const [row, step] of rowsAndSteps) column.put(row, step * 1_000)
        column.clear()
        for (const [row, step] of rowsAndSteps) {
          const value = Math.min(Math.max(start + step - 40_000, 0), ABSENT - 1)
          column.put(row, value)
          model.set(row, value)
        }
        for (let row = 0; row < rows; row++) expect(column.get(row)).toBe(model.get(row) ?? ABSENT)
      }),
    )
  })

  it('keeps numbers at the edges of what is near', () => {
    const column = new NearColumn(rows)
    const values = [100_000, 100_000 - 32_767, 100_000 + 32_767, 100_000 + 32_768, 100_000 - 32_768]
    values.forEach((value, row) => column.put(row, value))
    expect(values.map((_, row) => column.get(row))).toEqual(values)
  })
})
