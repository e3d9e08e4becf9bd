import { checkSeal } from '@x07-lab/msg-core/format'
import { describeFinding, scanCassette, type SecretFinding } from '@x07-lab/msg-core/redact'
import { exitCodes, type ExitCode } from '../../user-error.ts'
import { reportError } from '../../cli/report-error.ts'
import { locate, openLocated } from './locate.ts'
import type { CommandResult } from '../result.ts'

/** One cassette, checked. */
interface Row {
  readonly file: string
  readonly entries: number
  /** In how many files it is, where there are several. */
  readonly parts?: number
  readonly state: 'sealed' | 'unsealed' | 'broken' | 'damaged'
  readonly reason?: string
  /** Undefined where nobody asked. */
  readonly secrets?: readonly SecretFinding[]
}

/**
 * Reads each cassette through and checks its seal.
 *
 * @param secrets looks for these values and for the forms of credentials too; undefined: not at all
 */
export function verify(root: string, files: readonly string[], secrets?: ReadonlyMap<string, string>): CommandResult {
  const rows = files.map((file): Row => {
    try {
      using cassette = openLocated(root, file)
      const path = locate(root, file)
      const seal = checkSeal(cassette, path)
      return {
        file,
        entries: cassette.count,
        ...(cassette.parts === undefined ? {} : { parts: cassette.parts.length }),
        state: seal.kind,
        ...(seal.kind === 'broken' ? { reason: seal.reason } : {}),
        ...(secrets === undefined ? {} : { secrets: scanCassette(path, { secrets, name: file }) }),
      }
    } catch (error) {
      return { file, entries: 0, state: 'damaged', reason: reportError(error).line }
    }
  })
  return { document: { cassettes: rows }, lines: rows.flatMap(linesOf), exitCode: exitCodeOf(rows) }
}

function exitCodeOf(rows: readonly Row[]): ExitCode {
  if (rows.some(({ state }) => state === 'broken' || state === 'damaged')) return exitCodes.environment
  return rows.some(({ secrets = [] }) => secrets.length > 0) ? exitCodes.mismatch : exitCodes.ok
}

function linesOf({ file, entries, parts, state, reason, secrets }: Row): string[] {
  return [
    `${state.padEnd(9)} ${file}${reason === undefined ? ` (${entries} entries${parts === undefined ? '' : ` in ${parts} parts`})` : `: ${reason}`}`,
    ...(secrets ?? []).map((finding) => `secret    ${describeFinding(finding)}; ${finding.advice}`),
    ...(secrets?.length === 0 ? ['no secret was found'] : []),
  ]
}
