import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../../src/index.ts'
import { BASES } from '../fixtures/bases.ts'
import { sealed } from '../fixtures/cassette.ts'
import { type Project, writeProject } from '../fixtures/project.ts'

const MANIFEST_LOCK = 'arch/manifest.lock.json'
const POLICY = 'arch/rr/policies/orders_rr.policy.json'

async function run(project: Project, args: readonly string[], io: { ci?: boolean; terminal?: boolean } = {}) {
  let stdout = ''
  let stderr = ''
  const exit = await runCommand(args, {
    cwd: project.root,
    ci: io.ci ?? false,
    terminal: io.terminal ?? false,
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
  })
  return { exit, stdout, stderr }
}

describe('the command', () => {
  it('says in four lines that all is well', async () => {
    using project = writeProject(BASES.rr)
    await project.lock()
    expect(await run(project, [])).toEqual({
      exit: 0,
      stdout: 'ok: true\nmanifest: arch/manifest.x07arch.json\nstats: modules=0 nodes=0 module_edges=0 node_edges=0\n',
      stderr: '',
    })
  })

  it('names file, line and column, and shows the line on a terminal', async () => {
    using project = writeProject(BASES.rr)
    project.edit([{ path: POLICY, set: '/v', value: 0 }])
    await project.lock()
    const { exit, stdout } = await run(project, [], { terminal: true })
    expect(exit).toBe(2)
    expect(stdout.split('\n').slice(3)).toEqual([
      `${POLICY}:4:8: error E_ARCH_RR_POLICY_SCHEMA_INVALID: check ${POLICY}: /v must be >= 1`,
      '  4 |   "v": 0,',
      '    |        ^',
      '',
      '',
    ])
  })

  it('fails on missing locks where CI is set, and warns elsewhere', async () => {
    using project = writeProject(BASES.rr)
    const local = await run(project, [])
    expect([local.exit, local.stdout.match(/\w+ [EW]_ARCH_\w+/g)]).toEqual([
      0,
      ['warning W_ARCH_CONTRACTS_LOCK_MISSING', 'warning W_ARCH_MANIFEST_LOCK_MISSING'],
    ])
    const ci = await run(project, [], { ci: true })
    expect([ci.exit, ci.stdout.match(/\w+ [EW]_ARCH_\w+/g)]).toEqual([
      2,
      ['error W_ARCH_CONTRACTS_LOCK_MISSING', 'error W_ARCH_MANIFEST_LOCK_MISSING'],
    ])
    expect((await run(project, ['--no-frozen'], { ci: true })).exit).toBe(0)
    expect((await run(project, ['--frozen'])).exit).toBe(2)
    expect((await run(project, ['--rules', 'x07'], { ci: true })).exit).toBe(0)
  })

  it('does not write locks over errors unless it is forced', async () => {
    using project = writeProject(BASES.rr)
    project.edit([{ path: POLICY, set: '/v', value: 0 }])
    const refused = await run(project, ['--write-lock'])
    expect(refused).toMatchObject({
      exit: 2,
      stderr: 'arch:check: the locks are not written over these errors; fix them, or use --force\n',
    })
    expect(existsSync(join(project.root, MANIFEST_LOCK))).toBe(false)
    expect(await run(project, ['--write-lock', '--force'])).toMatchObject({ exit: 2, stderr: '' })
    expect(existsSync(join(project.root, MANIFEST_LOCK))).toBe(true)
  })

  it('names in a mismatch what was added, removed and changed', async () => {
    using project = writeProject(BASES.full)
    await project.lock()
    project.edit([
      { path: POLICY, set: '/v', value: 2 },
      { path: 'arch/obs/index.x07obs.json', set: '/exporters', value: [] },
      { path: 'arch/obs/index.x07obs.json', remove: '/defaults/default_exporter_id' },
      { path: 'arch/obs/exporters/local.exporter.json', delete: true },
    ])
    const { stdout } = await run(project, [])
    expect(stdout).toContain(
      `compare the contracts with arch/contracts.lock.json: changed arch/obs/index.x07obs.json, ${POLICY}; removed arch/obs/exporters/local.exporter.json; review, then run with --write-lock`,
    )
  })

  it('keeps the messages of its JSON report as short as the report may have them, and the files of a mismatch whole', async () => {
    using project = writeProject(BASES.bare)
    await project.lock()
    const gone = Array.from({ length: 300 }, (_, at) => `arch/rr/gone-${at}.json`).toSorted()
    project.edit(
      gone.map((path) => ({
        path: 'arch/contracts.lock.json',
        set: `/files/${path.replaceAll('/', '~1')}`,
        value: { jcs_sha256_hex: '0'.repeat(64) },
      })),
    )
    const report = async (rules: string): Promise<{ diags: { message: string; data: object }[] }> =>
      JSON.parse((await run(project, ['--format', 'json', '--rules', rules])).stdout)
    const [own] = (await report('all')).diags
    expect(own?.message).toHaveLength(4096)
    expect(own?.message.at(-1)).toBe('…')
    expect(own?.data).toMatchObject({ removed: gone })
    const [x07] = (await report('x07')).diags
    expect(Object.keys(x07?.data ?? {})).toEqual(['expected_jcs_sha256_hex', 'got_jcs_sha256_hex'])
  })

  it('applies patches with --write and checks again', async () => {
    using project = writeProject(BASES.rr)
    project.edit([{ path: 'arch/rr/index.x07rr.json', set: '/policies/0/kinds_allowed', value: ['rr', 'http'] }])
    expect((await run(project, ['--write', '--write-lock', '--emit-patch', 'out/p.json'])).exit).toBe(0)
    expect(JSON.parse(project.read('out/p.json'))).toMatchObject({ patches: [{ path: 'arch/rr/index.x07rr.json' }] })
    expect((await run(project, ['--frozen'])).exit).toBe(0)
  })

  it('writes the report to a file', async () => {
    using project = writeProject(BASES.bare)
    await project.lock()
    expect(await run(project, ['--format', 'json', '--report-out', 'report.json'])).toEqual({
      exit: 0,
      stdout: '',
      stderr: '',
    })
    expect(project.read('report.json')).toBe(
      `{\n  "diags": [],\n  "manifest": {\n    "jcs_sha256_hex": "019a4ef873d652ccaaa3c98f3a8b47bae30200aa25f1885adad580cd0cc7b521",\n    "path": "arch/manifest.x07arch.json"\n  },\n  "schema_version": "x07.arch.report@0.1.0",\n  "stats": {\n    "module_edges": 0,\n    "modules": 0,\n    "node_edges": 0,\n    "nodes": 0\n  },\n  "suggested_patches": []\n}\n`,
    )
  })

  it('writes the locks before the patch set under X07 rules', async () => {
    using project = writeProject(BASES.rr)
    expect(await run(project, ['--rules', 'x07', '--write-lock', '--emit-patch', 'arch/rr'])).toMatchObject({ exit: 2 })
    expect(existsSync(join(project.root, MANIFEST_LOCK))).toBe(true)
  })

  it('gives real places in its own report and X07 places under X07 rules', async () => {
    using project = writeProject(BASES.rr)
    project.edit([{ path: POLICY, set: '/id', value: 'other' }])
    await project.lock()
    const span = async (rules: string): Promise<unknown> => {
      const report: { diags: { loc: { span: unknown } }[] } = JSON.parse(
        (await run(project, ['--format', 'json', '--rules', rules])).stdout,
      )
      return report.diags[0]?.loc.span
    }
    expect(await span('all')).toEqual({ file: POLICY, start: { line: 3, col: 9 }, end: { line: 3, col: 9 } })
    expect(await span('x07')).toEqual({ file: POLICY, start: { line: 1, col: 1 }, end: { line: 1, col: 1 } })
  })

  it.each([
    ['x07', 'ok: true'],
    ['all', 'ok: false'],
  ])('says under %s rules that it is %s where every finding was dropped', async (rules, first) => {
    using project = writeProject(BASES.rr)
    await project.lock()
    project.edit([{ path: POLICY, set: '/v', value: 0 }])
    const { exit, stdout } = await run(project, ['--rules', rules, '--max-diags', '0'])
    expect([exit, stdout.split('\n')[0]]).toEqual([4, first])
  })

  it('explains a code', async () => {
    using project = writeProject(BASES.bare)
    expect((await run(project, ['explain', 'E_ARCH_LOCK_MISMATCH'])).stdout).toBe(
      'E_ARCH_LOCK_MISMATCH\n\nThe manifest is not the one that was pinned.\nReview the change, then run with --write-lock.\n',
    )
  })

  it.each([
    [['--format', 'yaml'], '--format yaml: expected json, text, sarif'],
    [['--rules', 'x08'], '--rules x08: expected x07, all'],
    [['--max-diags', 'many'], '--max-diags many: expected a whole number from 0 to 18446744073709551615'],
    [
      ['--max-edges', '18446744073709551616'],
      '--max-edges 18446744073709551616: expected a whole number from 0 to 18446744073709551615',
    ],
    [['--manifest', ''], '--manifest: a path is missing'],
    [['--report-out='], '--report-out: a path is missing'],
    [['--write', '--write'], '--write: give it once'],
    [['--lock', 'a', '--lock', 'b', '--lock', 'c'], '--lock: give it once'],
    [['--emit-patch', '-'], '--emit-patch -: patches go to a file, name one'],
    [['here'], 'unexpected argument "here"'],
    [['--wat'], 'unknown option --wat'],
    [['--no-write'], 'unknown option --no-write'],
    [['--no-frozen=1'], 'unknown option --no-frozen'],
    [['--__proto__=x'], 'unknown option --__proto__'],
    [['--a\u001b[31m\nb'], String.raw`unknown option --a\u001b[31m\nb`],
    [['--frozen=false'], '--frozen takes no value'],
    [['--manifest'], '--manifest: a value is missing'],
    [
      ['--manifest', '--lock', 'x'],
      '--manifest: a value is missing before --lock; if that is the value, write --manifest=--lock',
    ],
    [['--max-diags', '-1'], '--max-diags: a value is missing before -1; if that is the value, write --max-diags=-1'],
    [['--max-diags=-1'], '--max-diags -1: expected a whole number from 0 to 18446744073709551615'],
    [['--out', 'a', '--report-out', 'b'], '--out and --report-out are one option: give one'],
    [
      ['--frozen', '--write-lock'],
      '--frozen and --write-lock: the first leaves the locks as they are, the second writes them; give one',
    ],
    [['explain'], 'explain takes one code and no options'],
    [['explain', 'E_ARCH_CYCLE', 'E_ARCH_CYCLE'], 'explain takes one code and no options'],
    [['explain', 'E_ARCH_CYCLE', '--format', 'json'], 'explain takes one code and no options'],
    [['explain', 'E_NOPE'], 'explain E_NOPE: no finding has this code'],
    [['explain', ''], 'explain : no finding has this code'],
    [['explain', 'arch_cycle'], 'explain arch_cycle: no finding has this code; there is E_ARCH_CYCLE'],
    [['--repo-root', 'nowhere'], 'look for the repository nowhere: it is not a folder'],
    [['--project', 'n\0'], 'look for the repository n\\u0000: it is not a folder'],
  ])('refuses %j in a line', async (args, message) => {
    using project = writeProject(BASES.bare)
    const { exit, stdout, stderr } = await run(project, args)
    expect({ exit, stdout, first: stderr.split('\n')[0] }).toEqual({
      exit: 2,
      stdout: '',
      first: `arch:check: ${message}`,
    })
  })

  it('reports all wrong options at once', async () => {
    using project = writeProject(BASES.bare)
    const { stderr } = await run(project, ['--format', 'yaml', '--wat', '--max-edges', '-', '--frozen=1', 'x'])
    expect(stderr.split('\n')).toHaveLength(7)
  })

  it('names the file it cannot write, and why', async () => {
    using project = writeProject(BASES.bare)
    await project.lock()
    for (const option of ['--report-out', '--emit-patch']) {
      expect(await run(project, [option, 'arch'])).toMatchObject({
        exit: 2,
        stderr: `arch:check: write ${join(project.root, 'arch')}: it is a folder\n`,
      })
      expect(await run(project, [option, `${MANIFEST_LOCK}/x`])).toMatchObject({
        exit: 2,
        stderr: `arch:check: write ${join(project.root, MANIFEST_LOCK, 'x')}: a file stands where a folder has to be\n`,
      })
    }
    expect(readdirSync(join(project.root, 'arch')).toSorted()).toEqual([
      'contracts.lock.json',
      'manifest.lock.json',
      'manifest.x07arch.json',
    ])
  })

  it('says that a lock which cannot be read is not written over, forced or not', async () => {
    using project = writeProject(BASES.bare)
    await project.lock()
    project.edit([{ path: MANIFEST_LOCK, set: '/schema_version', value: 'x07.arch.manifest.lock@9' }])
    const damaged = project.read(MANIFEST_LOCK)
    for (const force of [[], ['--force']]) {
      const { exit, stdout, stderr } = await run(project, ['--write-lock', ...force])
      expect({ exit, stderr, line: stdout.split('\n')[3] }).toEqual({
        exit: 3,
        stderr:
          'arch:check: the locks are not written, the check ended before it knew them; fix the errors (--force does not help)\n',
        line: `${MANIFEST_LOCK}:19:21: error E_ARCH_LOCK_SCHEMA_INVALID: check ${MANIFEST_LOCK}: /schema_version must be "x07.arch.manifest.lock@0.1.0"; restore the file, or delete it and run with --write-lock`,
      })
    }
    expect(project.read(MANIFEST_LOCK)).toBe(damaged)
  })

  it('keeps a finding on one line whatever the files hold', async () => {
    using project = writeProject(BASES.full)
    const queue = 'late\n\u001b[31m\u009b\u2028'
    project.edit([{ path: 'arch/msg/amqp/topology/shop_queues.topology.json', set: '/bindings/0/queue', value: queue }])
    await project.lock()
    const { stdout } = await run(project, [], { terminal: true })
    const line = stdout.split('\n').find((text) => text.includes('QUEUE_UNDECLARED'))
    expect(line).toContain(String.raw`names the queue late\n\u001b[31m\u009b\u2028, which`)
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(stdout).not.toMatch(/[\u001b\u009b\u2028]/)
  })

  it('pins that there is no cassette any more', async () => {
    using project = writeProject(BASES.bare)
    project.edit([{ path: '.x07_rr/a.rrbin', text: sealed() }])
    await run(project, ['--write-lock'])
    project.edit([{ path: '.x07_rr/a.rrbin', delete: true }])
    expect((await run(project, ['--frozen'])).exit).toBe(2)
    expect((await run(project, ['--write-lock'])).exit).toBe(0)
    expect(JSON.parse(project.read('.x07_rr/cassettes.lock.json'))).toMatchObject({ cassettes: {} })
    expect((await run(project, ['--frozen'])).exit).toBe(0)
  })

  it('prints what it pins, on standard error', async () => {
    using project = writeProject(BASES.own)
    project.edit([{ path: '.x07_rr/a.rrbin', text: sealed() }])
    expect((await run(project, ['--write-lock'])).stderr).toBe(
      `arch:check: pinned .x07_rr/a.rrbin: 1 entries, ${sealed().length} bytes\n`,
    )
    expect((await run(project, ['--write-lock'])).stderr).toBe('')
    project.edit([
      { path: 'arch/policy/sandbox.policy.json', set: '/net/allow_hosts/0/ports/-', value: 22 },
      { path: 'arch/vcr/orders.match.json', set: '/v', value: 2 },
    ])
    expect((await run(project, ['--write-lock'])).stderr).toBe(
      'arch:check: pinned arch/policy/sandbox.policy.json: it allows more than before: net.allow_hosts "127.0.0.1" 22\n' +
        'arch:check: pinned in arch/project.lock.json: changed arch/vcr/orders.match.json\n',
    )
    expect(await run(project, ['x.rrbin'])).toMatchObject({ exit: 2, stdout: '' })
  })

  it.each(['x07', 'all'])('leaves a manifest lock that says the same as it is, under the rules %s', async (rules) => {
    using project = writeProject(BASES.bare)
    await project.lock()
    const text = JSON.stringify(JSON.parse(project.read('arch/manifest.lock.json')))
    project.edit([{ path: 'arch/manifest.lock.json', text }])
    await run(project, ['--rules', rules, '--write-lock'])
    expect(project.read('arch/manifest.lock.json')).toBe(text)
  })

  it('writes the report of X07, its words included, to the file that --out names', async () => {
    using project = writeProject(BASES.rr)
    await project.lock()
    project.edit([
      { path: 'arch/contracts.lock.json', delete: true },
      { path: 'arch/rr/index.x07rr.json', set: '/policies/0/ops_allowed', value: ['std.rr.b', 'std.rr.a'] },
      { path: 'arch/rr/policies/orders_rr.policy.json', remove: '/budgets' },
    ])
    const { exit, stdout } = await run(project, ['--rules', 'x07', '--format', 'json', '--out', 'report.json'])
    const { diags } = JSON.parse(project.read('report.json')) as { diags: { code: string; message: string }[] }
    expect([exit, stdout]).toEqual([2, ''])
    expect(diags.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'E_ARCH_RR_POLICY_OPS_NOT_SORTED ops_allowed[] must be sorted',
      'E_ARCH_RR_POLICY_SCHEMA_INVALID "budgets" is a required property',
      'W_ARCH_CONTRACTS_LOCK_MISSING contracts lock is missing (arch/contracts.lock.json)',
    ])
  })
})
