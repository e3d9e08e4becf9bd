import { checkSeal } from '@x07-lab/msg-core/format'
import { exitCodes, type ExitCode } from '../../user-error.ts'
import { reportError } from '../../cli/report-error.ts'
import { locate, openLocated } from './locate.ts'
import type { CommandResult } from '../result.ts'

/** Reads each cassette through and checks its seal. */
export function verify(root: string, files: readonly string[]): CommandResult {
  const rows = files.map((file) => {
    try {
      using cassette = openLocated(root, file)
      const seal = checkSeal(cassette, locate(root, file))
      const reason = seal.kind === 'broken' ? seal.reason : undefined
      return { file, entries: cassette.count, state: seal.kind, ...(reason === undefined ? {} : { reason }) }
    } catch (error) {
      return { file, entries: 0, state: 'damaged' as const, reason: reportError(error).line }
    }
  })
  const bad = rows.some(({ state }) => state === 'broken' || state === 'damaged')
  const exitCode: ExitCode = bad ? exitCodes.environment : exitCodes.ok
  return {
    document: { cassettes: rows },
    lines: rows.map(
      ({ file, entries, state, reason }) =>
        `${state.padEnd(9)} ${file}${reason === undefined ? ` (${entries} entries)` : `: ${reason}`}`,
    ),
    exitCode,
  }
}
