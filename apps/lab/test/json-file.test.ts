import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readJsonFile } from '@x07-lab/msg-core/json'
import { readSandboxPolicy } from '../src/sandbox/policy.ts'
import { createProject } from './support/project.ts'

const folder = mkdtempSync(join(tmpdir(), 'json-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['{"a":1,"a":2}', 'it is not JSON: line 1, column 8: '],
  ['\ufeff{}', 'it is not JSON: line 1, column 1: '],
  ['{"a":"\\ud800"}', 'it is not JSON: line 1, column 6: '],
  ['{"a"', 'it is not JSON: line 1, column 5: '],
])('%j is refused where it stands', (text, message) => {
  const path = join(folder, 'a.json')
  writeFileSync(path, text)
  expect(() => readJsonFile(path)).toThrow(message)
})

test('a policy that says one thing to one reader and another to the next is refused', async () => {
  using project = createProject()
  project.edit('arch/policy/rr_replay.policy.json', '"net": {', '"net": { "enabled": true, ')
  await expect(readSandboxPolicy(project.root, 'rr_replay')).rejects.toThrow(
    /^read policy arch\/policy\/rr_replay\.policy\.json: it is not JSON: line \d+, column \d+: /,
  )
})
