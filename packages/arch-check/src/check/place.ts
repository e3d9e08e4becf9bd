import type { ContractModel } from '../x07/contracts/model.ts'
import { positionIn } from '../x07/document/document.ts'
import type { Documents } from '../x07/document/documents.ts'
import type { Finding, Json, Position } from '../finding.ts'
import type { Manifest } from '../x07/manifest/types.ts'

/** What is known of a pass when its findings get their places. */
export interface Places {
  manifestFile: string
  documents: Documents
  manifest?: Manifest
  model?: ContractModel
}

/**
 * Gives every finding a file, and a line and column where it names a pointer into a document: one about the project
 * as a whole points into the manifest.
 */
export function withPlace(finding: Finding, places: Places): Finding {
  const { at } = finding
  // A contract's path can be empty, and names no file then.
  if (at === undefined || at.file === '') return { ...finding, at: placeOf(finding, places) }
  if (at.line !== undefined || at.pointer === undefined) return finding
  return { ...finding, at: positionOf(places, at.file, at.pointer) }
}

function placeOf({ code, data }: Finding, places: Places): Position {
  const { manifestFile, manifest, model } = places
  const budget = data?.['budget']
  if (typeof budget === 'string') return positionOf(places, manifestFile, `/${budget.replaceAll('.', '/')}`)
  if (code === 'E_ARCH_SMOKE_MISSING') {
    const node = manifest?.nodes.findIndex(({ id }) => id === data?.['node']) ?? -1
    return positionOf(places, manifestFile, `/nodes/${node}/contracts/smoke_entry`)
  }
  if (code === 'E_ARCH_BUDGET_SELECTOR_MODULE_PREFIX_NOT_FOUND' && model?.budgets !== undefined) {
    return positionOf(places, model.budgets.document.file, selectorPointer(model.budgets.index.profiles, data))
  }
  return positionOf(places, manifestFile, '')
}

function selectorPointer(
  profiles: readonly { id: string; selectors: readonly { module_prefix: string; fn: string }[] }[],
  data: Record<string, Json> | undefined,
): string {
  const profile = profiles.findLastIndex(({ id }) => id === data?.['profile_id'])
  const selector = profiles[profile]?.selectors.findIndex(
    ({ module_prefix: prefix, fn }) => prefix === data?.['module_prefix'] && fn === data['fn'],
  )
  return `/profiles/${profile}/selectors/${selector ?? 0}/module_prefix`
}

function positionOf({ documents }: Places, file: string, pointer: string): Position {
  const document = documents.get(file)
  return document === undefined ? { file, pointer } : positionIn(document, pointer)
}
