import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { redactingDriver, secretsOf, type Redactor } from '@x07-lab/msg-core/redact'
import { recording, replaying } from '@x07-lab/msg-core/driver'
import { findCassette, openRecorded, openRecording } from '@x07-lab/msg-core/run'
import { loadPolicy } from '@x07-lab/msg-core/rr'
import { labTopic } from 'lab/src/contracts.ts'
import { openLiveDriver, secretVariable, type LiveDriver } from 'lab/src/drivers/open-driver.ts'
import { seededEvents } from 'lab/src/events/seeded.ts'
import { runPipeline } from 'lab/src/pipeline/pipeline.ts'
import { readRedaction } from 'lab/src/redaction.ts'
import { alternate } from '../../measure/alternate.ts'
import { metered, type Metered } from '../../measure/metered.ts'
import type { Measured, Row, Unavailable } from '../../row.ts'
import { scratchProject } from '../../scratch/project.ts'
import { isUnreachable } from '../../work/recording.ts'

const messages = 20_000
const seed = 7
/** What redaction and the scan may cost of a recording. */
const recordingShare = 0.95
/** A replay compares the redacted form of what the program does: no more than the noise of two equal runs. */
const replayShare = 0.97

/** One side: with all of it, or with none. */
interface Side {
  readonly redactor: Redactor | false
}

const event = { topic: labTopic, messages, seed }

export const redactionRow: Row = {
  name: 'redaction',
  about: `recording of ${messages} messages on each broker with redaction and scan, beside the same without; and a replay of it`,
  async run({ scratch, env, progress }) {
    const root = scratchProject(scratch, 'redaction')
    const redactor = await readRedaction(root, 'lab_rr_v1', env)
    const lines: (Measured | Unavailable)[] = []
    for (const driver of ['amqp', 'kafka'] as const) {
      const name = `${driver} recording of ${messages} messages, without redaction and scan`
      try {
        progress(`recording on ${driver}`)
        const side = (side: Side) => async (): Promise<number> => costOf(await record(root, driver, side), progress)
        const costs = await alternate(side({ redactor }), side({ redactor: false }), { warmUps: 1, rounds: 5 })
        lines.push({ name, unit: 'messages/s of processor', ...costs, wanted: { ratioAtLeast: recordingShare } })
      } catch (error) {
        if (!isUnreachable(error)) throw error
        lines.push({ name, unavailable: error.message })
      }
    }
    await record(root, 'memory', { redactor })
    progress('replaying')
    const side = (side: Side) => async (): Promise<number> => costOf(await replay(root, side), progress)
    const costs = await alternate(side({ redactor }), side({ redactor: false }), { warmUps: 2, rounds: 9 })
    const name = `replay of ${messages} messages, without redaction`
    return [...lines, { name, unit: 'messages/s of processor', ...costs, wanted: { ratioAtLeast: replayShare } }]
  },
}

/** Messages for a second of processor time: the wall clock of a recording is the broker's. */
function costOf({ cpuMicros }: Metered, progress: (line: string) => void): number {
  progress(`${cpuMicros.toFixed(1)} µs of processor time a message`)
  return 1_000_000 / cpuMicros
}

let runs = 0

/** Records as `lab record` does, up to the sealed cassette; the clock starts when broker and topology are there. */
async function record(root: string, driver: 'amqp' | 'kafka' | 'memory', { redactor }: Side): Promise<Metered> {
  const run = `redaction-${process.pid}-${runs++}`
  const secret = (id: string): string => process.env[secretVariable(id)] ?? ''
  const live: LiveDriver = await openLiveDriver(driver, { root, run, authorize() {}, secret, log() {} })
  try {
    await live.driver.ensureTopology()
    const file = findCassette(root, 'redaction')
    rmSync(file.path, { force: true })
    const policy = { archRoot: root, policyId: 'lab_rr_v1', cassettePath: file.name, mode: 'rewrite_v1' } as const
    const scan = redactor !== false
    const secrecy = { redactor, scan, secrets: secretsOf({ SOME_TOKEN: 'a-secret-of-the-bench' }) }
    const tape = await openRecording({
      root,
      file: findCassette(root, 'redaction'),
      config: await loadPolicy(policy),
      secrecy,
    })
    const cost = await metered(messages, async () => {
      const recorded = recording(live.driver, tape)
      const redacted = redactor === false ? recorded : redactingDriver(recorded, redactor, { deliveries: true })
      await runPipeline({ driver: redacted, source: seededEvents(event) })
      tape.complete({ open: recorded.openBegins() })
    })
    await live.remove()
    return cost
  } finally {
    await live.driver.close()
  }
}

async function replay(root: string, { redactor }: Side): Promise<Metered> {
  const file = findCassette(root, 'redaction')
  const policy = { archRoot: root, policyId: 'lab_rr_v1', cassettePath: file.name, mode: 'replay_v1' } as const
  const config = await loadPolicy(policy)
  return metered(messages, async () => {
    const run = await openRecorded({ root, file, config })
    await using played = replaying(run.reader, { openBegins: run.openBegins })
    const both = { publishes: true, deliveries: true }
    const driver = redactor === false ? played : redactingDriver(played, redactor, both)
    await runPipeline({ driver, source: seededEvents(event) })
    if (played.report().divergenceCount > 0) throw new Error(`replay ${join('.x07_rr', file.name)}: it diverged`)
    run.close()
  })
}
