import { availableParallelism } from 'node:os'
import { mkdirSync, truncateSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { runReplay } from '../../src/cli/run-sandboxed.ts'
import { replayRequest } from '../../src/commands/request.ts'
import type { LaunchRequest } from '../../src/sandbox/launch.ts'
import { largeBytes } from '../../src/threads/large.ts'
import { createProject, type Project } from '../support/project.ts'

async function isThreaded(
  project: Project,
  options: Parameters<typeof replayRequest>[0],
): Promise<boolean | undefined> {
  const launch = vi.fn<(request: LaunchRequest) => Promise<number>>(() => Promise.resolve(0))
  await runReplay(replayRequest(options), { root: project.root, cwd: project.root, env: {}, launch })
  return launch.mock.lastCall?.[0].thread
}

// On one processor no replay goes faster with two threads.
test.skipIf(availableParallelism() < 2)(
  'the replay of a large recording has a thread, also where the lock names it',
  async () => {
    using project = createProject()
    mkdirSync(project.path('.x07_rr'))
    for (const name of ['small', 'large']) project.write(`.x07_rr/${name}.rrbin`, '')
    truncateSync(project.path('.x07_rr/large.rrbin'), largeBytes)
    const pin = (...names: string[]): void =>
      project.write(
        '.x07_rr/cassettes.lock.json',
        JSON.stringify({ cassettes: Object.fromEntries(names.map((name) => [`.x07_rr/${name}.rrbin`, {}])) }),
      )
    expect(await isThreaded(project, { cassette: ['large'] })).toBe(true)
    expect(await isThreaded(project, { cassette: ['small'] })).toBe(false)
    const ci = { profile: 'ci_replay' } as const
    pin('small', 'large')
    expect(await isThreaded(project, ci)).toBe(true)
    pin('small')
    expect(await isThreaded(project, ci)).toBe(false)
    // The replay itself says that it is not a lock.
    project.write('.x07_rr/cassettes.lock.json', '[')
    expect(await isThreaded(project, ci)).toBe(false)
  },
)
