import type { Finding } from '../finding.ts'
import { checkCassettes } from './cassettes.ts'
import { checkDocuments } from './documents.ts'
import { checkDuplicates } from './duplicates.ts'
import { checkFiles } from './files.ts'
import { checkIds } from './ids.ts'
import type { OwnRuleInput } from './input.ts'
import { checkLocks } from './locks.ts'
import { checkMetrics } from './metrics.ts'
import { checkPolicies } from './policies.ts'
import { checkRrUse } from './rr-use.ts'
import { checkSecrets } from './secrets.ts'
import { checkSizes } from './sizes.ts'
import { checkTopologies } from './topology.ts'

/** Every finding of our own about the manifest and the contracts of a completed pass. */
export function checkOwnRules(input: OwnRuleInput): Finding[] {
  return [
    ...checkLocks(input),
    ...checkDuplicates(input),
    ...checkIds(input),
    ...checkTopologies(input),
    ...checkSecrets(input),
    ...checkMetrics(input),
    ...checkSizes(input),
    ...checkRrUse(input),
    ...checkPolicies(input),
    ...checkFiles(input),
    ...checkCassettes(input),
    ...checkDocuments(input),
  ]
}
