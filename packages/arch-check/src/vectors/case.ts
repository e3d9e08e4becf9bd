import { nodeAt, parseJson } from '@x07-lab/msg-core/json'
import type { Json } from '../finding.ts'

/** One line of a vector file: a change to a base project and what X07's own command answered. */
export interface ArchCase {
  id: string
  /** `lab`: a project to check. `policy`: a project whose sandbox policy is judged. */
  base: string
  change: Change[]
  args?: string[]
  exit: number
  /** X07's findings without messages; null where the run gave no report. */
  diagnostics: ExpectedDiagnostic[] | null
  stats?: Json
  manifest?: Json
  suggested_patches?: Json[]
  /** Files the run created or changed. */
  after?: ({ path: string; raw: string } | { path: string; absent: true })[]
  stdout?: string
  stderr_not_empty?: boolean
}

export interface ExpectedDiagnostic {
  code: string
  severity: string
  stage: string
  /** Policy cases only. */
  instance_path?: string
  [key: string]: Json | undefined
}

/** Reads one line of a vector file. */
export function readCase(line: string): ArchCase {
  const one: ArchCase = JSON.parse(line)
  const parsed = parseJson(line, { duplicateKeys: 'keep', loneSurrogates: 'keep' })
  if (!parsed.ok) return one
  one.change.forEach((change, at) => {
    const value = nodeAt(parsed.root, `/change/${at}/value`)
    if (value !== undefined && 'value' in change) change.value = line.slice(value.start, value.end)
  })
  return one
}

/** One edit of the base project. */
export type Change =
  /** `value` is JSON text. */
  | { path: string; json_pointer: string; op: 'add' | 'replace'; value: string }
  | { path: string; json_pointer: string; op: 'remove' }
  | { path: string; raw: string }
  | { path: string; raw_base64: string }
  | { path: string; delete: true }
  | { path: string; dir: true }
  | { path: string; symlink: string }
