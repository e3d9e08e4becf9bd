import { Readable } from 'node:stream'
import { DriverError, openMemory } from '@x07-lab/msg-core'
import { expect, test } from 'vitest'
import { record } from '../../src/commands/record.ts'
import { replayOne } from '../../src/commands/replay.ts'
import { recordRequest, replayRequest } from '../../src/commands/request.ts'
import { readSandboxPolicy } from '../../src/sandbox/policy.ts'
import { createProject, type Project } from '../support/project.ts'

const cassette = 'lab.rrbin'
const names = { 'lab.events': 'lab.events.0123' }

/** A recording whose topics and queues are removed so at its end, and the lines that it says. */
async function recordAndRemove(project: Project, remove: () => Promise<void>) {
  const said: string[] = []
  const console = {
    note: (line: string) => void said.push(line),
    passing() {},
    progress: () => ({ update() {}, end() {} }),
  }
  const request = recordRequest({ driver: 'memory', messages: '20', seed: '1', cassette })
  const outcome = await record(request, {
    root: project.root,
    policy: await readSandboxPolicy(project.root, 'os_record'),
    out: project.path('out', 'recorded'),
    console,
    env: {},
    stdin: () => Readable.from([]),
    signal: new AbortController().signal,
    open: async () => ({ driver: await openMemory(), made: { client: 'test', broker: 'test' }, names, remove }),
  })
  const replayed = await replayOne(cassette, project.path('out', 'replayed'), replayRequest({}), {
    root: project.root,
    cassetteRoot: project.root,
    console,
    stdin: () => Readable.from([]),
    signal: new AbortController().signal,
  })
  return { said, kept: outcome.kept, verdict: replayed.divergenceCount }
}

test('a recording is whole and says so where the broker refuses to remove what the run made there', async () => {
  using project = createProject()
  const refuse = () => Promise.reject(new DriverError('auth_refused', 'remove topology t: the broker answered 403'))
  expect(await recordAndRemove(project, refuse)).toEqual({
    said: [
      'the run is complete; what it made on the broker could not be removed and stays there: remove topology t: the broker answered 403',
    ],
    kept: names,
    verdict: 0,
  })
})

test('a recording whose topics and queues are removed says nothing of them', async () => {
  using project = createProject()
  expect(await recordAndRemove(project, () => Promise.resolve())).toEqual({ said: [], kept: {}, verdict: 0 })
})

test('a bug while removing is not taken for a broker that refuses', async () => {
  using project = createProject()
  await expect(recordAndRemove(project, () => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError)
})
