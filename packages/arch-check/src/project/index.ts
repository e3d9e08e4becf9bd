import type { Finding, Json } from '../finding.ts'
import { checkProjectLock, PROJECT_LOCK_PATH, type ProjectPins } from './lock.ts'
import { checkCassettes, type CheckedCassettes } from './cassettes.ts'
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
export function checkOwnRules(input: OwnRuleInput): {
  readonly findings: Finding[]
  readonly pins: ProjectPins
  readonly cassettes: CheckedCassettes
  /** What the locks would pin otherwise than before, in words. */
  readonly pinned: readonly string[]
} {
  const cassettes = checkCassettes(input)
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
    ...cassettes.findings,
    ...checkDocuments(input),
  ]
  const pinned = input.options.writeLock === true ? [...cassettes.pinned, ...projectChanges(input, pins)] : []
  return { findings, pins, cassettes, pinned }
}

function checkPins({ root, context, options }: OwnRuleInput, pins: ProjectPins): Finding[] {
  return options.writeLock === true ? [] : checkProjectLock(root, pins, context.schemas, options.frozen ?? false)
}

/** What the project lock is about to pin otherwise than before: what it would complain about now. */
function projectChanges({ root, context }: OwnRuleInput, pins: ProjectPins): string[] {
  const list = (value: Json | undefined): string =>
    Array.isArray(value) ? value.filter((item) => typeof item === 'string').join(', ') : ''
  return checkProjectLock(root, pins, context.schemas, false).flatMap(({ code, at, data = {} }) => {
    if (code === 'E_ARCH_POLICY_WIDENED')
      return `pinned ${at?.file}: it allows more than before: ${list(data['allows'])}`
    return Object.entries(data).map(([what, files]) => `pinned in ${PROJECT_LOCK_PATH}: ${what} ${list(files)}`)
  })
}
