import { copyFileSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runCommand } from '@x07-lab/arch-check'
import { createProject } from '../support/project.ts'

test('what lab merge put together is told by a manifest, which the lock pins and arch:check compares', async () => {
  using project = createProject()
  for (const [index, seed] of [
    [1, '1'],
    [2, '2'],
  ] as const) {
    const args = ['record', '--driver', 'memory', '--messages', '20', '--seed', seed, '--cassette', `all.${index}-of-2`]
    expect((await project.lab(args)).code).toBe(0)
  }
  const merged = await project.lab(['merge', 'all'])
  expect(merged.stdout).toContain('manifest  .x07_rr/all.shards.json')
  const manifest = JSON.parse(project.read('.x07_rr/all.shards.json').toString()) as { shards: unknown[] }
  expect(manifest.shards).toMatchObject([
    { cassette: 'all.1-of-2.rrbin', whole: true, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    { cassette: 'all.2-of-2.rrbin', whole: true },
  ])
  const check = async (...args: string[]): Promise<string> => {
    let said = ''
    const hear = (text: string): void => void (said += text)
    const code = await runCommand(args, { cwd: project.root, ci: false, terminal: false, stdout: hear, stderr: hear })
    return `${code} ${said}`
  }
  expect(await check()).toContain('look for .x07_rr/all.shards.json: it is not pinned')
  expect(await check('--write-lock')).toContain('pinned .x07_rr/all.shards.json')
  expect(JSON.parse(project.read('.x07_rr/cassettes.lock.json').toString())).toMatchObject({
    manifests: { '.x07_rr/all.shards.json': { sha256: expect.any(String) } },
  })
  expect(await check()).toMatch(/^0 /)

  const first = project.path('.x07_rr/all.1-of-2.rrbin')
  copyFileSync(first, project.path('aside'))
  copyFileSync(project.path('.x07_rr/all.2-of-2.rrbin'), first)
  expect(await check()).toContain(
    'compare .x07_rr/all.shards.json with its cassettes: all.1-of-2.rrbin is another recording',
  )
  rmSync(first)
  expect(await check()).toContain('all.1-of-2.rrbin is not there; restore it')
  copyFileSync(project.path('aside'), first)
  project.edit('.x07_rr/all.shards.json', '"first_entry":0', '"first_entry":1')
  expect(await check('--write-lock')).toContain('compare .x07_rr/all.shards.json with its pin: it is another one')
  rmSync(project.path('.x07_rr/all.shards.json'))
  expect(await check()).toContain('look for .x07_rr/all.shards.json: it is pinned and not there')
})
