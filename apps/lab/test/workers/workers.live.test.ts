import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeEnvelope } from '@x07-lab/msg-core'
import { openLiveDriver } from '../../src/drivers/open-driver.ts'
import { dialerCheck } from '../../src/sandbox/dialer.ts'
import { readSandboxPolicy } from '../../src/sandbox/policy.ts'
import { brokers } from '../faults/support/live.ts'
import { createProject } from '../support/project.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')
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

  test('have a topic with a partition for each of them', { timeout: 60_000 }, async () => {
    const authorize = dialerCheck(await readSandboxPolicy(root, 'os_record'))
    const worker = { shard: { index: 2, count: 5 }, byKey: false }
    const options = { root, run: `partitions-${process.pid}`, authorize, secret: () => '', log() {}, worker }
    const live = await openLiveDriver('kafka', options)
    try {
      await live.driver.ensureTopology({})
      const envelope = (partition: number): Uint8Array =>
        encodeEnvelope({ topic: 'lab.events', key: null, value: null, headers: [], properties: { partition } })
      expect(await live.driver.publish(envelope(4))).toMatchObject({ status: 'confirmed', answer: { partition: 4 } })
    } finally {
      await live.remove()
      await live.driver.close()
    }
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
