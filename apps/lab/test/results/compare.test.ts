import { describe, expect, test } from 'vitest'
import { compareArtefacts } from '../../src/results/compare.ts'

const artefacts = (aggregate: string) => ({
  'aggregate.json': Buffer.from(aggregate),
  'report.json': Buffer.from('{}'),
  'metrics.txt': Buffer.from('# EOF\n'),
})

const recordedOf = (aggregate: string) =>
  Object.fromEntries(
    Object.entries(artefacts(aggregate)).map(([name, bytes]) => [
      name,
      // In parts of two bytes, as a large one stands in several entries.
      {
        bytes: bytes.length,
        parts: () => Array.from({ length: Math.ceil(bytes.length / 2) }, (_, at) => bytes.subarray(2 * at, 2 * at + 2)),
      },
    ]),
  )

describe('results beside the recorded ones', () => {
  test('are identical only byte for byte', () => {
    expect(compareArtefacts(recordedOf('{"a":1}'), artefacts('{"a":1}')).map(({ outcome }) => outcome)).toEqual([
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
    expect(compareArtefacts(recordedOf(recorded), artefacts(now))[0]).toEqual({
      name: 'aggregate.json',
      outcome: 'differs',
      first: { offset, recorded, now },
    })
  })

  test('without a record are told as such, one by one', () => {
    const { 'metrics.txt': _, ...recorded } = recordedOf('1')
    expect(compareArtefacts(recorded, artefacts('1')).map(({ outcome }) => outcome)).toEqual([
      'identical',
      'identical',
      'not_recorded',
    ])
    expect(compareArtefacts(undefined, artefacts('1')).every(({ outcome }) => outcome === 'not_recorded')).toBe(true)
  })
})
