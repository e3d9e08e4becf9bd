import { checkSeal, NO_LIMITS, openReader, unfinished } from '@x07-lab/msg-core/format'
import { describeFinding, scanCassette, type SecretFinding } from '@x07-lab/msg-core/redact'
import { exitCodes, type ExitCode } from '../../user-error.ts'
import { reportError } from '../../cli/report-error.ts'
import { find, whyMissing } from './locate.ts'
import type { CommandResult } from '../result.ts'

/** One cassette, checked. */
interface Row {
  readonly file: string
  readonly entries: number
  /** In how many files it is, where there are several. */
  readonly parts?: number
  /** `missing`: there is no such file, or a folder or a device is there. */
  readonly state: 'sealed' | 'unsealed' | 'broken' | 'damaged' | 'missing'
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
    const found = look(root, file)
    if ('reason' in found) return { file, entries: 0, state: 'missing', reason: found.reason }
    const { path } = found
    try {
      using cassette = openReader(path, { limits: NO_LIMITS, name: file })
      const checked = checkSeal(cassette, path)
      const why = checked.kind === 'broken' ? checked.reason : unfinished(path)
      const seal = why === undefined ? checked : ({ kind: 'broken', reason: why } as const)
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

function look(root: string, file: string): { readonly path: string } | { readonly reason: string } {
  try {
    const path = find(root, file)
    return path === undefined ? { reason: whyMissing(root, file) } : { path }
  } catch (error) {
    return { reason: reportError(error).line }
  }
}

function exitCodeOf(rows: readonly Row[]): ExitCode {
  if (rows.some(({ state }) => !['sealed', 'unsealed'].includes(state))) return exitCodes.environment
  return rows.some(({ secrets = [] }) => secrets.length > 0) ? exitCodes.mismatch : exitCodes.ok
}

function linesOf({ file, entries, parts, state, reason, secrets }: Row): string[] {
  return [
    `${state.padEnd(9)} ${file}${reason === undefined ? ` (${entries} entries${parts === undefined ? '' : ` in ${parts} parts`})` : `: ${reason}`}`,
    ...(secrets ?? []).map((finding) => `secret    ${describeFinding(finding)}; ${finding.advice}`),
    ...(secrets?.length === 0 ? ['no secret was found'] : []),
  ]
}
