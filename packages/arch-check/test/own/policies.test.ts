import { describe, expect, it } from 'vitest'
import { BASES } from '../fixtures/bases.ts'
import { type Edit, writeProject } from '../fixtures/project.ts'

const RECORD = 'arch/policy/record.policy.json'

async function findings(edits: Edit[]): Promise<string[]> {
  using project = writeProject(BASES.full)
  await project.lock()
  project.edit(edits)
  const result = await project.check()
  return result.findings.map(({ code, at, message }) => `${at?.file}:${at?.line}:${at?.col} ${code} ${message}`)
}

describe('the run-os policies of a repository', () => {
  it.each<[title: string, file: string, text: string, line: string]>([
    ['is not JSON', 'arch/policy/more.policy.json', '{\n"a" 1}', '2:5 E_ARCH_POLICY_INVALID read the policy'],
    ['is empty', 'policy/more.policy.json', '', '1:1 E_ARCH_POLICY_INVALID read the policy'],
    ['has no version', 'arch/policy/more.policy.json', '{}', '1:1 E_ARCH_POLICY_INVALID check'],
    ['has another version', RECORD, '{"schema_version": "x"}', '1:20 E_ARCH_POLICY_INVALID check'],
    ['is an array', RECORD, '[]', '1:1 E_ARCH_POLICY_INVALID check'],
  ])('are one finding where one %s, and nothing is said about what it may allow', async (_title, file, text, line) => {
    const found = await findings([{ path: file, text }])
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`${file}:${line} ${file}: `)
  })

  it('are told from other JSON files beside them by name or version', async () => {
    expect(await findings([{ path: 'policy/notes.json', text: '{"a": 1' }])).toEqual([])
    expect(await findings([{ path: 'policy/notes.json', text: '{"schema_version": "x07.run-os-policy@9"}' }])).toEqual([
      expect.stringContaining('policy/notes.json:1:20 E_ARCH_POLICY_INVALID'),
    ])
  })

  it('say nothing about addresses where there is none', async () => {
    expect(await findings([{ path: RECORD, delete: true }])).toEqual([])
  })
})
