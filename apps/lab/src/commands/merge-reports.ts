import { resolve } from 'node:path'
import { mergeReports as merge } from '../shards/report.ts'
import { exitCodes } from '../user-error.ts'
import type { CommandResult } from './result.ts'

/** Says what the shards of a sharded replay came to together. */
export function mergeReports(cwd: string, given: readonly string[]): CommandResult {
  const merged = merge(given.map((path) => resolve(cwd, path)))
  const { shards, replays, identical } = merged
  const bad = replays.filter((one) => !one.identical || !one.delivered)
  return {
    document: merged,
    lines: [
      ...replays.map(({ cassette, entries, divergences, identical: same, delivered }) => {
        const word = !same ? 'differs  ' : delivered ? 'identical' : 'broken   '
        return `${word} ${cassette} (${entries} entries${divergences > 0 ? `, ${divergences} divergences` : ''})`
      }),
      `${replays.length} cassettes in ${shards} shards: ${bad.length === 0 ? 'identical' : `${bad.length} not as recorded`}`,
    ],
    exitCode: identical ? exitCodes.ok : exitCodes.mismatch,
  }
}
