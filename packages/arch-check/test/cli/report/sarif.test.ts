import { describe, expect, it } from 'vitest'
import { sarif } from '../../../src/cli/report/sarif.ts'
import { BASES } from '../../fixtures/bases.ts'
import { writeProject } from '../../fixtures/project.ts'

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

  it.each([
    ['a#b c/ü?.json', { uri: 'a%23b%20c/%C3%BC%3F.json', uriBaseId: '%SRCROOT%' }],
    ['C:x.json', { uri: 'C%3Ax.json', uriBaseId: '%SRCROOT%' }],
    ['/elsewhere/a#b.json', { uri: 'file:///elsewhere/a%23b.json' }],
  ])('names the file %s by a URI', async (file, artifactLocation) => {
    using project = writeProject(BASES.bare)
    const log = JSON.parse(sarif(await project.check({ manifestPath: file })))
    expect(log.runs[0].results[0].locations).toEqual([{ physicalLocation: { artifactLocation } }])
  })

  it('gives every result a place under X07 rules too, where a finding may have none', async () => {
    using project = writeProject(BASES.graph)
    project.edit([{ path: 'arch/manifest.x07arch.json', set: '/nodes/1/contracts/smoke_entry', value: 'app.none' }])
    const result = await project.check({ rules: 'x07' })
    expect(result.findings.map(({ code, at }) => [code, at])).toContainEqual(['E_ARCH_SMOKE_MISSING', undefined])
    const [run] = JSON.parse(sarif(result)).runs
    const files = run.results.map(
      (found: { locations: [{ physicalLocation: { artifactLocation: { uri: string } } }] }) =>
        found.locations[0].physicalLocation.artifactLocation.uri,
    )
    expect(files.toSorted()).toEqual(['arch/contracts.lock.json', 'arch/manifest.x07arch.json'])
  })
})
