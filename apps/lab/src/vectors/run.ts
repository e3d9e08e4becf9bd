import { differenceLine, deliberateLines } from './report.ts'
import { judgeRrVector } from './rr-vectors.ts'
import { readVectorFile, VectorFileError } from './vector-file.ts'

/** Runs the arch cases of one file, telling each that differs. */
export type ArchVectorRunner = (
  path: string,
  options: { readonly onDifference: (line: string) => void },
) => Promise<{ readonly passed: number; readonly failed: number }>

/** What the command needs from outside. */
export interface VectorRun {
  readonly files: readonly string[]
  readonly runArchVectors: ArchVectorRunner
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
}

/** Runs vector files of either form. Gives the exit code: 0 all passed, 1 some differ, 2 a file cannot be used. */
export async function runVectors({ files, runArchVectors, print, printError }: VectorRun): Promise<number> {
  if (files.length === 0) {
    printError('usage: pnpm vectors FILE…')
    return 2
  }
  const counts = new Map<string, number>()
  let passed = 0
  let failed = 0
  try {
    for (const path of files) {
      const file = await readVectorFile(path)
      if (file.kind === 'arch') {
        const totals = await runArchVectors(file.path, { onDifference: print })
        passed += totals.passed
        failed += totals.failed
        continue
      }
      for (const vector of file.vectors) {
        const verdict = await judgeRrVector(vector)
        if (verdict.kind === 'different') {
          print(differenceLine(vector.id, verdict.difference))
          failed++
          continue
        }
        if (verdict.kind === 'deliberate') counts.set(verdict.rule, (counts.get(verdict.rule) ?? 0) + 1)
        passed++
      }
    }
  } catch (error) {
    if (!(error instanceof VectorFileError)) throw error
    printError(error.message)
    return 2
  }
  for (const line of deliberateLines(counts)) print(line)
  print(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}
