import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { differenceLine } from '../../src/vectors/report.ts'
import { deliberateDifferences } from '../../src/vectors/rr-deliberate.ts'
import type { RrVector } from '../../src/vectors/rr-vector.ts'
import { judgeRrVector } from '../../src/vectors/rr-vectors.ts'

const vectors = gunzipSync(readFileSync(new URL('../../testdata/rr-vectors.jsonl.gz', import.meta.url)))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as RrVector)

const byCategory = Map.groupBy(vectors, ({ id }) => id.slice(0, id.indexOf('/')))
const deliberate = new Map<string, number>()

describe("X07's own answers to scripts of rr calls", () => {
  it('are 1343, in 13 categories', () => {
    expect([vectors.length, byCategory.size]).toEqual([1343, 13])
  })

  it.each([...byCategory])('are ours too: %s', async (_category, group) => {
    const differences: string[] = []
    for (const vector of group) {
      const verdict = await judgeRrVector(vector)
      if (verdict.kind === 'different') differences.push(differenceLine(vector.id, verdict.difference))
      if (verdict.kind === 'deliberate') deliberate.set(verdict.rule, (deliberate.get(verdict.rule) ?? 0) + 1)
    }
    expect(differences).toEqual([])
  })

  it('differ on purpose in no more than five ways, each of them seen', () => {
    expect(deliberateDifferences.length).toBeLessThanOrEqual(5)
    expect(Object.fromEntries(deliberate)).toEqual({
      'damaged-cassettes-are-not-appended-to': 17,
      'a-failed-rewrite-stays-a-rewrite': 1,
      'symlinks-that-leave-the-folder-are-refused': 4,
      'a-world-without-writes-says-so': 3,
    })
  })
})
