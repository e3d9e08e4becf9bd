import type { Rules } from '../../check/options.ts'
import type { Patch } from '../../finding.ts'
import { compareUtf8 } from '../../order.ts'
import { withX07Note } from './x07-notes.ts'

/**
 * One patch for each file, sorted by path. X07 keeps one patch for a module, so that "remove imports" displaces what
 * a budget scope asked for; ours keeps both.
 */
export function mergePatches(patches: readonly Patch[], rules: Rules): Patch[] {
  const byPath = new Map<string, Patch>()
  for (const patch of patches) {
    const known = byPath.get(patch.path)
    if (known === undefined) byPath.set(patch.path, { ...patch, ops: [...patch.ops] })
    else if (rules === 'x07' && known.ops[0]?.path === '/imports') continue
    else known.ops.push(...patch.ops)
  }
  const merged = [...byPath.values()].toSorted((a, b) => compareUtf8(a.path, b.path))
  return rules === 'x07' ? merged.map(withX07Note) : merged
}
