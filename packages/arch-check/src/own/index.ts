import type { Finding } from '../finding.ts'
import { checkProjectLock, type ProjectPins } from '../project/lock.ts'
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

/** Every finding of our own about the manifest and the contracts of a completed pass, and what the project lock would pin. */
export function checkOwnRules(input: OwnRuleInput): { readonly findings: Finding[]; readonly pins: ProjectPins } {
  const ofPolicies = checkPolicies(input)
  const ofContracts = input.contracts.findings
  const pins: ProjectPins = {
    contracts: input.contracts.documents.filter(({ valid }) => valid),
    policies: input.policies.documents.filter(({ valid }) => valid),
    refused: new Set([...ofPolicies, ...ofContracts].flatMap(({ at }) => at?.file ?? [])),
  }
  const findings = [
    ...checkLocks(input),
    ...checkDuplicates(input),
    ...checkIds(input),
    ...checkTopologies(input),
    ...checkSecrets(input),
    ...checkMetrics(input),
    ...checkSizes(input),
    ...checkRrUse(input),
    ...ofPolicies,
    ...ofContracts,
    ...checkPins(input, pins),
    ...checkFiles(input),
    ...checkCassettes(input),
    ...checkDocuments(input),
  ]
  return { findings, pins }
}

function checkPins({ root, context, options }: OwnRuleInput, pins: ProjectPins): Finding[] {
  return options.writeLock === true ? [] : checkProjectLock(root, pins, context.schemas, options.frozen ?? false)
}
