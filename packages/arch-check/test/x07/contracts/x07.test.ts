import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CheckOptions, Finding } from '../../../src/index.ts'
import { BASES } from '../../fixtures/bases.ts'
import { type Edit, type Project, writeProject } from '../../fixtures/project.ts'

const MANIFEST = 'arch/manifest.x07arch.json'
const RR = 'arch/rr/index.x07rr.json'
const POLICY = 'arch/rr/policies/orders_rr.policy.json'
const SANITIZER = 'arch/rr/sanitizers/keep_all.sanitize.json'
const MSG = 'arch/msg/index.x07msg.json'
const KAFKA = 'arch/msg/kafka/index.x07kafka.json'
const PROFILE = 'arch/msg/kafka/profiles/shop_kafka.kafka_profile.json'

const LOCKS = /_LOCK_/

/** Code, severity where it is no error, stage, and the file X07 names; findings about locks aside. */
function line({ code, severity, stage, loc }: Finding): string {
  const file = loc !== undefined && 'file' in loc ? ` ${loc.file}` : ''
  return `${code}${severity === 'error' ? '' : `/${severity}`} ${stage}${file}`
}

async function x07(edits: Edit[], options: Partial<CheckOptions> = {}, base: keyof typeof BASES = 'full') {
  using project = writeProject(BASES[base])
  project.edit(edits)
  const result = await project.check({ rules: 'x07', ...options })
  return { ...result, lines: result.findings.filter(({ code }) => !LOCKS.test(code)).map(line) }
}

const set = (path: string, pointer: string, value: Extract<Edit, { set: string }>['value']): Edit => ({
  path,
  set: pointer,
  value,
})
const AMQP = 'arch/msg/amqp/index.x07amqp.json'
const NOT_FOUND = [AMQP, AMQP, MSG, KAFKA].map((file) => `E_ARCH_RR_POLICY_NOT_FOUND lint ${file}`)

