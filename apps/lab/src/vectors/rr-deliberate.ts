import type { RrDifference, RrOutcome } from './rr-difference.ts'
import type { RrVector } from './rr-vector.ts'

/** A difference from X07 that is meant. It holds for a vector only if `accepts` says so of what was really answered. */
export interface DeliberateDifference {
  readonly id: string
  readonly reason: string
  /** Which vectors can show it. */
  readonly covers: (vector: RrVector) => boolean
  /** Whether the outcome is the meant one, given the first thing in which it differs from X07's. */
  readonly accepts: (vector: RrVector, outcome: RrOutcome, first: RrDifference) => boolean
}

/**
 * Everything in which this program answers otherwise than X07 on purpose, beside the bug for which a vector carries the
 * `safe` answer itself. At most five; each vector that one covers is counted in the output.
 */
export const deliberateDifferences: readonly DeliberateDifference[] = [
  {
    id: 'damaged-cassettes-are-not-appended-to',
    reason:
      'X07 writes on after a torn or invalid entry (bug 8.1.3): nothing behind it can ever be replayed, or it becomes part ' +
      'of the torn one. The append is refused with the code that opening the file would give, and the file is untouched',
    covers: (vector) => hasBug(vector, '8.1.3'),
    accepts: (vector, outcome, first) =>
      appendRefused(first, [2008, 2014]) && (rewrites(vector) || outcome.file_after_hex === vector.file_before_hex),
  },
  {
    id: 'a-failed-rewrite-stays-a-rewrite',
    reason:
      'X07 turns rewrite_v1 into record_v1 before the file is open (bug 8.1.5), so a failed open loses the truncation. ' +
      'The mode changes only when the emptied file is there',
    covers: (vector) => hasBug(vector, '8.1.5'),
    accepts: (vector, outcome) => sameButForRewriteMode(vector, outcome),
  },
  {
    id: 'symlinks-that-leave-the-folder-are-refused',
    reason:
      'X07 follows a symlink out of .x07_rr/, and reports an append to a full device as done (bug 8.1.2). Here the symlink ' +
      'is refused with 2002, when the file is loaded or first written',
    covers: (vector) => vector.env === 'dev_full',
    accepts: (_vector, outcome, first) =>
      outcome.file_after_hex === null &&
      (appendRefused(first, [2002]) || first.results?.got?.err === 2002 || becameRecord(first)),
  },
  {
    id: 'a-world-without-writes-says-so',
    reason:
      'where nothing may be written X07 dies by SIGXFSZ as root and answers 2002 as any other user. Here it is 2002 for all',
    covers: (vector) => vector.env === 'solve_append',
    accepts: (vector, outcome, first) =>
      first.results?.expected === undefined &&
      first.results?.got?.op === 'append' &&
      first.results.got.err === 2002 &&
      outcome.file_after_hex === vector.file_before_hex,
  },
]

function hasBug(vector: RrVector, bug: string): boolean {
  return vector.x07_bug?.split(',').includes(bug) ?? false
}

function appendRefused(first: RrDifference, codes: readonly number[]): boolean {
  const { expected, got } = first.results ?? {}
  return expected?.op === 'append' && expected.ok === 0 && got?.err !== undefined && codes.includes(got.err)
}

// Mode 4 at byte 8 of a configuration: the vector's file may then rightly be emptied and written.
function rewrites(vector: RrVector): boolean {
  return JSON.stringify(vector.script).match(/"cfg":"[0-9a-f]{16}04/) !== null
}

function becameRecord(first: RrDifference): boolean {
  const { expected, got } = first.results ?? {}
  return got?.text !== undefined && expected?.text === got.text.replace('"mode":4', '"mode":1')
}

function sameButForRewriteMode(vector: RrVector, outcome: RrOutcome): boolean {
  const asX07 = JSON.stringify(outcome.results).replaceAll('\\"mode\\":4', '\\"mode\\":1')
  return (
    asX07 === JSON.stringify(vector.results).replaceAll('\\"mode\\":4', '\\"mode\\":1') &&
    outcome.trap === vector.trap &&
    outcome.file_after_hex === vector.file_after_hex
  )
}
