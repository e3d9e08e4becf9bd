import { join } from 'node:path'
import { parseJson } from '@x07-lab/msg-core/json'
import type { Rules } from '../check/options.ts'
import { readRegularFile } from '../files/read.ts'
import { writeFileWhole } from '../files/write.ts'
import type { Json, Patch } from '../finding.ts'
import { layoutJson, layoutNode } from '../hash/layout.ts'
import { editJsonText, PatchError } from './edit-text.ts'
import { sortModuleFunctions } from './module-order.ts'

/** The text of a patch set file, `x07.arch.patchset@0.1.0`. */
export function patchsetText(patches: readonly Patch[]): string {
  return layoutJson({ schema_version: 'x07.arch.patchset@0.1.0', patches: patches.map(patchToJson) })
}

/** A patch as reports and patch sets carry it. */
export function patchToJson(patch: Patch): Json {
  const ops: Json[] = patch.ops.map((op) => ({ ...op }))
  return patch.note === undefined
    ? { path: patch.path, patch: ops }
    : { path: patch.path, patch: ops, note: patch.note }
}

/**
 * Applies patches to the files under a root. Ours touch what they change and nothing else; under X07's rules each
 * file is laid out anew as X07 does.
 * @throws {PatchError} where a file is unreadable or a patch does not fit; files before it are already written
 */
export function applyPatches(root: string, patches: readonly Patch[], rules: Rules): void {
  for (const patch of patches) {
    const path = join(root, patch.path)
    const read = readRegularFile(path)
    if (!read.ok) throw new PatchError(`patch ${patch.path}: ${read.reason}`)
    const edited = editJsonText(new TextDecoder().decode(read.bytes), patch.ops)
    writeFileWhole(path, rules === 'x07' ? relayout(patch.path, edited) : edited)
  }
}

function relayout(path: string, text: string): string {
  const parsed = parseJson(text, { duplicateKeys: 'keep' })
  if (!parsed.ok) throw new PatchError(`patch ${path}: the result is not JSON`)
  return layoutNode(path.endsWith('.x07.json') ? sortModuleFunctions(parsed.root) : parsed.root)
}
