import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import { MANIFEST_LOCK_PATH } from '../lock/manifest-lock.ts'
import type { OwnRuleInput } from './input.ts'

/** A manifest nobody pinned; X07 says nothing about it. Under `frozen` it is an error. */
export function checkLocks({ lock, options, manifestDocument }: OwnRuleInput): Finding[] {
  if (lock !== undefined || options.writeLock === true) return []
  const severity = options.frozen === true ? 'error' : 'warning'
  const message = `compare ${manifestDocument.file}: ${MANIFEST_LOCK_PATH} is missing; run with --write-lock to pin the manifest`
  return [ownFinding('W_ARCH_MANIFEST_LOCK_MISSING', message, { file: MANIFEST_LOCK_PATH }, { severity })]
}
