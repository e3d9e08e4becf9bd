import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { DataModelError, decodeDocument, encodeDocument, sortedMap } from '../../../src/format/data-model/index.ts'
import type { DataValue } from '../../../src/format/data-model/index.ts'

const bytes = fc.uint8Array({ maxLength: 12 })
const { value } = fc.letrec<{ value: DataValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant<DataValue>({ kind: 'null' }),
    fc.record({ kind: fc.constant('bool' as const), byte: fc.nat(255) }),
    fc.record({ kind: fc.constant('number' as const), text: bytes }),
    fc.record({ kind: fc.constant('string' as const), bytes }),
    fc.record({ kind: fc.constant('seq' as const), items: fc.array(tie('value'), { maxLength: 4 }) }),
    fc.record({
      kind: fc.constant('map' as const),
      entries: fc.array(fc.tuple(bytes, tie('value')), { maxLength: 4 }),
    }),
  ),
}))

describe('documents', () => {
  it('come back as they were written, whatever is in them', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(decodeDocument(encodeDocument({ kind: 'ok', value: original }))).toEqual({ kind: 'ok', value: original })
      }),
    )
  })

  it('are refused when cut anywhere', () => {
    fc.assert(
      fc.property(value, (original) => {
        const whole = encodeDocument({ kind: 'ok', value: original })
        for (let length = 1; length < whole.length; length++) {
          expect(() => decodeDocument(whole.subarray(0, length))).toThrow(DataModelError)
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('sortedMap', () => {
  const key = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))

  it('orders keys by unsigned bytes, a prefix before what it begins', () => {
    const map = sortedMap(['\u00ff', 'b', 'ba', 'a', ''].map((text) => [key(text), { kind: 'null' }]))
    expect(map.kind === 'map' && map.entries.map(([name]) => Buffer.from(name).toString('latin1'))).toEqual([
      '',
      'a',
      'b',
      'ba',
      '\u00ff',
    ])
  })

  it('refuses a key that occurs twice', () => {
    const twice = [key('a'), { kind: 'null' }] as const
    expect(() => sortedMap([twice, twice])).toThrow('encode map: a key occurs twice, expected distinct keys')
  })
})
