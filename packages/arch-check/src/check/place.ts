import { type Document, positionIn } from '../document/document.ts'
import type { Finding } from '../finding.ts'

/** Where the manifest says what findings without a place of their own are about. */
const POINTERS: Readonly<Record<string, string>> = {
  W_ARCH_RR_SCAN_INERT: '/contracts_v1/rr/require_policy_for_os_calls',
  W_ARCH_BUDGETS_SCAN_INERT: '/contracts_v1/budgets/require_scopes',
}

/** Gives every finding a file: one about the project as a whole points into the manifest. */
export function withPlace(finding: Finding, manifestFile: string, documents: ReadonlyMap<string, Document>): Finding {
  if (finding.at !== undefined) return finding
  const budget = finding.data?.['budget']
  const pointer = POINTERS[finding.code] ?? (typeof budget === 'string' ? `/${budget.replaceAll('.', '/')}` : '')
  const manifest = documents.get(manifestFile)
  return { ...finding, at: manifest === undefined ? { file: manifestFile } : positionIn(manifest, pointer) }
}
