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

/** X07's answer where a rewriting handle (1) appends a and c, and a recording one (2) appends b in between: b is lost. */
const [a, b, c] = ['61', '62', '63'].map(
  (key) =>
    `01050600000003000000657272020100000030030000006b65790301000000${key}040000006b696e6403020000007272` +
    '020000006f7003010000006603000000726571030000000004000000726573700300000000',
) as [string, string, string]
const configOfMode = (mode: number): string =>
  `58375243010000000${mode}00000000000100000000004000000000040000000400004000000007000000632e727262696e`
const overwritten: RrVector = {
  id: 'writers/rewrite-beside-record',
  path_hex: '632e727262696e',
  file_before_hex: null,
  file_after_hex: `54000000${a}54000000${c}`,
  script: [
    { op: 'open', cfg: configOfMode(4) },
    { op: 'append', h: 1, doc: a },
    { op: 'open', cfg: configOfMode(1) },
    { op: 'append', h: 2, doc: b },
    { op: 'append', h: 1, doc: c },
    { op: 'open', cfg: configOfMode(2) },
    { op: 'stats', h: 3 },
  ],
  results: [
    { op: 'open', ok: 1 },
    { op: 'append', ok: 0 },
    { op: 'open', ok: 2 },
    { op: 'append', ok: 0 },
    { op: 'append', ok: 0 },
    { op: 'open', ok: 3 },
    { op: 'stats', text: '{"v":1,"mode":2,"match_mode":0,"cassettes":1,"entries":2,"used":0,"bytes":176}' },
  ],
  trap: null,
  metrics: {
    rr_open_calls: 3,
    rr_close_calls: 0,
    rr_stats_calls: 1,
    rr_next_calls: 0,
    rr_next_miss_calls: 0,
    rr_append_calls: 3,
    virtual_time_end: 0,
  },
}

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

  it('differ on purpose where two handles write one file, as long as no frame is lost', async () => {
    expect(await judgeRrVector(overwritten)).toEqual({
      kind: 'deliberate',
      rule: 'writers-of-one-file-do-not-overwrite-each-other',
    })
    const results = overwritten.results.toSpliced(3, 1, { op: 'append', err: 2002 })
    expect((await judgeRrVector({ ...overwritten, results })).kind).toBe('different')
    const elsewhere = configOfMode(1).replace('632e727262696e', '642e727262696e')
    const script = overwritten.script.toSpliced(2, 1, { op: 'open', cfg: elsewhere })
    expect((await judgeRrVector({ ...overwritten, file_after_hex: `54000000${a}`, script })).kind).toBe('different')
  })

  it('differ on purpose in no more than five ways, the other four of them seen here', () => {
    expect(deliberateDifferences.length).toBeLessThanOrEqual(5)
    expect(Object.fromEntries(deliberate)).toEqual({
      'damaged-cassettes-are-not-appended-to': 17,
      'a-failed-rewrite-stays-a-rewrite': 1,
      'symlinks-that-leave-the-folder-are-refused': 4,
      'a-world-without-writes-says-so': 3,
    })
  })
})
