import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRegularFile } from '../src/x07/files/read.ts'
import { BASES } from './fixtures/bases.ts'
import { writeProject } from './fixtures/project.ts'

const POLICY = 'arch/rr/policies/orders_rr.policy.json'
const MANIFEST = 'arch/manifest.x07arch.json'
const CONTRACTS_LOCK = 'arch/contracts.lock.json'
const NESTED = '['.repeat(1_000_000)

const codesAt = async (path: string, content: string | Uint8Array): Promise<string[]> => {
  using project = writeProject(BASES.rr)
  project.edit([{ path, text: content }])
  await project.lock()
  const { findings } = await project.check()
  return findings.map((finding) => `${finding.code} ${finding.at?.file}:${finding.at?.line}:${finding.at?.col}`)
}

describe('hostile files', () => {
  it.each([
    ['a megabyte of nested arrays', NESTED, 1, 128],
    ['a byte-order mark', '\ufeff{}', 1, 1],
    ['invalid UTF-8', new Uint8Array([0x7b, 0x0a, 0x22, 0xff]), 2, 2],
    ['half a surrogate pair', '{"id": "\\ud800"}', 1, 8],
    ['a number outside the double range', '{"v": 1e999}', 1, 7],
    ['nothing', '', 1, 1],
  ])('makes one finding of %s in a contract', async (_title, content, line, col) => {
    expect(await codesAt(POLICY, content)).toEqual([`E_ARCH_RR_POLICY_JSON_PARSE ${POLICY}:${line}:${col}`])
  })

  it('stops at a manifest that nests without end', async () => {
    using project = writeProject(BASES.bare)
    project.edit([{ path: MANIFEST, text: NESTED }])
    const result = await project.check()
    expect(result).toMatchObject({
      exitCode: 3,
      findings: [{ code: 'E_ARCH_MANIFEST_JSON_PARSE', at: { line: 1, col: 128 } }],
    })
  })

  it('takes __proto__ for a key like any other', async () => {
    expect(await codesAt(POLICY, '{"__proto__": {"schema_version": "x07.arch.rr.policy@0.1.0"}}')).toEqual([
      `E_ARCH_RR_POLICY_SCHEMA_VERSION ${POLICY}:1:1`,
    ])
    const extra =
      '{"schema_version": "x07.arch.rr.sanitize@0.1.0", "id": "keep_all", "v": 1, "redact_headers": [], "redact_token": "", "__proto__": {}}'
    expect(await codesAt('arch/rr/sanitizers/keep_all.sanitize.json', extra)).toEqual([
      'E_ARCH_RR_SANITIZER_SCHEMA_INVALID arch/rr/sanitizers/keep_all.sanitize.json:1:131',
    ])
  })

  it.each(['', './', '.'])('names the manifest where the path of a contract is %j', async (path) => {
    using project = writeProject(BASES.rr)
    project.edit([{ path: 'arch/rr/index.x07rr.json', set: '/policies/0/policy_path', value: path }])
    const { findings } = await project.check()
    expect(findings.filter(({ code }) => code === 'E_ARCH_RR_POLICY_READ').map(({ at }) => at)).toEqual([
      { file: MANIFEST, pointer: '', line: 1, col: 1 },
    ])
  })

  it.each([
    ['arch/none/../rr/policies/orders_rr.policy.json', 'lint'],
    [`${POLICY}/.`, 'parse'],
  ])('finds no contract at %s, as the system does not', async (path, stage) => {
    using project = writeProject(BASES.rr)
    project.edit([{ path: 'arch/rr/index.x07rr.json', set: '/policies/0/policy_path', value: path }])
    const { findings } = await project.check({ rules: 'x07' })
    expect(findings).toContainEqual(expect.objectContaining({ code: 'E_ARCH_RR_POLICY_READ', stage }))
  })

  it.each(['g'.repeat(300), 'g\0'])(
    'takes a folder that no system can have for one that is missing',
    async (genDir) => {
      using project = writeProject(BASES.rr)
      project.edit([{ path: MANIFEST, set: '/contracts_v1/rr/gen_dir', value: genDir }])
      await project.lock()
      expect((await project.check()).findings).toMatchObject([
        { code: 'E_ARCH_RR_GEN_DIR_MISSING', data: { gen_dir: genDir } },
      ])
    },
  )

  it('takes a lock that is a link to itself for one that is missing', async () => {
    using project = writeProject(BASES.rr)
    await project.lock()
    project.edit([{ path: CONTRACTS_LOCK, delete: true }])
    symlinkSync('contracts.lock.json', join(project.root, CONTRACTS_LOCK))
    expect((await project.check()).findings).toMatchObject([{ code: 'W_ARCH_CONTRACTS_LOCK_MISSING' }])
  })

  it('says that a contract is a folder', async () => {
    using project = writeProject(BASES.rr)
    project.edit([{ path: POLICY, delete: true }])
    mkdirSync(join(project.root, POLICY))
    await project.lock()
    const { findings } = await project.check()
    expect(findings).toMatchObject([
      { code: 'E_ARCH_RR_POLICY_READ', message: `read the contract ${POLICY}: it is not a regular file` },
    ])
  })

  it('names a contract that is a link out of the repository', async () => {
    using project = writeProject(BASES.rr)
    using elsewhere = writeProject({})
    elsewhere.edit([{ path: 'policy.json', text: project.read(POLICY) }])
    project.edit([{ path: POLICY, delete: true }])
    symlinkSync(join(elsewhere.root, 'policy.json'), join(project.root, POLICY))
    await project.lock()
    const { findings } = await project.check()
    expect(findings).toMatchObject([{ code: 'E_ARCH_PATH_OUTSIDE_REPO', at: { file: POLICY, line: 1, col: 1 } }])
    expect(await project.check({ rules: 'x07' })).toMatchObject({ findings: [], exitCode: 0 })
  })

  it('says that the name of a folder is not UTF-8, under X07 rules in place of a report', async () => {
    using project = writeProject(BASES.graph)
    await project.lock()
    project.edit([{ path: 'src', badName: true }])
    const message = 'scan for modules: the name of the folder src/a\ufffd is not UTF-8; rename it'
    expect((await project.check()).findings).toMatchObject([{ code: 'E_ARCH_SCAN_READ', message }])
    await expect(project.check({ rules: 'x07' })).rejects.toThrow(new Error(message))
  })

  it.each(['arch/manifest.x07arch.json', 'arch/manifest.lock.json', 'arch/contracts.lock.json'])(
    'names %s where it is a link out of the repository',
    async (path) => {
      using project = writeProject(BASES.rr)
      await project.lock()
      project.edit([{ path, linkOut: true }])
      const { findings } = await project.check()
      expect(findings).toMatchObject([{ code: 'E_ARCH_PATH_OUTSIDE_REPO', at: { file: path, line: 1, col: 1 } }])
    },
  )

  it('ends on links that go round in a circle', async () => {
    using project = writeProject(BASES.rr)
    project.edit([{ path: POLICY, delete: true }])
    symlinkSync('orders_rr.policy.json', join(project.root, POLICY))
    await project.lock()
    const { findings } = await project.check()
    expect(findings[0]).toMatchObject({ code: 'E_ARCH_RR_POLICY_READ', stage: 'parse' })
  })

  it('does not pass over a contracts lock that cannot be read', async () => {
    using project = writeProject(BASES.rr)
    await project.lock()
    rmSync(join(project.root, CONTRACTS_LOCK))
    // Its size is 0, its content is not: no program that reads as much as there is can read it.
    symlinkSync('/proc/self/status', join(project.root, CONTRACTS_LOCK))
    const message = `read the contracts lock ${CONTRACTS_LOCK}: it grew past 0 bytes while it was read; run with --write-lock to make it anew`
    const { findings } = await project.check()
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'E_ARCH_CONTRACTS_LOCK_JSON_PARSE', message, at: { file: CONTRACTS_LOCK } }),
    )
    await expect(project.check({ rules: 'x07' })).rejects.toThrow(new Error(message))
  })

  it('stops reading a file at the size it had', () => {
    // A file of /proc has size 0 and content all the same, as a file that grows while it is read.
    expect(readRegularFile('/proc/self/status')).toEqual({
      ok: false,
      missing: false,
      reason: 'it grew past 0 bytes while it was read',
    })
  })

  it('does not read what is larger than the budget, and says so', async () => {
    using project = writeProject(BASES.rr)
    const budgets = { max_contract_files: 10, max_contract_bytes: 1000 }
    project.edit([{ path: MANIFEST, set: '/tool_budgets/contracts_budgets', value: budgets }])
    writeFileSync(join(project.root, POLICY), ' '.repeat(2000))
    const { exitCode, findings } = await project.check()
    expect(exitCode).toBe(4)
    expect(findings[0]).toMatchObject({
      code: 'E_ARCH_TOOL_BUDGET_EXCEEDED',
      data: { budget: 'tool_budgets.contracts_budgets.max_contract_bytes' },
    })
  })

  it('keeps no more findings than max_diags', async () => {
    using project = writeProject(BASES.rr)
    const policies = Array.from({ length: 5000 }, () => 1)
    project.edit([{ path: 'arch/rr/index.x07rr.json', set: '/policies', value: policies }])
    const { exitCode, findings } = await project.check({ maxDiags: 3 })
    expect(exitCode).toBe(4)
    expect(findings.map((finding) => finding.code)).toEqual([
      'E_ARCH_RR_INDEX_SCHEMA_INVALID',
      'E_ARCH_RR_INDEX_SCHEMA_INVALID',
      'E_ARCH_TOOL_BUDGET_EXCEEDED',
    ])
  })

  it('ends on a manifest with twenty thousand wrong rules', async () => {
    using project = writeProject(BASES.bare)
    project.edit([{ path: MANIFEST, set: '/rules', value: Array.from({ length: 20_000 }, () => ({ kind: 'x' })) }])
    const { exitCode, findings } = await project.check()
    expect([exitCode, findings.length]).toEqual([3, 20_000])
  })
})
