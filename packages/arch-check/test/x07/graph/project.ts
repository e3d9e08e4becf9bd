import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Finding } from '../../../src/finding.ts'
import type { GraphInput, GraphResult } from '../../../src/x07/graph/index.ts'
import { checkGraph } from '../../../src/x07/graph/index.ts'
import type { Manifest, ManifestNode } from '../../../src/x07/manifest/types.ts'

/** Files by path; a value `→target` makes a symbolic link. */
export type Files = Record<string, string>

/** A folder with these files, gone at the end of the block. */
export async function project(files: Files): Promise<AsyncDisposable & { root: string }> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'arch-graph-'))
  for (const [file, text] of Object.entries(files)) {
    const full = path.join(root, file)
    await mkdir(path.dirname(full), { recursive: true })
    await (text.startsWith('→') ? symlink(text.slice(1), full) : writeFile(full, text))
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

/** A public node of world `run-os` that takes the modules whose ids begin with `<id>.`; for other ids give `match`. */
export function node(id: string, changes: Partial<ManifestNode> = {}): ManifestNode {
  return {
    id,
    match: { module_prefixes: [`${id}.`], path_globs: [] },
    world: 'run-os',
    trust_zone: 'untrusted',
    visibility: { mode: 'public', visible_to: [] },
    imports: { deny_prefixes: [], allow_prefixes: [] },
    ...changes,
  }
}

/** A manifest with all checks on and nothing allowed from outside but `std.` and `node:`. */
export function manifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    schema_version: 'x07.arch.manifest@0.3.0',
    repo: { id: 'test', root: '.' },
    externals: { allowed_import_prefixes: ['std.', 'node:'], allowed_exact: [] },
    nodes: [],
    rules: [],
    checks: { deny_cycles: true, deny_orphans: true, enforce_visibility: true, enforce_world_caps: true },
    tool_budgets: { max_modules: 1000, max_edges: 1000, max_diags: 1000 },
    ...changes,
  }
}

/** An X07 module with this id that imports these and exports one i32 function, `<id>.f`; its first import is at 6:3. */
export function x07(id: string, imports: string[] = [], decls: unknown[] = []): string {
  const f = { kind: 'defn', name: `${id}.f`, params: [], result: 'i32', body: 0 }
  const all = [{ kind: 'export', names: [`${id}.f`] }, f, ...decls]
  return JSON.stringify(
    { schema_version: 'x07.x07ast@0.8.0', kind: 'module', module_id: id, imports, decls: all },
    null,
    1,
  )
}

/** Checks a project; the default scan takes every X07 and TypeScript file outside `node_modules` and `dist`. */
export async function checkProject(
  files: Files,
  manifestOf: Manifest,
  changes: Partial<GraphInput> = {},
): Promise<GraphResult> {
  await using at = await project(files)
  return await checkGraph({
    root: at.root,
    manifestPath: 'arch/manifest.x07arch.json',
    manifest: manifestOf,
    includeGlobs: ['**/*.x07.json', '**/*.ts'],
    excludeGlobs: ['**/node_modules/**', '**/dist/**'],
    limits: { maxModules: 1000, maxEdges: 1000, bytesInSoFar: 0 },
    rules: 'all',
    ...changes,
  })
}

/** A finding in one line: code, place, and its metadata. */
export function brief(finding: Finding): string {
  const { at } = finding
  const place =
    at === undefined ? '' : ` ${at.file}${at.line === undefined ? ` ${at.pointer}` : `:${at.line}:${at.col}`}`
  return `${finding.code}${place}`
}
