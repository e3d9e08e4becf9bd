import { join } from 'node:path'
import { leadsOutside } from '../x07/files/outside.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import { CONTRACTS_LOCK_PATH } from '../x07/lock/contracts-lock.ts'
import { MANIFEST_LOCK_PATH } from '../x07/lock/manifest-lock.ts'
import type { OwnRuleInput } from './input.ts'
import { outsideFinding } from './outside.ts'

/**
 * A manifest nobody pinned; X07 says nothing about it. Under `frozen` it is an error. And a contracts lock that lies
 * elsewhere: of all documents it alone is not kept for the other rules.
 */
export function checkLocks({ root, realRoot, lock, options, manifestDocument }: OwnRuleInput): Finding[] {
  if (options.writeLock === true) return []
  const findings: Finding[] = []
  if (leadsOutside(realRoot, join(root, CONTRACTS_LOCK_PATH))) {
    findings.push(outsideFinding({ file: CONTRACTS_LOCK_PATH, line: 1, col: 1 }))
  }
  if (lock === undefined) {
    const severity = options.frozen === true ? 'error' : 'warning'
    const message = `compare ${manifestDocument.file}: ${MANIFEST_LOCK_PATH} is missing; run with --write-lock to pin the manifest`
    findings.push(ownFinding('W_ARCH_MANIFEST_LOCK_MISSING', message, { file: MANIFEST_LOCK_PATH }, { severity }))
  }
  return findings
}
