import type { CheckOptions } from '../check/options.ts'
import type { ContractContext } from '../contracts/context.ts'
import type { ContractModel } from '../contracts/model.ts'
import type { Document } from '../document/document.ts'
import type { Finding } from '../finding.ts'
import type { ManifestLock } from '../lock/manifest-lock.ts'
import type { Manifest } from '../manifest/types.ts'

/** What the rules of our own look at. */
export interface OwnRuleInput {
  root: string
  manifest: Manifest
  manifestDocument: Document
  model: ContractModel
  context: ContractContext
  options: CheckOptions
  lock: ManifestLock | undefined
}

/** Every finding of our own about a completed pass. */
export function checkOwnRules(_input: OwnRuleInput): Finding[] {
  return []
}
