import { isDeepStrictEqual } from 'node:util'

import type { RrAnswer, RrCallResult } from './rr-vector.ts'

/** What a run gave: the answer, and the watched file afterwards. */
export interface RrOutcome extends RrAnswer {
  readonly file_after_hex: string | null
}

/** The first thing in which two outcomes differ. `at` names it; where it is a result, both results are there. */
export interface RrDifference {
  readonly at: string
  readonly expected: unknown
  readonly got: unknown
  readonly results?: { readonly expected: RrCallResult | undefined; readonly got: RrCallResult | undefined }
}

/** The first difference, in the order results, trap, its place, counters, file; undefined where there is none. */
export function firstDifference(expected: RrOutcome, got: RrOutcome): RrDifference | undefined {
  return (
    differingResult(expected.results, got.results, 'results') ??
    differing('trap', expected.trap, got.trap) ??
    (expected.trap_at === undefined ? undefined : differing('trap_at', expected.trap_at, got.trap_at)) ??
    (expected.trap === null ? differing('metrics', expected.metrics, got.metrics) : undefined) ??
    differing('file_after_hex', expected.file_after_hex, got.file_after_hex)
  )
}

function differing(at: string, expected: unknown, got: unknown): RrDifference | undefined {
  return isDeepStrictEqual(expected, got) ? undefined : { at, expected, got }
}

function differingResult(
  expected: readonly RrCallResult[],
  got: readonly RrCallResult[],
  path: string,
): RrDifference | undefined {
  const count = Math.max(expected.length, got.length)
  for (let index = 0; index < count; index++) {
    const [a, b] = [expected[index], got[index]]
    if (isDeepStrictEqual(a, b)) continue
    const at = `${path}[${index}]`
    const [innerA, innerB] = [a?.with ?? a?.partial, b?.with ?? b?.partial]
    const inner = innerA && innerB ? differingResult(innerA, innerB, `${at}.with`) : undefined
    return inner ?? { at, expected: a, got: b, results: { expected: a, got: b } }
  }
  return undefined
}