describe("X07's rules", () => {
  it.each<[string, Edit[], string[]]>([
    [
      'a missing index leaves its ids unknown, whatever enforce says',
      [{ path: RR, delete: true }, set(MANIFEST, '/contracts_v1/msg/enforce', 'off')],
      [`E_ARCH_RR_INDEX_READ lint ${RR}`, ...NOT_FOUND],
    ],
    [
      'an unknown key does so too, and adds nothing of its own',
      [set(RR, '/extra', 1)],
      ['E_ARCH_RR_INDEX_SCHEMA_INVALID parse', ...NOT_FOUND],
    ],
    [
      'a bad pattern does not',
      [set(RR, '/policies/0/sanitize_id', 'a b'), set(SANITIZER, '/id', 'a b')],
      ['E_ARCH_RR_INDEX_SCHEMA_INVALID parse', 'E_ARCH_RR_SANITIZER_SCHEMA_INVALID parse'],
    ],
    [
      'a wrong version is said twice and hides the schema',
      [set(RR, '/schema_version', 'x'), set(RR, '/policies/0/id', 'a b')],
      [
        `E_ARCH_RR_INDEX_SCHEMA_VERSION parse ${RR}`,
        `E_ARCH_RR_INDEX_SCHEMA_VERSION parse ${RR}`,
        `E_ARCH_RR_POLICY_ID_MISMATCH lint ${POLICY}`,
        ...NOT_FOUND,
      ],
    ],
    [
      'a version that is absent is said once',
      [{ path: RR, remove: '/schema_version' }],
      [`E_ARCH_RR_INDEX_SCHEMA_VERSION parse ${RR}`, ...NOT_FOUND],
    ],
    [
      'an index without policies is one with none',
      [{ path: RR, remove: '/policies' }],
      ['E_ARCH_RR_INDEX_SCHEMA_INVALID parse', ...NOT_FOUND],
    ],
    [
      'without defaults only replay is allowed',
      [{ path: RR, remove: '/defaults' }, set(POLICY, '/mode_default', 'off')],
      [`E_ARCH_RR_POLICY_MODE_NOT_ALLOWED lint ${POLICY}`],
    ],
    [
      'a missing policy hides its sanitizer',
      [
        { path: POLICY, delete: true },
        { path: SANITIZER, delete: true },
      ],
      [`E_ARCH_RR_POLICY_READ lint ${POLICY}`],
    ],
    [
      'warn lowers a finding',
      [set(MANIFEST, '/contracts_v1/msg_kafka/enforce', 'warn'), { path: PROFILE, delete: true }],
      [`E_ARCH_MSG_KAFKA_PROFILE_INVALID/warning lint ${PROFILE}`],
    ],
    ['off drops it', [set(MANIFEST, '/contracts_v1/msg_kafka/enforce', 'off'), { path: PROFILE, text: '{' }], []],
    [
      'a brand is compared without the space around it',
      [set(RR, '/policies/0/cassette_brand', ' std.rr.cassette_v1\t')],
      [],
    ],
    ['duplicates are sorted', [set(RR, '/policies/0/worlds_allowed', ['run-os', 'run-os'])], []],
    ['the id of a profile file is not compared', [set(PROFILE, '/id', 'other')], []],
    [
      'a backslash in a path is shown as a slash',
      [set(RR, '/policies/0/policy_path', '\\x')],
      ['E_ARCH_RR_INDEX_SCHEMA_INVALID parse', 'E_ARCH_RR_POLICY_READ lint \\x'],
    ],
  ])('%s', async (_title, edits, lines) => {
    expect((await x07(edits)).lines).toEqual(lines)
  })

  it('reads an integer written 1.0 in a topic as no topic catalogue', async () => {
    const text =
      '{"schema_version": "x07.arch.msg.index@0.1.0", "topics": [{"id": "a", "key_brand": "", "value_brand": "b", "max_value_bytes": 1.0}], "rr_policy_id": "nope"}'
    expect((await x07([{ path: MSG, text }])).lines).toEqual([])
    expect((await x07([{ path: MSG, text: text.replace('1.0}', '1}') }])).lines).toEqual([
      `E_ARCH_RR_POLICY_NOT_FOUND lint ${MSG}`,
    ])
  })

  it.each<[string, Edit[], string[]]>([
    ['a default list', [set(RR, '/defaults', [['off']])], [`E_ARCH_RR_POLICY_MODE_NOT_ALLOWED lint ${POLICY}`]],
    ['a default list, left out', [set(RR, '/defaults', [])], []],
    [
      'a reference',
      [set(KAFKA, '/profiles', [['k', 'gone.json', 'orders_budget', 'nope']])],
      [`E_ARCH_RR_POLICY_NOT_FOUND lint ${KAFKA}`, 'E_ARCH_MSG_KAFKA_PROFILE_INVALID lint gone.json'],
    ],
    ['a reference with too much in it', [set(KAFKA, '/profiles', [['k', 'gone.json', 'b', 'r', 1]])], []],
    ['a reference with too little in it', [set(KAFKA, '/profiles', [['k', 'gone.json', 'b']])], []],
    [
      'a topic',
      [set(MSG, '/topics', [['t', '', 'v', 1]]), set(MSG, '/rr_policy_id', 'nope')],
      [`E_ARCH_RR_POLICY_NOT_FOUND lint ${MSG}`],
    ],
  ])('reads an array of its members in the place of %s, after the schema has refused it', async (_t, edits, lines) => {
    const result = await x07(edits)
    const refused = /_INDEX_(?:MISSING|SCHEMA_INVALID) parse$/
    expect(result.lines.filter((text) => !refused.test(text)).toSorted()).toEqual(lines.toSorted())
    expect(result.lines.some((text) => refused.test(text))).toBe(true)
  })

  it.each([
    ['\u0085std.rr.cassette_v1\u2003', []],
    ['\ufeffstd.rr.cassette_v1', ['E_ARCH_RR_CASSETTE_BRAND_UNSUPPORTED lint']],
  ])('trims what Unicode calls white space from the brand %j', async (brand, lines) => {
    expect((await x07([set(RR, '/policies/0/cassette_brand', brand)])).lines).toEqual(lines)
  })

  it('tells the sanitizer version it wants and the one it has', async () => {
    const { findings, patches } = await x07([set(SANITIZER, '/schema_version', 7)])
    expect(findings.find(({ code }) => code === 'E_ARCH_RR_SANITIZER_SCHEMA_VERSION')?.data).toEqual({
      expected: 'x07.arch.rr.sanitize@0.1.0',
      got: null,
    })
    expect(patches).toEqual([])
  })

  it('counts each read, missing files aside, and goes on over the budget', async () => {
    const budget = (files: number): Edit =>
      set(MANIFEST, '/tool_budgets/contracts_budgets', { max_contract_files: files, max_contract_bytes: 99999 })
    expect((await x07([budget(3)], {}, 'rr')).exitCode).toBe(0)
    expect((await x07([budget(2), { path: POLICY, delete: true }], {}, 'rr')).exitCode).toBe(2)
    const { exitCode, findings } = await x07([budget(2)], {}, 'rr')
    expect(exitCode).toBe(4)
    expect(findings.filter(({ severity }) => severity === 'error').map(({ data }) => data)).toEqual([
      { budget: 'tool_budgets.contracts_budgets.max_contract_files', max_contract_files: 2, contract_files: 3 },
    ])
  })

  it('drops findings over max_diags and puts the budget in place of the last', async () => {
    const edits = [set(RR, '/extra', 1)]
    expect((await x07(edits, { maxDiags: 2 })).findings.map(({ code }) => code)).toEqual([
      'E_ARCH_RR_INDEX_SCHEMA_INVALID',
      'E_ARCH_TOOL_BUDGET_EXCEEDED',
    ])
    expect(await x07(edits, { maxDiags: 0 })).toMatchObject({ findings: [], exitCode: 4 })
    expect(await x07([], { maxDiags: 1 })).toMatchObject({
      findings: [{ code: 'W_ARCH_CONTRACTS_LOCK_MISSING' }],
      exitCode: 0,
    })
  })

  it('names paths in data without the dots and slashes around them', async () => {
    const edits = [
      set(MANIFEST, '/contracts_v1/rr/gen_dir', './none//'),
      set(RR, '/policies/0/policy_path', `./${POLICY}`),
      set(RR, '/policies/0/sanitize_path', `././${SANITIZER}`),
      set(POLICY, '/id', 'other'),
      set(SANITIZER, '/id', 'other'),
    ]
    const { findings } = await x07(edits, {}, 'rr')
    expect(
      findings.flatMap(({ loc, data }) => {
        const path = data?.['gen_dir'] ?? data?.['policy_path'] ?? data?.['sanitize_path']
        return path === undefined || loc === undefined || !('file' in loc) ? [] : [[loc.file, path]]
      }),
    ).toEqual([
      ['./none//', 'none'],
      [`./${POLICY}`, POLICY],
      [`././${SANITIZER}`, SANITIZER],
    ])
  })

  it('puts a budget that a contract exceeds in the place of the last finding that max_diags lets in', async () => {
    const budgets = { max_contract_files: 2, max_contract_bytes: 99999 }
    const edits = [
      set(MANIFEST, '/tool_budgets/contracts_budgets', budgets),
      set(RR, '/policies/0/cassette_brand', 'x'),
    ]
    const { exitCode, findings } = await x07(edits, { maxDiags: 1 }, 'rr')
    expect([exitCode, findings.map(({ data }) => data?.['budget'])]).toEqual([
      4,
      ['tool_budgets.contracts_budgets.max_contract_files'],
    ])
  })

  it('stops at max_bytes_in and knows no hash then', async () => {
    const { exitCode, findings, manifest } = await x07([], { maxBytesIn: 10 })
    expect({ exitCode, data: findings[0]?.data, hash: manifest.hash }).toEqual({
      exitCode: 4,
      data: { budget: 'max_bytes_in' },
      hash: null,
    })
  })

  it('locks what the groups name and nothing else', async () => {
    using project = writeProject(BASES.full)
    project.edit([
      { path: 'arch/rr/policies/spare.policy.json', text: '{}' },
      { path: SANITIZER, text: '{' },
    ])
    const lock = await contractsLock(project)
    expect({ indexes: Object.keys(lock.indexes), files: Object.keys(lock.files) }).toEqual({
      indexes: [
        'arch/budgets/index.x07budgets.json',
        'arch/msg/amqp/index.x07amqp.json',
        MSG,
        KAFKA,
        'arch/obs/index.x07obs.json',
        RR,
      ],
      files: [
        'arch/budgets/profiles/orders_budget.budget.json',
        'arch/msg/amqp/profiles/shop_amqp.amqp_profile.json',
        'arch/msg/amqp/topology/shop_queues.topology.json',
        PROFILE,
        'arch/obs/exporters/local.exporter.json',
        'arch/obs/metrics/registry.x07metrics.json',
        POLICY,
      ],
    })
  })

  it('reads and locks groups it does not check', async () => {
    using project = writeProject(BASES.bare)
    const group = (name: string): Edit =>
      set(MANIFEST, `/contracts_v1/${name}`, { index_path: `${name}.json`, enforce: 'error' })
    project.edit([
      ...['boundaries', 'crypto', 'db', 'net', 'web'].map(group),
      set(MANIFEST, '/contracts_v1/sm', { index_path: 'sm.json', gen_dir: 'gen', require_gen_uptodate: true }),
      { path: 'boundaries.json', text: '{}' },
      { path: 'crypto.json', text: '{}' },
      { path: 'arch/crypto/jwt_profiles.x07jwt.json', text: '{}' },
      {
        path: 'db.json',
        text: '{"migrate_plans": [{"plan_path": "plan.json"}], "query_catalogs": [{"catalog_path": "gone.json"}]}',
      },
      { path: 'plan.json', text: '{}' },
      { path: 'net.json', text: '{"grpc": {"services_path": "services.json"}}' },
      { path: 'services.json', text: '{}' },
      { path: 'web.json', text: '{"apis": [{"api_path": "api.json", "openapi_profile_path": "api.json"}, 7]}' },
      { path: 'api.json', text: '{}' },
      { path: 'sm.json', text: '{"machines": [{"spec_path": "api.json", "gen_paths": ["x"]}]}' },
    ])
    const lock = await contractsLock(project)
    expect(Object.keys(lock.indexes)).toEqual([
      'boundaries',
      'crypto.json',
      'db.json',
      'net.json',
      'sm.json',
      'web.json',
    ])
    expect(Object.keys(lock.files)).toEqual([
      'api.json',
      'arch/crypto/jwt_profiles.x07jwt.json',
      'boundaries.json',
      'plan.json',
      'services.json',
    ])
    expect((await project.check({ rules: 'x07' })).exitCode).toBe(0)
  })

  it('writes no contracts lock without contracts', async () => {
    using project = writeProject(BASES.bare)
    project.edit([{ path: MANIFEST, remove: '/contracts_v1' }])
    await project.lock()
    expect(existsSync(join(project.root, 'arch/contracts.lock.json'))).toBe(false)
  })
})

async function contractsLock(project: Project): Promise<{ indexes: object; files: object }> {
  const { locks } = await project.check({ rules: 'x07', writeLock: true })
  return JSON.parse(locks.find(({ path }) => path.endsWith('contracts.lock.json'))?.text ?? '')
}
