import type { Finding } from '../finding.ts'
import { x07Finding } from '../findings.ts'
import type { Rules } from './options.ts'

/** Stores findings up to `max_diags`; says at the end that some were dropped. */
export interface FindingSink {
  emit(finding: Finding): void
  /** Stores the finding about a budget that was exceeded, in the place of the last one where there is no room. */
  exceed(finding: Finding): void
  isFull(): boolean
  /** The stored findings; where any was dropped and no other budget was exceeded, the last is replaced by this one's. */
  finish(): { findings: Finding[]; dropped: boolean }
}

/** X07 says some things twice; under `all` the same words about the same place are stored once. */
export function openSink(maxDiags: number, rules: Rules): FindingSink {
  const stored: Finding[] = []
  const seen = new Set<string>()
  let dropped = false
  let exceeded = false
  const putLast = (finding: Finding): void => {
    if (stored.length > 0) stored[stored.length - 1] = finding
  }
  return {
    emit(finding) {
      if (rules === 'all' && stored.length < maxDiags) {
        const key = JSON.stringify([finding.code, finding.message, finding.at, finding.data])
        if (seen.has(key)) return
        seen.add(key)
      }
      if (stored.length < maxDiags) stored.push(finding)
      else dropped = true
    },
    exceed(finding) {
      exceeded = true
      if (stored.length < maxDiags) stored.push(finding)
      else putLast(finding)
    },
    isFull: () => stored.length >= maxDiags,
    finish() {
      if (dropped && !exceeded) {
        const message = `report findings: more than max_diags ${maxDiags}; raise it with --max-diags`
        const data = { budget: 'tool_budgets.max_diags', max_diags: maxDiags }
        putLast(x07Finding('E_ARCH_TOOL_BUDGET_EXCEEDED', 'lint', message, { data }))
      }
      return { findings: stored, dropped }
    },
  }
}
