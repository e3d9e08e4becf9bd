import { deliberateDifferences } from './rr-deliberate.ts'
import { firstDifference } from './rr-difference.ts'
import type { RrDifference, RrOutcome } from './rr-difference.ts'
import { runRrScript } from './rr-script.ts'
import { layOut } from './rr-surroundings.ts'
import type { RrVector } from './rr-vector.ts'

/** How one vector came out: as X07 answered, otherwise on purpose, or wrong. */
export type RrVerdict =
  | { readonly kind: 'same' }
  | { readonly kind: 'deliberate'; readonly rule: string }
  | { readonly kind: 'different'; readonly difference: RrDifference }

/** Runs one vector in a fresh folder and judges what came out. */
export async function judgeRrVector(vector: RrVector): Promise<RrVerdict> {
  await using surroundings = await layOut(vector)
  const answer = await runRrScript(vector.script, surroundings.root, vector.env === 'solve_append')
  const outcome: RrOutcome = { ...answer, file_after_hex: await surroundings.fileHex() }
  // The bug behind `safe` changes only what is served; the file afterwards is the same.
  const expected: RrOutcome = { ...(vector.safe ?? vector), file_after_hex: vector.file_after_hex }
  const difference = firstDifference(expected, outcome)
  if (difference === undefined) return { kind: 'same' }
  const rule = deliberateDifferences.find(
    ({ covers, accepts }) => covers(vector) && accepts(vector, outcome, difference),
  )
  return rule === undefined ? { kind: 'different', difference } : { kind: 'deliberate', rule: rule.id }
}
