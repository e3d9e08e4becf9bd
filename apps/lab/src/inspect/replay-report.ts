import { whyFailed } from '@x07-lab/msg-core/kit'
import type { Divergence } from '@x07-lab/msg-core'
import { readJsonFile } from '../json-file.ts'
import { exitCodes, UserError } from '../user-error.ts'

/** Levels of a report that are looked at. */
const maxDepth = 16

/**
 * The divergences in the document that `lab replay --json` or `vcr replay --report` wrote.
 *
 * @param option the option that named the file, for the message
 * @throws UserError where the file cannot be read or is not JSON
 */
export function readDivergences(file: string, option: string): readonly Divergence[] {
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
  const divergences: Divergence[] = []
  collect(report, divergences, 0)
  return divergences
}

function collect(value: unknown, divergences: Divergence[], depth: number): void {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'divergences' && Array.isArray(inner)) divergences.push(...(inner as readonly Divergence[]))
    else collect(inner, divergences, depth + 1)
  }
}
