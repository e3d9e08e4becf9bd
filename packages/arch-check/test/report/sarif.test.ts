import { describe, expect, it } from 'vitest'
import { sarif } from '../../src/report/sarif.ts'
import { BASES } from '../fixtures/bases.ts'
import { writeProject } from '../fixtures/project.ts'

describe('SARIF', () => {
  it('carries every finding with its rule, level and place', async () => {
    using project = writeProject(BASES.rr)
    project.edit([{ path: 'arch/rr/policies/orders_rr.policy.json', set: '/id', value: 'other' }])
    const log = JSON.parse(sarif(await project.check()))
    expect(log).toMatchObject({ version: '2.1.0', runs: [{ columnKind: 'unicodeCodePoints' }] })
    const [run] = log.runs
    expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual([
      'E_ARCH_RR_POLICY_ID_MISMATCH',
      'W_ARCH_CONTRACTS_LOCK_MISSING',
      'W_ARCH_MANIFEST_LOCK_MISSING',
    ])
    expect(run.results[0]).toEqual({
      level: 'error',
      ruleId: 'E_ARCH_RR_POLICY_ID_MISMATCH',
      ruleIndex: 0,
      properties: { origin: 'x07' },
      message: {
        text: 'check arch/rr/policies/orders_rr.policy.json: its id is "other", the index calls it "orders_rr"',
      },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'arch/rr/policies/orders_rr.policy.json', uriBaseId: '%SRCROOT%' },
            region: { startLine: 3, startColumn: 9 },
          },
        },
      ],
    })
  })
})
