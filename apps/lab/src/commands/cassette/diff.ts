import { exitCodes } from '../../user-error.ts'
import { fieldsOf } from './dump.ts'
import { openLocated } from './locate.ts'
import type { CommandResult } from '../result.ts'

/** Differences told, at most. */
const maxDifferences = 20
/** Characters of a value shown. */
const shown = 60

/** Compares two cassettes entry by entry, field by field. */
export function diff(root: string, [left = '', right = '']: readonly string[]): CommandResult {
  using before = openLocated(root, left)
  using after = openLocated(root, right)
  const differences: { entry: number; field: string; left: string; right: string }[] = []
  let count = 0
  const common = Math.min(before.count, after.count)
  for (let entry = 0; entry < common; entry++) {
    const one = before.entry(entry)
    const other = after.entry(entry)
    if (Buffer.compare(one, other) === 0) continue
    const a = fieldsOf(one)
    const b = fieldsOf(other)
    for (const field of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const [was, is] = [render(a[field]), render(b[field])]
      if (was === is) continue
      count++
      if (differences.length < maxDifferences) differences.push({ entry, field, left: was, right: is })
    }
  }
  const same = count === 0 && before.count === after.count
  return {
    document: { identical: same, entries: [before.count, after.count], count, differences },
    lines: [
      ...(before.count === after.count ? [] : [`${left} has ${before.count} entries, ${right} has ${after.count}`]),
      ...differences.map(({ entry, field, left: was, right: is }) => `entry ${entry} ${field}: ${was} | ${is}`),
      ...(count > differences.length ? [`${count - differences.length} more`] : []),
      ...(same ? [`identical: ${common} entries`] : []),
    ],
    exitCode: same ? exitCodes.ok : exitCodes.mismatch,
  }
}

function render(value: unknown): string {
  if (value === undefined) return '(absent)'
  const { string, number } = value as { string?: string; number?: string }
  const text = number ?? (string === undefined ? JSON.stringify(value) : printable(string))
  return text.length > shown ? `${text.slice(0, shown)}… (${text.length} characters)` : text
}

function printable(hex: string): string {
  const text = Buffer.from(hex, 'hex').toString()
  return /^[\x20-\x7e]*$/.test(text) ? JSON.stringify(text) : `0x${hex}`
}
