import { describe, expect, test } from 'vitest'
import type { Manifest, ManifestNode } from '../../../src/x07/manifest/types.ts'
import type { Files } from './project.ts'
import { brief, checkProject, manifest, node } from './project.ts'

/** A workspace laid out as this one: an app over adapters over a core. */
const WORKSPACE: Files = {
  'package.json': '{"name":"root","private":true}',
  'packages/msg-core/package.json':
    '{"name":"@x07-lab/msg-core","exports":{".":"./src/index.ts","./testing":"./src/testing/index.ts"}}',
  'packages/msg-core/src/index.ts': `export * from './driver/driver.ts'\n`,
  'packages/msg-core/src/driver/driver.ts': `import { Buffer } from 'node:buffer'\nexport const driver = Buffer\n`,
  'packages/msg-core/src/testing/index.ts': `import { driver } from '../index.ts'\nexport const suite = driver\n`,
  'packages/msg-amqp/package.json': '{"name":"@x07-lab/msg-amqp","exports":{".":"./src/index.ts"}}',
  'packages/msg-amqp/src/index.ts': `import { driver } from '@x07-lab/msg-core'\nexport const amqp = driver\n`,
  'packages/obs/package.json': '{"name":"@x07-lab/obs","exports":{".":"./src/index.ts"}}',
  'packages/obs/src/index.ts': `import type { driver } from '@x07-lab/msg-core'\nexport type A = typeof driver\n`,
  'apps/lab/package.json': '{"name":"lab"}',
  'apps/lab/src/main.ts': `import { amqp } from '@x07-lab/msg-amqp'\nimport '@x07-lab/obs'\nimport { suite } from '@x07-lab/msg-core/testing'\nexport const all = [amqp, suite]\n`,
}

function workspaceNode(id: string, prefix: string): ManifestNode {
  return node(id, { match: { module_prefixes: [prefix], path_globs: [] } })
}

const LAYERS: Manifest = manifest({
  nodes: [
    workspaceNode('msg-core', '@x07-lab/msg-core/'),
    workspaceNode('msg-amqp', '@x07-lab/msg-amqp/'),
    workspaceNode('obs', '@x07-lab/obs/'),
    workspaceNode('lab', 'lab/'),
  ],
  rules: [
    { kind: 'layers_v1', id: 'amqp-layers', layers: ['msg-core', 'msg-amqp', 'lab'], direction: 'down' },
    { kind: 'layers_v1', id: 'obs-layers', layers: ['msg-core', 'obs', 'lab'], direction: 'down' },
    { kind: 'deps_v1', id: 'obs-knows-no-broker', from: 'obs', to: ['msg-amqp'], mode: 'deny' },
    { kind: 'deny_cycles_v1', id: 'no-node-cycles', scope: 'nodes' },
    { kind: 'deny_cycles_v1', id: 'no-module-cycles', scope: 'modules' },
  ],
})

describe('the layers of a TypeScript workspace', () => {
  test('hold where they are kept', async () => {
    const { findings, stats, patches } = await checkProject(WORKSPACE, LAYERS)
    expect(findings.map(brief)).toEqual([])
    expect(patches).toEqual([])
    expect(stats).toEqual({ modules: 6, moduleEdges: 7, nodeEdges: 6 })
  })

  test('are broken by msg-core importing msg-amqp, which is named with its place', async () => {
    const driver = `// one\n// two\nimport type { amqp } from '@x07-lab/msg-amqp'\nexport const driver: typeof amqp | 1 = 1\n`
    const { findings } = await checkProject({ ...WORKSPACE, 'packages/msg-core/src/driver/driver.ts': driver }, LAYERS)
    expect(findings.map(brief)).toEqual([
      'E_ARCH_LAYERS_VIOLATION packages/msg-core/src/driver/driver.ts:3:27',
      'E_ARCH_CYCLE packages/msg-amqp/src/index.ts:1:24',
    ])
    expect(findings[0]).toMatchObject({
      message:
        'msg-core imports msg-amqp (packages/msg-core/src/driver/driver.ts imports @x07-lab/msg-amqp/src/index.ts): rule amqp-layers puts msg-amqp above msg-core',
      data: {
        rule_id: 'amqp-layers',
        node_from: 'msg-core',
        node_to: 'msg-amqp',
        module_path: 'packages/msg-core/src/driver/driver.ts',
        module_id: '@x07-lab/msg-core/src/driver/driver.ts',
        import: '@x07-lab/msg-amqp/src/index.ts',
        type_only: true,
      },
      origin: 'own',
    })
  })

  test('are broken by obs importing lab by a path out of its package', async () => {
    const obs = `import { all } from '../../../apps/lab/src/main.js'\nexport const b = all\n`
    const { findings } = await checkProject({ ...WORKSPACE, 'packages/obs/src/index.ts': obs }, LAYERS)
    expect(findings.map(brief)).toEqual([
      'E_ARCH_LAYERS_VIOLATION packages/obs/src/index.ts:1:21',
      'E_ARCH_CYCLE apps/lab/src/main.ts:2:8',
      'E_ARCH_MODULE_CYCLE packages/obs/src/index.ts:1:21',
    ])
    expect(findings.map(({ data }) => data?.['cycle_nodes'] ?? data?.['cycle_modules'])).toEqual([
      undefined,
      ['lab', 'obs'],
      ['@x07-lab/obs/src/index.ts', 'lab/src/main.ts'],
    ])
  })

  test('are broken by obs loading a broker package at run time', async () => {
    const obs = `export const load = () => import('@x07-lab/msg-amqp')\n`
    const { findings } = await checkProject({ ...WORKSPACE, 'packages/obs/src/index.ts': obs }, LAYERS)
    expect(findings.map(brief)).toEqual(['E_ARCH_DEPS_DENY packages/obs/src/index.ts:1:34'])
  })

  test('do not see an npm package, which is for externals to allow', async () => {
    const files = { ...WORKSPACE, 'packages/obs/src/index.ts': `import 'amqplib'\nimport 'fs'\n` }
    const { findings, patches } = await checkProject(files, LAYERS)
    expect(findings.map(brief)).toEqual(['E_ARCH_EXTERNAL_IMPORT_NOT_ALLOWED packages/obs/src/index.ts:1:8'])
    expect(patches).toEqual([
      {
        path: 'arch/manifest.x07arch.json',
        ops: [{ op: 'add', path: '/externals/allowed_exact/-', value: 'amqplib' }],
        note: 'allow the external imports by name',
      },
    ])
  })

  test('let a package import its own data, but not that of another', async () => {
    const obs = `import '../data.json'\nimport '../../msg-amqp/data.json'\n`
    const { findings } = await checkProject({ ...WORKSPACE, 'packages/obs/src/index.ts': obs }, LAYERS)
    expect(findings.map(brief)).toEqual(['E_ARCH_EXTERNAL_IMPORT_NOT_ALLOWED packages/obs/src/index.ts:2:8'])
    expect(findings[0]?.data?.['import']).toBe('@x07-lab/msg-amqp/data.json')
  })

  test('stay unseen under the rules of X07, which knows no TypeScript', async () => {
    const { stats, findings } = await checkProject(WORKSPACE, LAYERS, { rules: 'x07' })
    expect({ stats, findings }).toEqual({ stats: { modules: 0, moduleEdges: 0, nodeEdges: 0 }, findings: [] })
  })
})
