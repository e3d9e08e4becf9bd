import { describe, expect, test } from 'vitest'
import type { Patch } from '../../../src/finding.ts'
import type { Rules } from '../../../src/x07/graph/index.ts'
import type { Manifest } from '../../../src/x07/manifest/types.ts'
import type { Files } from './project.ts'
import { checkProject, manifest, node, x07 } from './project.ts'

const MANIFEST_PATH = 'arch/manifest.x07arch.json'
const DENYING = node('a', { imports: { deny_prefixes: ['bad.'], allow_prefixes: [] } })

async function patchesOf(files: Files, changes: Partial<Manifest>, rules: Rules): Promise<Patch[]> {
  return (await checkProject(files, manifest(changes), { rules })).patches
}

describe('the patches of the graph', () => {
  test('offer to allow what fails externals and to remove what its node denies, as X07 does, or the one of both that helps', async () => {
    const files = { 'a.x07.json': x07('a.a', ['std.x', 'bad.x', 'good.x', 'bad.x']) }
    const allow = (value: string) => ({ op: 'add', path: '/externals/allowed_exact/-', value })
    const removal = {
      path: 'a.x07.json',
      ops: [{ op: 'replace', path: '/imports', value: ['good.x', 'std.x'] }],
      note: 'remove the forbidden imports',
    }
    const note = 'allow the external imports by name'
    expect(await patchesOf(files, { nodes: [DENYING] }, 'x07')).toEqual([
      removal,
      { path: MANIFEST_PATH, ops: [allow('bad.x'), allow('good.x')], note },
    ])
    expect(await patchesOf(files, { nodes: [DENYING] }, 'all')).toEqual([
      removal,
      { path: MANIFEST_PATH, ops: [allow('good.x')], note },
    ])
  })

  test('offer a node for an orphan, which is valid under our own rules', async () => {
    const files = { 'lib/x[1].x07.json': x07('lib.x'), 'b.ts': 'export {}', 'package.json': '{"name":"@s/p"}' }
    const x07Node = {
      id: 'orphan.lib.x',
      match: { module_prefixes: [], path_globs: ['lib/x[1].x07.json'] },
      world: 'solve-pure',
      visibility: { mode: 'restricted', visible_to: [] },
      imports: { deny_prefixes: [], allow_prefixes: ['std.', 'ext.', 'lib.'] },
    }
    const add = (value: unknown) => ({ op: 'add', path: '/nodes/-', value })
    expect((await patchesOf(files, {}, 'x07'))[0]?.ops).toEqual([add(x07Node)])
    expect((await patchesOf(files, {}, 'all'))[0]?.ops).toEqual([
      add({
        ...x07Node,
        id: 'orphan.-s-p-b.ts',
        match: { module_prefixes: [], path_globs: ['b.ts'] },
        imports: { deny_prefixes: [], allow_prefixes: [] },
        trust_zone: 'untrusted',
      }),
      add({
        ...x07Node,
        match: { module_prefixes: [], path_globs: ['lib/x\\[1\\].x07.json'] },
        trust_zone: 'untrusted',
      }),
    ])
    const allowed = { checks: { ...manifest().checks, deny_orphans: false } }
    expect(await patchesOf(files, allowed, 'all')).toEqual([])
  })

  test('keep the ids of nodes and rules within 128 characters', async () => {
    const long = 'a'.repeat(122)
    const files = { 'a.x07.json': x07(long), 'b.x07.json': x07('b.b', ['c.c']), 'c.x07.json': x07('c.c') }
    const nodes = [node('b'), node('c'.repeat(122), { match: { module_prefixes: ['c.'], path_globs: [] } })]
    const checks = {
      ...manifest().checks,
      allowlist_mode: { enabled: true, default_allow_external: true, default_allow_internal: false },
    }
    const [patch] = await patchesOf(files, { nodes, checks }, 'x07')
    expect(
      patch?.ops.map((op) => ('value' in op ? Object.entries(op.value ?? {}).find(([key]) => key === 'id')?.[1] : op)),
    ).toEqual([
      'orphan.88de7a145b0373ad95c28ed5b7af23d9',
      'allow:sha256:fc7884db6fe6c4193ad11f3f893f63c0ed52305c7a69ff4df0aa38cfe1e1e8b1',
    ])
  })
})
