import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/finding.ts'
import type { Manifest } from '../../../src/x07/manifest/types.ts'
import type { Files } from './project.ts'
import { brief, checkProject, manifest, node, x07 } from './project.ts'

const CORE = node('core', { visibility: { mode: 'restricted', visible_to: ['core', 'svc'] }, world: 'solve-pure' })
const SVC = node('svc')
const NODES = [CORE, SVC]
const CLEAN: Files = { 'core/a.x07.json': x07('core.a', ['std.b']), 'svc/a.x07.json': x07('svc.a', ['core.a']) }

interface Case {
  title: string
  files?: Files
  manifest?: Partial<Manifest>
  found: { brief: string; data: Record<string, Json>; loc?: string }[]
}

const EVIDENCE = { module_path: 'core/a.x07.json', module_id: 'core.a', import: 'svc.a' }
const UPWARD: Files = { ...CLEAN, 'core/a.x07.json': x07('core.a', ['svc.a']), 'svc/a.x07.json': x07('svc.a') }

const CASES: Case[] = [
  { title: 'nothing is wrong', found: [] },
  {
    title: 'a file is no module',
    files: { ...CLEAN, 'svc/b.x07.json': '{' },
    found: [{ brief: 'E_ARCH_MODULE_PARSE svc/b.x07.json:1:2', data: { module_path: 'svc/b.x07.json' } }],
  },
  {
    title: 'two files have one module id',
    files: { ...CLEAN, 'svc/b.x07.json': x07('svc.a') },
    found: [
      {
        brief: 'E_ARCH_DUPLICATE_MODULE_ID svc/b.x07.json:4:15',
        data: { module_id: 'svc.a', module_path: 'svc/b.x07.json', module_path_existing: 'svc/a.x07.json' },
      },
    ],
  },
  {
    title: 'a module belongs to no node',
    files: { ...CLEAN, 'x.x07.json': x07('x') },
    found: [
      {
        brief: 'E_ARCH_NODE_ORPHAN_MODULE x.x07.json:1:1',
        data: { module_id: 'x', module_path: 'x.x07.json' },
        loc: 'x.x07.json',
      },
    ],
  },
  {
    title: 'a module belongs to two nodes',
    manifest: { nodes: [CORE, SVC, node('b', { match: { module_prefixes: [], path_globs: ['svc/*'] } })] },
    found: [
      {
        brief: 'E_ARCH_NODE_OVERLAP_MODULE svc/a.x07.json:1:1',
        data: { module_id: 'svc.a', module_path: 'svc/a.x07.json', matched_nodes: ['svc', 'b'] },
        loc: 'svc/a.x07.json',
      },
    ],
  },
  {
    title: 'an import comes from an outside that is not allowed',
    files: { ...CLEAN, 'svc/a.x07.json': x07('svc.a', ['core.a', 'npm.b']) },
    found: [
      {
        brief: 'E_ARCH_EXTERNAL_IMPORT_NOT_ALLOWED svc/a.x07.json:7:3',
        data: { module_id: 'svc.a', module_path: 'svc/a.x07.json', import: 'npm.b' },
        loc: 'svc/a.x07.json',
      },
    ],
  },
  {
    title: 'a node denies a prefix',
    manifest: { nodes: [{ ...CORE, imports: { deny_prefixes: ['x', 'std.', 'std.b'], allow_prefixes: [] } }, SVC] },
    found: [
      {
        brief: 'E_ARCH_IMPORT_PREFIX_DENIED core/a.x07.json:6:3',
        data: {
          node: 'core',
          denied_prefix: 'std.',
          module_id: 'core.a',
          module_path: 'core/a.x07.json',
          import: 'std.b',
        },
        loc: 'core/a.x07.json',
      },
    ],
  },
  {
    title: 'a node allows other prefixes',
    manifest: { nodes: [{ ...CORE, imports: { deny_prefixes: [], allow_prefixes: ['ext.'] } }, SVC] },
    found: [
      {
        brief: 'E_ARCH_IMPORT_PREFIX_NOT_ALLOWED core/a.x07.json:6:3',
        data: { node: 'core', module_id: 'core.a', module_path: 'core/a.x07.json', import: 'std.b' },
        loc: 'core/a.x07.json',
      },
    ],
  },
  {
    title: 'a node is not visible to another',
    manifest: { nodes: [{ ...CORE, visibility: { mode: 'restricted', visible_to: [] } }, SVC] },
    found: [
      {
        brief: 'E_ARCH_VISIBILITY svc/a.x07.json:6:3',
        data: {
          node_from: 'svc',
          node_to: 'core',
          module_path: 'svc/a.x07.json',
          module_id: 'svc.a',
          import: 'core.a',
        },
      },
    ],
  },
  {
    title: 'a rule denies an edge',
    manifest: { rules: [{ kind: 'deps_v1', id: 'r', from: 'svc', to: ['svc', 'core'], mode: 'deny' }] },
    found: [
      {
        brief: 'E_ARCH_DEPS_DENY svc/a.x07.json:6:3',
        data: {
          rule_id: 'r',
          node_from: 'svc',
          node_to: 'core',
          module_path: 'svc/a.x07.json',
          module_id: 'svc.a',
          import: 'core.a',
        },
      },
    ],
  },
  {
    title: 'an edge goes up',
    files: UPWARD,
    manifest: {
      nodes: [{ ...CORE, world: 'run-os' }, SVC],
      rules: [{ kind: 'layers_v1', id: 'l', layers: ['core', 'svc'], direction: 'down' }],
    },
    found: [
      {
        brief: 'E_ARCH_LAYERS_VIOLATION core/a.x07.json:6:3',
        data: { rule_id: 'l', node_from: 'core', node_to: 'svc', ...EVIDENCE },
      },
    ],
  },
  {
    title: 'layers go down and along, which allowlist mode takes for allowed',
    files: { ...CLEAN, 'core/b.x07.json': x07('core.b', ['core.a']) },
    manifest: {
      rules: [{ kind: 'layers_v1', id: 'l', layers: ['svc', 'core', 'svc'], direction: 'down' }],
      checks: {
        ...manifest().checks,
        allowlist_mode: { enabled: true, default_allow_external: true, default_allow_internal: false },
      },
    },
    found: [],
  },
  {
    title: 'a pure node depends on one of the OS',
    files: UPWARD,
    found: [
      {
        brief: 'E_ARCH_WORLD_EDGE_FORBIDDEN core/a.x07.json:6:3',
        data: { node_from: 'core', node_to: 'svc', world_from: 'solve-pure', world_to: 'run-os', ...EVIDENCE },
      },
    ],
  },
  {
    title: 'verified code depends on code that is not',
    manifest: { nodes: [CORE, { ...SVC, trust_zone: 'verified_core' }] },
    found: [
      {
        brief: 'E_ARCH_TRUST_ZONE_EDGE svc/a.x07.json:6:3',
        data: {
          node_from: 'svc',
          node_to: 'core',
          from_zone: 'verified_core',
          to_zone: 'untrusted',
          module_path: 'svc/a.x07.json',
          module_id: 'svc.a',
          import: 'core.a',
        },
      },
    ],
  },
  {
    title: 'allowlist mode finds an edge without a rule',
    manifest: {
      checks: {
        ...manifest().checks,
        allowlist_mode: { enabled: true, default_allow_external: true, default_allow_internal: false },
      },
    },
    found: [
      {
        brief: 'E_ARCH_EDGE_NOT_ALLOWED svc/a.x07.json:6:3',
        data: {
          node_from: 'svc',
          node_to: 'core',
          module_path: 'svc/a.x07.json',
          module_id: 'svc.a',
          import: 'core.a',
        },
      },
    ],
  },
  {
    title: 'nodes import each other',
    files: { ...CLEAN, 'core/b.x07.json': x07('core.b', ['svc.a']) },
    manifest: {
      nodes: [{ ...CORE, world: 'run-os' }, SVC],
      rules: [{ kind: 'deny_cycles_v1', id: 'c', scope: 'nodes' }],
    },
    found: [
      {
        brief: 'E_ARCH_CYCLE core/b.x07.json:6:3',
        data: {
          rule_id: 'c',
          cycle_nodes: ['core', 'svc'],
          evidence: [
            { module_path: 'core/b.x07.json', module_id: 'core.b', import: 'svc.a' },
            { module_path: 'svc/a.x07.json', module_id: 'svc.a', import: 'core.a' },
          ],
        },
      },
    ],
  },
  {
    title: 'a smoke entry is missing',
    manifest: { nodes: [{ ...CORE, contracts: { smoke_entry: 'core.a.g' } }, SVC] },
    found: [{ brief: 'E_ARCH_SMOKE_MISSING', data: { node: 'core', smoke_entry: 'core.a.g' } }],
  },
  {
    title: 'a public node exports bytes without a brand',
    files: {
      ...CLEAN,
      'svc/a.x07.json': x07('svc.a', []).replace('"params": []', '"params":[{"name":"b","ty":["option","bytes"]}]'),
    },
    found: [
      {
        brief: 'E_ARCH_PUBLIC_BYTES_UNBRANDED svc/a.x07.json:16:14',
        data: {
          node: 'svc',
          module_path: 'svc/a.x07.json',
          symbol: 'svc.a.f',
          param: 'b',
          ty: 'App { head: "option", args: [Named("bytes")] }',
        },
        loc: 'svc/a.x07.json',
      },
    ],
  },
]

