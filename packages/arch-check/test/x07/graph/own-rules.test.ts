import { describe, expect, test } from 'vitest'
import type { Manifest } from '../../../src/x07/manifest/types.ts'
import type { Files } from './project.ts'
import { brief, checkProject, manifest, node, x07 } from './project.ts'

const CHECKS = manifest().checks
const AB = [node('a'), node('b')]

describe('our own rules on top of those of X07', () => {
  test.each<[title: string, files: Files, manifest: Partial<Manifest>, all: string[], onlyX07: string[]]>([
    [
      'let a node import itself',
      { 'a.x07.json': x07('a.a'), 'b.x07.json': x07('a.b', ['a.a']) },
      {
        nodes: [node('a', { visibility: { mode: 'restricted', visible_to: [] } })],
        checks: {
          ...CHECKS,
          allowlist_mode: { enabled: true, default_allow_external: true, default_allow_internal: false },
        },
      },
      [],
      ['E_ARCH_VISIBILITY b.x07.json:6:3', 'E_ARCH_EDGE_NOT_ALLOWED b.x07.json:6:3'],
    ],
    [
      'end a prefix where a segment ends',
      { 'a.x07.json': x07('app.core'), 'b.x07.json': x07('app.core.b'), 'c.x07.json': x07('app.corexyz') },
      { nodes: [node('a', { match: { module_prefixes: ['app.core'], path_globs: [] } })] },
      ['E_ARCH_NODE_ORPHAN_MODULE c.x07.json:1:1'],
      [],
    ],
    [
      'take deny_cycles for a rule',
      { 'a.x07.json': x07('a.a', ['b.a']), 'b.x07.json': x07('b.a', ['a.a']) },
      { nodes: AB },
      ['E_ARCH_CYCLE a.x07.json:6:3'],
      [],
    ],
    [
      'look for cycles among modules',
      {
        'a.x07.json': x07('a.a', ['a.b']),
        'b.x07.json': x07('a.b', ['a.c']),
        'c.x07.json': x07('a.c', ['a.a']),
        'd.x07.json': x07('a.d', ['a.a', 'a.d']),
      },
      { nodes: AB, rules: [{ kind: 'deny_cycles_v1', id: 'm', scope: 'modules' }] },
      ['E_ARCH_MODULE_CYCLE a.x07.json:6:3'],
      [],
    ],
    [
      'know the nodes that rules name',
      {},
      {
        nodes: [...AB, node('c', { visibility: { mode: 'restricted', visible_to: ['a', 'y'] } })],
        rules: [
          { kind: 'deps_v1', id: 'd', from: 'x', to: ['a', 'z'], mode: 'deny' },
          { kind: 'layers_v1', id: 'l', layers: ['a', 'w'], direction: 'down' },
        ],
      },
      [
        'E_ARCH_VISIBLE_TO_UNKNOWN arch/manifest.x07arch.json /nodes/2/visibility/visible_to/1',
        'E_ARCH_RULE_NODE_UNKNOWN arch/manifest.x07arch.json /rules/0/from',
        'E_ARCH_RULE_NODE_UNKNOWN arch/manifest.x07arch.json /rules/0/to/1',
        'E_ARCH_RULE_NODE_UNKNOWN arch/manifest.x07arch.json /rules/1/layers/1',
      ],
      [],
    ],
    [
      'want rule ids to be unique',
      {},
      {
        nodes: AB,
        rules: [
          { kind: 'deny_cycles_v1', id: 'c', scope: 'nodes' },
          { kind: 'deny_cycles_v1', id: 'c', scope: 'modules' },
        ],
      },
      ['E_ARCH_RULE_ID_DUPLICATE arch/manifest.x07arch.json /rules/1/id'],
      [],
    ],
    [
      'warn of what a flag keeps from working',
      {},
      {
        nodes: [
          node('a', { visibility: { mode: 'restricted', visible_to: [] } }),
          node('b', { imports: { deny_prefixes: ['x.'], allow_prefixes: [] }, contracts: { smoke_entry: 'b.f' } }),
        ],
        rules: [{ kind: 'deny_cycles_v1', id: 'c', scope: 'nodes' }],
        checks: { deny_cycles: false, deny_orphans: false, enforce_visibility: false, enforce_world_caps: false },
      },
      [
        'W_ARCH_RULE_INERT arch/manifest.x07arch.json /rules/0',
        'W_ARCH_RULE_INERT arch/manifest.x07arch.json /nodes/0/visibility',
        'W_ARCH_RULE_INERT arch/manifest.x07arch.json /nodes/1/imports',
        'W_ARCH_SMOKE_UNCHECKED arch/manifest.x07arch.json /nodes/1/contracts/smoke_entry',
      ],
      [],
    ],
    [
      'forgive a pure node the types of an OS node, and a circle of types',
      {
        'a.ts': `import type { B } from './b.ts'\nexport type A = B\n`,
        'b.ts': `import type { A } from './a.ts'\nexport type B = A\n`,
        'c.ts': `import type { A } from './a.ts'\nimport { type B } from './b.ts'\nexport type C = A | B\n`,
      },
      {
        nodes: [
          node('os', { match: { module_prefixes: ['a.ts', 'b.ts'], path_globs: [] } }),
          node('pure', { world: 'solve-pure', match: { module_prefixes: ['c.ts'], path_globs: [] } }),
        ],
        rules: [{ kind: 'deny_cycles_v1', id: 'm', scope: 'modules' }],
      },
      ['E_ARCH_WORLD_EDGE_FORBIDDEN c.ts:2:24'],
      [],
    ],
  ])('%s', async (_, files, changes, all, onlyX07) => {
    const under = async (rules: 'x07' | 'all') =>
      (await checkProject(files, manifest(changes), { rules })).findings.map(brief)
    expect(await under('all')).toEqual(all)
    expect(await under('x07')).toEqual(onlyX07)
  })
})
