import type { Patch } from '../../finding.ts'

/** The notes X07 writes into patch sets, which under its rules are the same bytes; the first operation tells the kind. */
const NOTES: readonly (readonly [fits: (path: string) => boolean, note: string])[] = [
  [(path) => path.startsWith('/externals/'), 'Allow external imports explicitly (exact).'],
  [(path) => path.startsWith('/nodes/'), 'Add nodes for orphan modules.'],
  [(path) => path.startsWith('/rules/'), 'Allow internal edges explicitly.'],
  [(path) => path.startsWith('/policies/'), 'Auto-sort RR index arrays.'],
  [(path) => path === '/imports', 'Remove forbidden imports.'],
  [(path) => path.startsWith('/decls/'), 'Wrap function bodies in budget scopes.'],
  [(path) => path === '/v' || path.startsWith('/redact_'), 'Fill required RR sanitizer fields with safe defaults.'],
]

/** A patch with X07's note in the place of ours. */
export function withX07Note(patch: Patch): Patch {
  const path = patch.ops[0]?.path ?? ''
  const note = NOTES.find(([fits]) => fits(path))?.[1]
  return note === undefined ? patch : { ...patch, note }
}
