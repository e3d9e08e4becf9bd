import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { brokers } from '../faults/support/live.ts'
import { createProject } from '../support/project.ts'

const events = ['--messages', '4000', '--seed', '7']

describe.skipIf(!brokers.includes('kafka'))('workers that share a topic', () => {
  test('come to the aggregate of one, although one of them is killed', { timeout: 300_000 }, async () => {
    using project = createProject()
    expect((await project.lab(['record', '--driver', 'memory', ...events, '--out', 'out/single'])).code).toBe(0)
    const written = project.recorded(500_000)
    const workers = ['--workers', '2', '--idle', '3', '--cassette', 'shared']
    const { child, ended } = project.start(['record', '--driver', 'kafka', ...events, ...workers])
    const cassette = await written
    const writer = childrenOf(child.pid ?? 0).find((worker) => hasOpen(worker, cassette))
    if (writer === undefined) throw new Error(`no worker has ${cassette} open`)
    process.kill(writer, 'SIGKILL')
    const { code, stdout, stderr } = await ended
    expect([code, stderr]).toEqual([0, expect.stringMatching(/worker \d of 2 died and is started again/)])
    expect(stdout).toMatch(
      /^merged {4}4000 messages of 2 workers, and what 1 that died had recorded: \d+ duplicates apart\n/,
    )
    expect(project.read('out/merged/aggregate.json')).toEqual(project.read('out/single/aggregate.json'))
    const names = readdirSync(project.path('.x07_rr')).filter((name) => name.startsWith('shared'))
    expect(names.filter((name) => !name.includes('partial')).sort()).toEqual([
      'shared.1-of-2.rrbin',
      'shared.2-of-2.rrbin',
      'shared.shards.json',
    ])
    expect(names).toHaveLength(4)
  })
})

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
}

function hasOpen(pid: number, path: string): boolean {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).some((fd) => readlinkOrNone(`${folder}/${fd}`) === path)
}

/** A descriptor that was closed since its folder was listed leads nowhere. */
function readlinkOrNone(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
