import { describe, expect, test } from 'vitest'
import { compareArtefacts } from '../../src/results/compare.ts'

const artefacts = (aggregate: string) => ({
  'aggregate.json': Buffer.from(aggregate),
  'report.json': Buffer.from('{}'),
  'metrics.txt': Buffer.from('# EOF\n'),
})

describe('results beside the recorded ones', () => {
  test('are identical only byte for byte', () => {
    expect(compareArtefacts(artefacts('{"a":1}'), artefacts('{"a":1}')).map(({ outcome }) => outcome)).toEqual([
      'identical',
      'identical',
      'identical',
    ])
  })

  test.each([
    ['{"a":1}', '{"a":2}', 5],
    ['{"a":1}', '{"a":1}\n', 7],
    ['{"a":1}\n', '{"a":1}', 7],
    ['', 'x', 0],
  ])('%j and %j differ from byte %3$d on', (recorded, now, offset) => {
    expect(compareArtefacts(artefacts(recorded), artefacts(now))[0]).toEqual({
      name: 'aggregate.json',
      outcome: 'differs',
      first: { offset, recorded, now },
    })
  })

  test('without a record are told as such, one by one', () => {
    const { 'metrics.txt': _, ...recorded } = artefacts('1')
    expect(compareArtefacts(recorded, artefacts('1')).map(({ outcome }) => outcome)).toEqual([
      'identical',
      'identical',
      'not_recorded',
    ])
    expect(compareArtefacts(undefined, artefacts('1')).every(({ outcome }) => outcome === 'not_recorded')).toBe(true)
  })
})
