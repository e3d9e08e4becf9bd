import { deliberateDifferences } from './rr-deliberate.ts'
import type { RrDifference } from './rr-difference.ts'

/** Characters of a value that a line shows; the vector file holds the rest. */
const SHOWN = 400

/** The line for a vector that differs. */
export function differenceLine(id: string, difference: RrDifference): string {
  return `${id}: ${difference.at}: expected ${shown(difference.expected)}, got ${shown(difference.got)}`
}

/** One line for each deliberate difference that vectors showed, with how many and why. */
export function deliberateLines(counts: ReadonlyMap<string, number>): string[] {
  return deliberateDifferences.flatMap(({ id, reason }) => {
    const count = counts.get(id) ?? 0
    return count === 0 ? [] : [`deliberate ${id}: ${count} of these vectors; ${reason}`]
  })
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text
}
