import type { CheckOptions } from '../check/options.ts'
import type { ContractContext } from '../x07/contracts/context.ts'
import type { ContractModel } from '../x07/contracts/model.ts'
import { type Document, positionIn } from '../x07/document/document.ts'
import type { Finding, Json, Severity } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import type { ManifestLock } from '../x07/lock/manifest-lock.ts'
import type { Enforce, Manifest } from '../x07/manifest/types.ts'
import type { ProjectContracts } from './contracts.ts'
import type { PolicyFiles } from './policies.ts'

/** What the rules of our own look at. */
export interface OwnRuleInput {
  root: string
  /** The root with every link in its path followed. */
  realRoot: string
  manifest: Manifest
  manifestDocument: Document
  model: ContractModel
  context: ContractContext
  options: CheckOptions
  lock: ManifestLock | undefined
  policies: PolicyFiles
  contracts: ProjectContracts
}

/** The value of a document that its schema accepts, with the type of the model. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the type its schema describes
export function accepted<Model>(context: ContractContext, document: Document | undefined): Model | undefined {
  const value: unknown = document?.value
  return document !== undefined && isAccepted<Model>(value, document.valid) ? value : undefined
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as above
function isAccepted<Model>(value: unknown, valid: boolean): value is Model {
  return valid && value !== undefined
}

/** A finding of our own at a pointer of a document. */
export function findingAt(
  code: string,
  document: Document,
  pointer: string,
  message: string,
  parts: { severity?: Severity; data?: Record<string, Json> } = {},
): Finding {
  return ownFinding(code, `check ${document.file}: ${message}`, positionIn(document, pointer), parts)
}

/** Applies a group's `enforce` to findings of our own. */
export function enforced(enforce: Enforce | undefined, findings: readonly Finding[]): Finding[] {
  if (enforce === 'off') return []
  if (enforce !== 'warn') return [...findings]
  return findings.map((finding) => (finding.severity === 'error' ? { ...finding, severity: 'warning' } : finding))
}
