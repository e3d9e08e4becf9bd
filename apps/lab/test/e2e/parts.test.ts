import { cpSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { CASSETTE_FOLDER, checkSeal } from '@x07-lab/msg-core/format'
import { runCommand } from '@x07-lab/arch-check'
import { openReader as openFile } from '../../../../packages/msg-core/src/format/cassette/index.ts'
import { createProject, type Project } from '../support/project.ts'

const policy = 'arch/rr/policies/lab_rr_v1.policy.json'
const parts = ['big.2.rrbin', 'big.3.rrbin', 'big.rrbin']

/** 400 messages, and a policy whose cassettes end at 300 entries; recorded once. */
async function recorded(): Promise<Project> {
  first ??= record()
  const { root } = await first
  const project = createProject()
  cpSync(root, project.root, { recursive: true })
  return project
}

let first: Promise<Project> | undefined
afterAll(async () => (await first)?.[Symbol.dispose]())

async function record(): Promise<Project> {
  const project = createProject()
  project.edit(policy, '8000000', '300')
  const args = ['record', '--driver', 'memory', '--messages', '400', '--cassette', 'big']
  const { code, stderr } = await project.lab(args)
  expect([code, stderr]).toEqual([0, expect.stringContaining('record    will take about 3 parts and 1 MB of the disk')])
  return project
}

describe('a recording that outgrows the cassettes of its policy', () => {
  test('goes on in parts and replays to the same bytes', async () => {
    using project = await recorded()
    expect(
      readdirSync(project.path('.x07_rr'))
        .filter((name) => name.endsWith('.rrbin'))
        .sort(),
    ).toEqual(parts)
    const { code, stdout } = await project.lab(['replay', '--cassette', 'big'])
    expect([code, stdout]).toEqual([0, expect.stringContaining('identical')])
    for (const name of ['aggregate.json', 'report.json', 'metrics.txt', 'delivery.json']) {
      expect(project.read(`out/rr_replay/${name}`)).toEqual(project.read(`out/os_record/${name}`))
    }
  })

  test('is listed, shown, verified, compared and exported as one', async () => {
    using project = await recorded()
    const lab = async (...args: string[]): Promise<string> => {
      const { code, stdout } = await project.lab(['cassette', ...args])
      expect(code).toBe(0)
      return stdout
    }
    expect(await lab('ls')).toMatch(/^\s*\d{6} .* 800 messages .* big\.rrbin in 3 parts\n$/)
    expect(await lab('verify', 'big')).toMatch(/^sealed {4}big \(80\d entries in 3 parts\)\n$/)
    // But faults are derived of one file.
    expect(await project.lab(['fault', 'big', '--plan', 'arch/vcr/duplicate.fault.json'])).toMatchObject({
      code: 2,
      stderr:
        'lab: fault big.rrbin: it is in 3 parts, and faults are derived of recordings in one; record fewer messages for it\n',
    })
    expect((await lab('show', 'big')).split('\n').length).toBeGreaterThan(800)
    expect(await lab('show', 'big', '--entry', '700')).toContain('entry 700')
    expect(await lab('diff', 'big', 'big')).toMatch('the same messages')
    expect((await lab('export', 'big', '--to', 'ndjson')).trim().split('\n')).toHaveLength(400)
    expect(await lab('delivery', 'big')).not.toContain('finding')
    await lab('page', 'big', '--out', project.path('page.html'))
  })

  test('is not opened where a part is missing', async () => {
    using project = await recorded()
    rmSync(project.path('.x07_rr', 'big.2.rrbin'))
    const { code, stderr } = await project.lab(['replay', '--cassette', 'big'])
    expect([code, stderr]).toEqual([3, expect.stringContaining('it goes on in part 2, and big.2.rrbin is not there')])
    expect((await project.lab(['cassette', 'verify', 'big'])).code).toBe(3)
    expect((await project.lab(['cassette', 'verify', 'big.3'])).stdout).toContain('it is part 3 of a recording')
  })

  test('is pinned as one, and every part of it', async () => {
    using project = await recorded()
    const check = async (...args: string[]): Promise<[number, string]> => {
      let said = ''
      const hear = (text: string): void => void (said += text)
      return [
        await runCommand(args, { cwd: project.root, ci: false, terminal: false, stdout: hear, stderr: hear }),
        said,
      ]
    }
    expect(await check('--write-lock')).toEqual([
      0,
      expect.stringMatching(/pinned \.x07_rr\/big\.rrbin: \d+ entries, .*3 parts/),
    ])
    const lock = JSON.parse(project.read('.x07_rr/cassettes.lock.json').toString()) as {
      cassettes: Record<string, { parts: { path: string }[] }>
    }
    expect(Object.keys(lock.cassettes)).toEqual([`${CASSETTE_FOLDER}/big.rrbin`])
    expect(lock.cassettes[`${CASSETTE_FOLDER}/big.rrbin`]?.parts.map(({ path }) => path)).toEqual([
      `${CASSETTE_FOLDER}/big.2.rrbin`,
      `${CASSETTE_FOLDER}/big.3.rrbin`,
    ])
    expect((await check())[0]).toBe(0)
    expect((await project.lab(['replay', '--profile', 'ci_replay'])).code).toBe(0)
    renameSync(project.path('.x07_rr/big.3.rrbin'), project.path('aside'))
    expect(await check()).toEqual([2, expect.stringContaining('big.3.rrbin is not there')])
    renameSync(project.path('aside'), project.path('.x07_rr/big.3.rrbin'))
    await project.lab(['record', '--driver', 'memory', '--messages', '400', '--seed', '2', '--cassette', 'big'])
    expect(await check()).toEqual([2, expect.stringContaining('E_ARCH_CASSETTE_CHANGED')])
    expect((await project.lab(['replay', '--profile', 'ci_replay'])).stderr).toContain('is not the cassette that')
  })

  test('is a whole cassette in each part, for a reader that knows nothing of parts', async () => {
    using project = await recorded()
    for (const name of parts) {
      const path = project.path('.x07_rr', name)
      using reader = openFile(path)
      expect(reader.bytes).toBe(readFileSync(path).length)
      expect(checkSeal(reader, path).kind === 'sealed').toBe(false)
    }
  })
})
