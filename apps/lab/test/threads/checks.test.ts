import { Worker } from 'node:worker_threads'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { replayOne, type ReplayContext } from '../../src/commands/replay.ts'
import { BesideThread } from '../../src/threads/checks.ts'
import { createProject, type Project } from '../support/project.ts'

const worker = new Worker(join(import.meta.dirname, '../../src/thread.ts'))
const beside = new BesideThread(worker, { from: 0 })
afterAll(() => worker.terminate())

const results = ['aggregate.json', 'report.json', 'metrics.txt', 'delivery.json'] as const

async function replay(project: Project, cassette: string, out: string, more: Partial<ReplayContext> = {}) {
  const { root } = project
  const request = {
    cassettes: [],
    input: undefined,
    out: undefined,
    match: 'strict',
    policy: 'lab_rr_v1',
    profile: 'rr_replay',
    json: true,
  } as const
  const console = { note() {}, passing() {}, progress: () => ({ update() {}, end() {} }) }
  const { signal } = new AbortController()
  const context = { root, cassetteRoot: root, console, stdin: () => process.stdin, signal, ...more }
  const outcome = await replayOne(cassette, project.path(`out/${out}`), request, context)
  return { ...outcome, out: '' }
}

describe('a replay that is checked by a thread beside', () => {
  test('comes to the bytes of one that is not, replay after replay', async () => {
    using project = createProject()
    // The second replay goes once around the memory of the pipe.
    const record = ['record', '--driver', 'memory', '--messages', '1200', '--cassette', 'all']
    expect((await project.lab(record)).code).toBe(0)
    const alone = await replay(project, 'all', 'alone')
    for (const out of ['first', 'second']) {
      expect(await replay(project, 'all', out, { beside })).toEqual(alone)
      for (const name of results) {
        expect([name, project.read(`out/${out}/${name}`)]).toEqual([name, project.read(`out/alone/${name}`)])
      }
    }
    expect(alone.identical).toBe(true)
  })

  const project = createProject()
  beforeAll(async () => {
    const record = ['record', '--driver', 'memory', '--messages', '300', '--cassette', 'all']
    expect((await project.lab(record)).code).toBe(0)
  })
  afterAll(() => project[Symbol.dispose]())

  test.each(['duplicate', 'unmarked-duplicate', 'poison', 'late', 'broker-gone'])(
    'finds what one finds that is not: %s',
    async (plan) => {
      expect((await project.lab(['fault', 'all', '--plan', `arch/vcr/${plan}.fault.json`])).code).toBe(0)
      const alone = await replay(project, `all.fault-${plan}`, `alone-${plan}`)
      expect(await replay(project, `all.fault-${plan}`, `beside-${plan}`, { beside })).toEqual(alone)
      expect(project.read(`out/beside-${plan}/delivery.json`)).toEqual(project.read(`out/alone-${plan}/delivery.json`))
    },
  )
})
