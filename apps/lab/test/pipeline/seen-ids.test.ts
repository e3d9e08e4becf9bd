import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SeenIds } from '../../src/pipeline/seen-ids.ts'

const ids = fc.oneof(
  fc.nat({ max: 3000 }).map(String),
  fc.constantFrom('00', '-1', '1.0', ' 1', '', '67108863', '67108864', '99999999', '100000000', '0', 'x'),
)

test('an id is new once, whatever it looks like', () => {
  fc.assert(
    fc.property(fc.array(ids, { maxLength: 60 }), (all) => {
      const seen = new SeenIds()
      const known = new Set<string>()
      for (const id of all) {
        expect([id, seen.add(id)]).toEqual([id, !known.has(id)])
        known.add(id)
      }
    }),
    { numRuns: 60 },
  )
})
