import type { Json, JsonPatchOp, Patch } from '../../finding.ts'
import { sha256Hex } from '../hash/x07-form.ts'
import type { Manifest } from '../manifest/types.ts'
import type { Module } from './module.ts'
import { trimBlanks } from '../modules/x07-names.ts'
import { compareUtf8 } from '../../order.ts'
import type { NodeEdge } from './edges.ts'
import type { ImportChecks } from './imports.ts'
import type { Rules } from './input.ts'

/** What the graph checks can offer to mend. */
export interface Mendable {
  imports: ImportChecks
  /** Empty where orphans are allowed. */
  orphans: readonly Module[]
  unlisted: readonly NodeEdge[]
}

/** Longest id the manifest's schema takes, in characters. */
const ID_MAX = 128

/** Suggested edits: of the manifest, and of X07 modules whose imports are forbidden. */
export function graphPatches(
  mendable: Mendable,
  { manifest, manifestPath, rules }: { manifest: Manifest; manifestPath: string; rules: Rules },
): Patch[] {
  const allow = externalOps(mendable.imports, manifest, rules)
  const orphans = orphanOps(mendable.orphans, manifest, rules)
  const edges = mendable.unlisted.map(({ from, to }) => allowEdge(from.id, to.id))
  const ops = [...allow, ...orphans, ...edges]
  const note =
    allow.length > 0
      ? 'allow the external imports by name'
      : orphans.length > 0
        ? 'add nodes for the orphan modules'
        : 'allow the edges between nodes'
  const patches = ops.length === 0 ? [] : [{ path: manifestPath, ops, note }]
  return [...patches, ...removals(mendable.imports)].toSorted((a, b) => compareUtf8(a.path, b.path))
}

/**
 * X07 offers to allow an import and to delete it at the same time when it fails both policies; ours offers to allow only
 * what some module may import.
 */
function externalOps({ external }: ImportChecks, { externals }: Manifest, rules: Rules): JsonPatchOp[] {
  const exact = new Set(externals.allowed_exact)
  const wanted = external.filter(({ name, forbidden }) => !exact.has(name) && (rules === 'x07' || !forbidden))
  const names = [...new Set(wanted.map(({ name }) => name))].toSorted(compareUtf8)
  return names.map((name) => ({ op: 'add', path: '/externals/allowed_exact/-', value: name }))
}

function removals({ forbidden }: ImportChecks): Patch[] {
  return [...forbidden].flatMap(([module, names]) => {
    if (module.kind !== 'x07') return []
    const kept = module.imports.map(({ name }) => name).filter((name) => !names.has(name))
    return [
      {
        path: module.path,
        ops: [{ op: 'replace', path: '/imports', value: kept }],
        note: 'remove the forbidden imports',
      },
    ]
  })
}

function allowEdge(from: string, to: string): JsonPatchOp {
  const plain = `allow:${from}->${to}`
  const id = plain.length <= ID_MAX ? plain : `allow:sha256:${sha256Hex(plain)}`
  return { op: 'add', path: '/rules/-', value: { kind: 'deps_v1', id, from, to: [to], mode: 'allow' } }
}

/** X07's node lacks the required `trust_zone`, and its id and glob can be invalid; ours is one the manifest takes. */
function orphanOps(orphans: readonly Module[], manifest: Manifest, rules: Rules): JsonPatchOp[] {
  const taken = new Set(manifest.nodes.map(({ id }) => id))
  return orphans.map((module) => {
    const node = rules === 'x07' ? orphanNode(module) : validOrphanNode(module, taken)
    return { op: 'add', path: '/nodes/-', value: node }
  })
}

function orphanNode(module: Module): { [key: string]: Json } {
  const plain = `orphan.${module.id}`
  const first = trimBlanks(module.id.split('.')[0] ?? '')
  return {
    id: plain.length <= ID_MAX ? plain : hashedId(plain),
    match: { module_prefixes: [], path_globs: [module.path] },
    world: 'solve-pure',
    visibility: { mode: 'restricted', visible_to: [] },
    imports: { deny_prefixes: [], allow_prefixes: ['std.', 'ext.', ...(first === '' ? [] : [`${first}.`])] },
  }
}

function validOrphanNode(module: Module, taken: Set<string>): { [key: string]: Json } {
  const node = orphanNode(module)
  const plain = `orphan.${module.id.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}`
  const id = plain.length > ID_MAX || taken.has(plain) ? hashedId(`orphan.${module.path}`) : plain
  taken.add(id)
  return {
    ...node,
    id,
    match: { module_prefixes: [], path_globs: [module.path.replaceAll(/[*?[\]{}\\]/g, String.raw`\$&`)] },
    trust_zone: 'untrusted',
    ...(module.kind === 'typescript' && { imports: { deny_prefixes: [], allow_prefixes: [] } }),
  }
}

function hashedId(plain: string): string {
  return `orphan.${sha256Hex(plain).slice(0, 32)}`
}
