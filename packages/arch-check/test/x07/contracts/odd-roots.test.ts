import { afterAll, describe, expect, it } from 'vitest'
import { BASES } from '../../fixtures/bases.ts'
import { type Project, writeProject } from '../../fixtures/project.ts'

/** Every kind of contract file: its path, and the codes of a text that is not JSON and of another version. */
const FILES = [
  ['arch/rr/index.x07rr.json', 'E_ARCH_RR_INDEX_JSON_PARSE', 'E_ARCH_RR_INDEX_SCHEMA_VERSION'],
  ['arch/rr/policies/orders_rr.policy.json', 'E_ARCH_RR_POLICY_JSON_PARSE', 'E_ARCH_RR_POLICY_SCHEMA_VERSION'],
  ['arch/rr/sanitizers/keep_all.sanitize.json', 'E_ARCH_RR_SANITIZER_JSON_PARSE', 'E_ARCH_RR_SANITIZER_SCHEMA_VERSION'],
  ['arch/budgets/index.x07budgets.json', 'E_ARCH_BUDGETS_INDEX_JSON_PARSE', 'E_ARCH_BUDGETS_INDEX_SCHEMA_VERSION'],
  [
    'arch/budgets/profiles/orders_budget.budget.json',
    'E_ARCH_BUDGET_PROFILE_JSON_PARSE',
    'E_ARCH_BUDGET_PROFILE_SCHEMA_VERSION',
  ],
  ...(
    [
      ['arch/msg/index.x07msg.json', 'E_ARCH_MSG_INDEX_MISSING'],
      ['arch/msg/kafka/index.x07kafka.json', 'E_ARCH_MSG_KAFKA_INDEX_MISSING'],
      ['arch/msg/kafka/profiles/shop_kafka.kafka_profile.json', 'E_ARCH_MSG_KAFKA_PROFILE_INVALID'],
      ['arch/msg/amqp/index.x07amqp.json', 'E_ARCH_MSG_AMQP_INDEX_MISSING'],
      ['arch/msg/amqp/profiles/shop_amqp.amqp_profile.json', 'E_ARCH_MSG_AMQP_PROFILE_INVALID'],
      ['arch/msg/amqp/topology/shop_queues.topology.json', 'E_ARCH_MSG_AMQP_TOPOLOGY_INVALID'],
      ['arch/obs/index.x07obs.json', 'E_ARCH_OBS_INDEX_MISSING'],
      ['arch/obs/metrics/registry.x07metrics.json', 'E_ARCH_OBS_REGISTRY_MISSING'],
      ['arch/obs/exporters/local.exporter.json', 'E_ARCH_OBS_EXPORTER_PROFILE_INVALID'],
    ] as const
  ).map(([file, code]) => [file, code, code] as const),
] as const

/** References to what an index that cannot be used would have held; each has a test of its own. */
const CONSEQUENCES = new Set([
  'E_ARCH_RR_POLICY_NOT_FOUND',
  'E_ARCH_MSG_KAFKA_BUDGET_MISSING',
  'E_ARCH_MSG_AMQP_BUDGET_MISSING',
  'E_ARCH_OBS_BUDGET_PROFILE_MISSING',
])

async function findingsOf(project: Project, file: string, text: string) {
  project.edit([{ path: file, text }])
  // Findings are those of a check with the locks that the project would have.
  const { findings, exitCode } = await project.check({ rules: 'x07', writeLock: true })
  expect(exitCode).toBe(2)
  return findings
    .filter(({ code }) => !CONSEQUENCES.has(code))
    .map(({ code, stage, severity, loc }) => ({ code, stage, severity, loc }))
}

// What X07 0.2.17 answered for each of these files and texts.
describe.each(FILES)('%s', (file, notJson, version) => {
  const project = writeProject(BASES.full)
  afterAll(() => project[Symbol.dispose]())
  const one = (code: string) => [{ code, stage: 'parse', severity: 'error', loc: { file } }]

  it.each(['', ' \n\t', '[] []', '\f[]', 'NaN'])('is not JSON where it holds %j', async (text) => {
    expect(await findingsOf(project, file, text)).toEqual(one(notJson))
  })

  it.each(['[]', '[null]', '[{}]', 'null', 'true', '0', '"x"', '{}', '{"schema_version": []}'])(
    'is of another version, and that is all that is said, where it holds %s',
    async (text) => {
      expect(await findingsOf(project, file, text)).toEqual(one(version))
    },
  )
})
