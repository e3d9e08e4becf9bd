import { compareCassettes, type EntryDifference } from '../../inspect/compare.ts'
import { exitCodes } from '../../user-error.ts'
import type { CommandResult } from '../result.ts'
import { openLocated } from './locate.ts'

/** Differences told to people, and of one entry's fields. */
const shownDifferences = 20
const shownFields = 8
/** Differences in the JSON document; of two recordings with nothing in common there may be millions, which are counted. */
const toldDifferences = 10_000

/** Compares two cassettes lane by lane; latencies only where `timing` asks for them. */
export function diff(
  root: string,
  [left = '', right = '']: readonly string[],
  { timing = false }: { readonly timing?: boolean } = {},
): CommandResult {
  using before = openLocated(root, left)
  using after = openLocated(root, right)
  const differences: EntryDifference[] = []
  let count = 0
  for (const difference of compareCassettes(before, after, { timing })) {
    if (count++ < toldDifferences) differences.push(difference)
  }
  const same = count === 0
  const more = count - shownDifferences
  return {
    document: {
      identical: same,
      entries: [before.count, after.count],
      count,
      differences: differences.map(({ before: was, after: is, ...rest }) => ({
        ...rest,
        before: was ?? null,
        after: is ?? null,
      })),
    },
    lines: [
      ...differences.slice(0, shownDifferences).flatMap(describe),
      ...(more > 0 ? [`${more} more ${more === 1 ? 'difference' : 'differences'}`] : []),
      same
        ? `the same messages: ${before.count} entries${timing ? '' : ', latencies left out'}`
        : `${count} ${count === 1 ? 'difference' : 'differences'} between ${left} (${before.count} entries) and ${right} (${after.count})`,
    ],
    exitCode: same ? exitCodes.ok : exitCodes.mismatch,
  }
}

function describe({ op, lane, before, after, fields }: EntryDifference): string[] {
  const where = `${op} ${lane}`
  if (after === undefined) return [`- ${where}: entry ${before} is only in the first`]
  if (before === undefined) return [`+ ${where}: entry ${after} is only in the second`]
  return [
    `~ ${where}: entry ${before}${before === after ? '' : `, now ${after}`}`,
    ...fields.slice(0, shownFields).map(({ field, recorded, now }) => `    ${field}: ${recorded} -> ${now}`),
    ...(fields.length > shownFields ? [`    ${fields.length - shownFields} more fields`] : []),
  ]
}
