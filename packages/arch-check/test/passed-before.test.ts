import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runCommand } from '../src/index.ts'
import { BASES } from './fixtures/bases.ts'
import { frame, sealed } from './fixtures/cassette.ts'
import { type Project, writeProject } from './fixtures/project.ts'

const POLICY = 'arch/rr/policies/orders_rr.policy.json'
const CASSETTE = '.x07_rr/orders.rrbin'
const none = new Uint8Array()

/** Checks with what an earlier check kept in a file, and gives the codes of what it found. */
async function codesOf(project: Project, passedFile: string): Promise<string[]> {
  let stdout = ''
  const io = { cwd: project.root, ci: false, terminal: false, stdout: (text: string) => (stdout += text), stderr() {} }
  await runCommand(['--format', 'json'], { ...io, passedFile })
  return (JSON.parse(stdout) as { diags: { code: string }[] }).diags.map(({ code }) => code)
}

it('what passed before passes, and what changed since is looked at', async () => {
  using project = writeProject(BASES.rr)
  const kept = join(project.root, '..', 'passed.json')
  await project.lock()
  expect(await codesOf(project, kept)).toEqual([])
  expect(existsSync(kept)).toBe(true)
  expect(await codesOf(project, kept)).toEqual([])
  project.edit([{ path: POLICY, set: '/v', value: 0 }])
  const changed = await codesOf(project, kept)
  expect(changed).toContain('E_ARCH_RR_POLICY_SCHEMA_INVALID')
  expect(await codesOf(project, kept)).toEqual(changed)
  project.edit([{ path: POLICY, set: '/v', value: 1 }])
  expect(await codesOf(project, kept)).toEqual([])
})

it('a cassette that held no secret is looked through again once it is another', async () => {
  using project = writeProject(BASES.bare)
  const kept = join(project.root, '..', 'passed.json')
  project.edit([{ path: CASSETTE, text: sealed() }])
  expect(await codesOf(project, kept)).not.toContain('E_ARCH_CASSETTE_SECRET')
  const secret = Buffer.from('{"authorization":"Bearer aaaabbbbccccddddeeeeffff0123456789"}')
  const leaking = frame({ kind: 'rr', op: 'o', key: 'k', req: none, resp: secret })
  project.edit([{ path: CASSETTE, text: leaking }])
  expect(await codesOf(project, kept)).toContain('E_ARCH_CASSETTE_SECRET')
  expect(await codesOf(project, kept)).toContain('E_ARCH_CASSETTE_SECRET')
})

it.each(['', '{"a":1}', '[1,{}', '[null]'])('a kept file of %j is as none', async (text) => {
  using project = writeProject(BASES.rr)
  const kept = join(project.root, '..', 'passed.json')
  await project.lock()
  project.edit([{ path: POLICY, set: '/v', value: 0 }])
  writeFileSync(kept, text)
  expect(await codesOf(project, kept)).toContain('E_ARCH_RR_POLICY_SCHEMA_INVALID')
})
