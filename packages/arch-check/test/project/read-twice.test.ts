import { describe, expect, it } from 'vitest'
import { BASES } from '../fixtures/bases.ts'
import { type Edit, writeProject } from '../fixtures/project.ts'

const SANITIZER = 'arch/rr/sanitizers/keep_all.sanitize.json'

const SECOND_POLICY = {
  id: 'second_rr',
  policy_path: 'arch/rr/policies/second_rr.policy.json',
  sanitize_id: 'keep_all',
  sanitize_path: SANITIZER,
  worlds_allowed: ['solve-rr'],
  kinds_allowed: ['rr'],
  ops_allowed: ['std.msg.kafka.publish_env_v1'],
  cassette_brand: 'std.rr.cassette_v1',
}

const REPEATED =
  '{"schema_version": "x07.arch.rr.sanitize@0.1.0", "id": "keep_all", "v": 1, "v": 1, "redact_headers": [], "redact_token": ""}'

describe('a file that two policies name', () => {
  it.each<[string, Edit, string]>([
    ['leads out of the repository', { path: SANITIZER, linkOut: true }, 'E_ARCH_PATH_OUTSIDE_REPO'],
    ['repeats a key', { path: SANITIZER, text: REPEATED }, 'E_ARCH_JSON_DUPLICATE_KEY'],
  ])('counts once towards max_diags where it %s', async (_, edit, code) => {
    using project = writeProject(BASES.rr)
    const first = project.read('arch/rr/policies/orders_rr.policy.json')
    project.edit([
      { path: 'arch/rr/index.x07rr.json', set: '/policies/1', value: SECOND_POLICY },
      { path: SECOND_POLICY.policy_path, text: first.replace('orders_rr', 'second_rr') },
      edit,
    ])
    await project.lock()
    const { findings, exitCode } = await project.check({ maxDiags: 1 })
    expect(findings.map((finding) => finding.code)).toEqual([code])
    expect(exitCode).toBe(2)
  })
})
