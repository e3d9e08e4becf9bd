import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Rules } from '../../check/options.ts'
import { leadsOutside } from '../files/outside.ts'
import { readRegularFile } from '../files/read.ts'
import { writeFileWhole } from '../files/write.ts'
import type { Json, Patch } from '../../finding.ts'
import { layoutJson } from '../hash/layout.ts'
import { editJsonText, PatchError } from './edit-text.ts'
import { x07Layout } from './x07-layout.ts'

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
    const path = rules === 'x07' ? join(root, patch.path) : pathInside(root, patch.path)
    const read = readRegularFile(path)
    if (!read.ok) throw new PatchError(`patch ${patch.path}: ${read.reason}`)
    const edited = editJsonText(new TextDecoder().decode(read.bytes), patch.ops)
    writeFileWhole(path, rules === 'x07' ? x07Layout(patch.path, edited) : edited)
  }
}

/** The file itself where the path is a link to one: a link stays a link, and what lies elsewhere is not written to. */
function pathInside(root: string, file: string): string {
  const full = join(root, file)
  if (leadsOutside(realpathSync.native(root), full)) {
    throw new PatchError(`patch ${file}: it is a link out of the repository; put the file itself there`)
  }
  return existsSync(full) ? realpathSync.native(full) : full
}
