import type { SlotFile } from '../process/slot.ts'
import type { SessionReport } from '../session/session.ts'

/** Completes the recording of a process that a signal killed: what it wrote is whole, and the signal is its last entry. */
export function finishKilled(
  { report, partial }: SlotFile,
  _root: string,
  signal: NodeJS.Signals | null,
): SessionReport {
  const kept = partial === undefined ? {} : { partial }
  return {
    ...report,
    ...kept,
    problem: `the program was killed${signal === null ? '' : ` by ${signal}`} while it was recorded`,
  }
}
