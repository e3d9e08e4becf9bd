import type { RrDifference, RrOutcome } from './rr-difference.ts'
import type { RrCall, RrVector } from './rr-vector.ts'

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
    id: 'writers-of-one-file-do-not-overwrite-each-other',
    reason:
      'a rewriting handle of X07 writes on at its own place in the file, over what another handle has appended meanwhile. ' +
      'Here every append goes to the end, so no frame is lost or cut',
    covers: rewritesBesideAnother,
    accepts: (vector, outcome, first) =>
      (first.at === 'file_after_hex' || READING.has(first.results?.expected?.op)) &&
      holdsOnlyItsFrames(vector, outcome),
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

/** Calls whose answer depends on what the file holds. */
const READING: ReadonlySet<string | undefined> = new Set(['open', 'with', 'next', 'stats'])

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
  const { results, trap } = vector.safe ?? vector
  const asX07 = JSON.stringify(outcome.results).replaceAll('\\"mode\\":4', '\\"mode\\":1')
  return (
    asX07 === JSON.stringify(results).replaceAll('\\"mode\\":4', '\\"mode\\":1') &&
    outcome.trap === trap &&
    outcome.file_after_hex === vector.file_after_hex
  )
}

// Two configurations that may write the same file, one of them in mode 4. The path is what follows byte 40.
function rewritesBesideAnother({ script }: RrVector): boolean {
  const writing = callsOf(script)
    .flatMap((call) => ('cfg' in call ? [call.cfg] : []))
    .filter((cfg) => ['01', '03', '04'].includes(modeOf(cfg)))
  return writing
    .filter((cfg) => modeOf(cfg) === '04')
    .some((rewriting) => writing.filter((cfg) => cfg.slice(80) === rewriting.slice(80)).length > 1)
}

function modeOf(cfg: string): string {
  return cfg.slice(16, 18)
}

// Whole frames, each of them as it was in the file before or as the script appended it.
function holdsOnlyItsFrames(vector: RrVector, outcome: RrOutcome): boolean {
  const appended = callsOf(vector.script).flatMap((call) => (call.op === 'append' ? [call.doc] : []))
  const known = new Set([...appended, ...(framesOf(vector.file_before_hex ?? '') ?? [])])
  return framesOf(outcome.file_after_hex ?? '')?.every((frame) => known.has(frame)) ?? false
}

function callsOf(script: readonly RrCall[]): RrCall[] {
  return script.flatMap((call) => (call.op === 'with' ? [call, ...callsOf(call.script)] : [call]))
}

/** The documents of a cassette as hex; undefined where it does not end with a whole frame. */
function framesOf(hex: string): string[] | undefined {
  const file = Buffer.from(hex, 'hex')
  const frames: string[] = []
  for (let at = 0; at < file.length;) {
    if (file.length - at < 4 || file.readUInt32LE(at) > file.length - at - 4) return undefined
    const end = at + 4 + file.readUInt32LE(at)
    frames.push(file.toString('hex', at + 4, end))
    at = end
  }
  return frames
}
