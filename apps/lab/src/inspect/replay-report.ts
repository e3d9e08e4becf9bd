import { whyFailed } from '@x07-lab/msg-core/kit'
import type { Divergence } from '@x07-lab/msg-core'
import { readJsonFile } from '@x07-lab/msg-core/json'
import { exitCodes, UserError } from '../user-error.ts'

/** Levels of a report that are looked at. */
const maxDepth = 16

/**
 * The divergences in the document that `lab replay --json` or `vcr replay --report` wrote.
 *
 * @param option the option that named the file, for the message
 * @throws UserError where the file cannot be read or is not JSON
 */
export function readDivergences(file: string, option: string): FoundDivergences {
  let report: unknown
  try {
    report = readJsonFile(file)
  } catch (cause) {
    throw new UserError(
      `${option} ${file}: ${whyFailed(cause)}; give the file that pnpm lab replay --json printed`,
      exitCodes.environment,
      { cause },
    )
  }
  const found = { divergences: [], count: 0 }
  collect(report, found, 0)
  return { ...found, count: Math.max(found.count, found.divergences.length) }
}

/** What a report lists, and how many divergences it counts: it lists the first ones alone. */
export interface FoundDivergences {
  readonly divergences: readonly Divergence[]
  readonly count: number
}

function collect(value: unknown, found: { divergences: Divergence[]; count: number }, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'divergences' && Array.isArray(inner)) found.divergences.push(...(inner as readonly Divergence[]))
    else if (name === 'divergenceCount' && Number.isSafeInteger(inner)) found.count += Number(inner)
    else collect(inner, found, depth + 1)
  }
}
