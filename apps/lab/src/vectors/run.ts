import type { runArchVectors } from '@x07-lab/arch-check'

import { differenceLine, deliberateLines } from './report.ts'
import type { RrVector } from './rr-vector.ts'
import { judgeRrVector } from './rr-vectors.ts'
import { readVectorFile, VectorFileError } from './vector-file.ts'

/** What the command needs from outside. */
export interface VectorRun {
  readonly files: readonly string[]
  readonly runArchVectors: typeof runArchVectors
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
}

/** Runs vector files of either form. Gives the exit code: 0 all passed, 1 some differ, 2 a file cannot be used. */
export async function runVectors({ files, runArchVectors, print, printError }: VectorRun): Promise<number> {
  if (files.length === 0) {
    printError('usage: pnpm vectors FILE…')
    return 2
  }
  const totals = { passed: 0, failed: 0 }
  const counts = new Map<string, number>()
  try {
    for (const path of files) {
      const file = await readVectorFile(path)
      const { passed, failed } =
        file.kind === 'arch' ? await runArch(path, runArchVectors, print) : await runRr(file.vectors, counts, print)
      totals.passed += passed
      totals.failed += failed
    }
  } catch (error) {
    if (!(error instanceof VectorFileError)) throw error
    printError(error.message)
    return 2
  }
  for (const line of deliberateLines(counts)) print(line)
  print(`${totals.passed} passed, ${totals.failed} failed`)
  return totals.failed === 0 ? 0 : 1
}

interface Totals {
  readonly passed: number
  readonly failed: number
}

async function runArch(path: string, run: typeof runArchVectors, print: (line: string) => void): Promise<Totals> {
  try {
    return await run(path, {
      onDifference: ({ id, lines }) => {
        for (const line of lines) print(`${id}: ${line}`)
      },
    })
  } catch (cause) {
    throw new VectorFileError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

async function runRr(
  vectors: readonly RrVector[],
  counts: Map<string, number>,
  print: (line: string) => void,
): Promise<Totals> {
  let failed = 0
  for (const vector of vectors) {
    const verdict = await judgeRrVector(vector)
    if (verdict.kind === 'deliberate') counts.set(verdict.rule, (counts.get(verdict.rule) ?? 0) + 1)
    if (verdict.kind !== 'different') continue
    print(differenceLine(vector.id, verdict.difference))
    failed++
  }
  return { passed: vectors.length - failed, failed }
}
