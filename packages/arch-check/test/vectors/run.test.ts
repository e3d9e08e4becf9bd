import { describe, expect, it } from 'vitest'
import { join } from 'node:path'
import { type Difference, runArchVectors } from '../../src/index.ts'
import { BASES } from '../fixtures/bases.ts'
import { writeProject } from '../fixtures/project.ts'

const MANIFEST = 'arch/manifest.x07arch.json'
const HASH = '019a4ef873d652ccaaa3c98f3a8b47bae30200aa25f1885adad580cd0cc7b521'
const lockMissing = {
  code: 'W_ARCH_CONTRACTS_LOCK_MISSING',
  severity: 'warning',
  stage: 'lint',
  loc: {
    kind: 'text',
    span: { file: 'arch/contracts.lock.json', start: { line: 1, col: 1 }, end: { line: 1, col: 1 } },
  },
}
const clean = {
  id: 'clean',
  base: 'lab',
  change: [],
  exit: 0,
  diagnostics: [lockMissing],
  stats: { modules: 0, nodes: 0, module_edges: 0, node_edges: 0 },
  manifest: { path: MANIFEST, jcs_sha256_hex: HASH },
}
const readFault = {
  code: 'E_ARCH_MANIFEST_JSON_PARSE',
  severity: 'error',
  stage: 'parse',
  loc: { kind: 'text', span: { file: MANIFEST, start: { line: 1, col: 1 }, end: { line: 1, col: 1 } } },
}
const noHash = { path: MANIFEST, jcs_sha256_hex: null }

async function run(cases: readonly object[]) {
  const base = Object.fromEntries(Object.entries(BASES.bare).map(([path, value]) => [`base/${path}`, value]))
  using project = writeProject(base)
  const file = 'cases.jsonl'
  project.edit([
    { path: file, text: cases.map((one) => JSON.stringify(one).replace('"value":"@"', '"value":100.0')).join('\n') },
  ])
  const found: Difference[] = []
  const result = await runArchVectors(join(project.root, file), {
    onDifference: (difference) => found.push(difference),
  })
  return { ...result, found }
}

describe('running recorded answers', () => {
  it('passes cases whose answer is ours, each from a fresh project', async () => {
    const broken = {
      ...clean,
      id: 'broken',
      change: [{ path: MANIFEST, raw: '{' }],
      exit: 3,
      diagnostics: [readFault],
      manifest: noHash,
    }
    expect(await run([broken, clean, broken])).toEqual({ passed: 3, failed: 0, found: [] })
  })

  it('names what differs', async () => {
    const wrong = { ...clean, id: 'wrong', change: [{ path: MANIFEST, raw: '{' }], after: [{ path: 'x', raw: '' }] }
    const { failed, found } = await run([wrong])
    expect(failed).toBe(1)
    expect(found[0]?.lines.map((line) => line.split(':')[0])).toEqual([
      'exit',
      'diagnostics',
      'diagnostics',
      'manifest',
      'files written',
    ])
  })

  it('puts a value into the project as the case writes it', async () => {
    const float = {
      ...clean,
      id: 'float',
      change: [{ path: MANIFEST, json_pointer: '/tool_budgets/max_edges', op: 'replace', value: '@' }],
      exit: 3,
      diagnostics: [{ ...readFault, code: 'E_ARCH_MANIFEST_INVALID' }],
      manifest: { path: MANIFEST, jcs_sha256_hex: '@' },
    }
    // 100.0 is an integer to the schema and none to X07's typed reader; as a JavaScript number it would be 100.
    const { found } = await run([float])
    expect(found[0]?.lines.map((line) => line.split(':')[0])).toEqual(['manifest'])
  })

  it('compares text reports without the words after each code', async () => {
    const summary = 'manifest: arch/manifest.x07arch.json\nstats: modules=0 nodes=0 module_edges=0 node_edges=0\n'
    const text = (code: string) => ({
      ...clean,
      id: code,
      args: ['--format', 'text'],
      stdout: `ok: true\n${summary}warning ${code}: said in other words\n`,
    })
    const { passed, found } = await run([text('W_ARCH_CONTRACTS_LOCK_MISSING'), text('W_ARCH_OTHER')])
    expect([passed, found.map(({ id }) => id)]).toEqual([1, ['W_ARCH_OTHER']])
  })
})