describe.each(['x07', 'all'] as const)('under rules %s the graph of X07 modules is checked:', (rules) => {
  test.each(CASES)('$title', async ({ files = CLEAN, manifest: changes, found }) => {
    const { findings } = await checkProject(files, manifest({ nodes: NODES, ...changes }), { rules })
    expect(
      findings.map((finding) => ({
        brief: brief(finding),
        data: finding.data,
        ...(finding.loc && 'file' in finding.loc && { loc: finding.loc.file }),
      })),
    ).toEqual(found)
    expect(findings.map(({ origin }) => origin)).toEqual(found.map(() => 'x07'))
  })
})

describe('a tool budget', () => {
  const limits = { maxModules: 2, maxEdges: 1, maxBytesIn: 1000, bytesInSoFar: 10 }
  const bytes = Object.values(CLEAN).reduce((sum, text) => sum + text.length, 10)

  test.each([
    ['is kept', {}, undefined],
    [
      'of modules is exceeded',
      { maxModules: 1 },
      { budget: 'tool_budgets.max_modules', max_modules: 1, modules_found: 2 },
    ],
    ['of edges is exceeded', { maxEdges: 0 }, { budget: 'tool_budgets.max_edges', max_edges: 0, module_edges: 1 }],
    ['of bytes is reached', { maxBytesIn: bytes }, undefined],
    [
      'of bytes is exceeded',
      { maxBytesIn: bytes - 1 },
      { budget: 'max_bytes_in', max_bytes_in: bytes - 1, bytes_in_total: bytes },
    ],
  ])('%s', async (_, changes, data) => {
    const result = await checkProject(CLEAN, manifest({ nodes: NODES }), { limits: { ...limits, ...changes } })
    expect(result.exceeded?.data).toEqual(data)
    expect(result.exceeded?.code).toBe(data && 'E_ARCH_TOOL_BUDGET_EXCEEDED')
  })
})
