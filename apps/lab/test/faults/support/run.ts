import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Driver } from '@x07-lab/msg-core'
import { expect } from 'vitest'
import { record, type RecordContext, type RecordOutcome } from '../../../src/commands/record.ts'
import { replayOne, type ReplayOutcome } from '../../../src/commands/replay.ts'
import { recordRequest, replayRequest, type DriverName } from '../../../src/commands/request.ts'
import type { PipelineWork } from '../../../src/pipeline/pipeline.ts'
import { artefactNames } from '../../../src/results/artefacts.ts'
import { readSandboxPolicy } from '../../../src/sandbox/policy.ts'
import type { Project } from '../../support/project.ts'
import { faultSeed, messages } from './seed.ts'

/** A run of the lab under a fault. */
export interface FaultyRun {
  readonly project: Project
  readonly broker: DriverName
  readonly driver: Driver
  /** Made anew for the recording and for the replay. */
  readonly work?: () => PipelineWork
}

/** Unconfirmed messages at once: a fault finds some confirmed, some under way and some not yet sent. */
const window = 64
const silent = { note() {}, passing() {}, progress: () => ({ update() {}, end() {} }) }
const cassette = 'lab.rrbin'

const noInput = (): Readable => Readable.from([])

/** Records the seeded run with the lab's own record command, over a driver that a test has made. */
export function recordFaulty({ project, broker, driver, work }: FaultyRun): Promise<RecordOutcome> {
  return recordWith(project, broker, {
    out: project.path('out', 'faulty'),
    work: { window, ...work?.() },
    open: () =>
      Promise.resolve({
        driver,
        made: { client: 'test', broker: 'test' },
        names: {},
        remove: () => Promise.resolve(),
      }),
  })
}

async function recordWith(
  project: Project,
  driver: DriverName,
  context: Pick<RecordContext, 'out' | 'work' | 'open'>,
): Promise<RecordOutcome> {
  return record(recordRequest({ driver, messages: String(messages), seed: String(faultSeed), cassette }), {
    root: project.root,
    policy: await readSandboxPolicy(project.root, 'os_record'),
    console: silent,
    env: {},
    stdin: noInput,
    signal: new AbortController().signal,
    ...context,
  })
}

/** Replays what was recorded, with the same work done. */
export function replayFaulty({ project, work }: Pick<FaultyRun, 'project' | 'work'>): Promise<ReplayOutcome> {
  return replayOne(cassette, project.path('out', 'replay'), replayRequest({}), {
    root: project.root,
    cassetteRoot: project.root,
    console: silent,
    stdin: noInput,
    signal: new AbortController().signal,
    work: { window, ...work?.() },
  })
}

/**
 * Records under the fault, and holds the run to what it must show: each message counted once, the aggregate of a run without
 * a fault, a sealed cassette that replays to the same bytes. Gives the number of duplicates, which is for the test to judge.
 */
export async function expectNothingLost(run: FaultyRun): Promise<number> {
  const { project } = run
  const recorded = await recordFaulty(run)
  const read = (folder: string, name: string): string => readFileSync(join(project.path('out', folder), name), 'utf8')
  const replayed = await replayFaulty(run)
  expect(recorded.published).toBe(messages)
  expect(recorded.aggregate['count']).toBe(messages)
  expect(replayed).toMatchObject({
    sealed: true,
    entries: recorded.entries,
    published: messages,
    duplicates: recorded.duplicates,
    divergences: [],
    identical: true,
  })
  expect(replayed.comparisons.map(({ outcome }) => outcome)).toEqual(artefactNames.map(() => 'identical'))
  for (const name of artefactNames) expect(read('replay', name)).toBe(read('faulty', name))
  expect(read('faulty', 'metrics.txt')).toContain(`\nlab_messages_duplicated_total ${recorded.duplicates}\n`)

  await recordWith(project, 'memory', { out: project.path('out', 'undisturbed') })
  expect(read('faulty', 'aggregate.json')).toBe(read('undisturbed', 'aggregate.json'))
  return recorded.duplicates
}
