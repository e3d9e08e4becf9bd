import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as format from '@x07-lab/msg-core/format'
import { alternate, rateOf, type Rounds, type Side } from '../../measure/alternate.ts'
import type { BenchContext, Measured, Row, Unavailable } from '../../row.ts'
import { runLab } from '../../scratch/lab.ts'
import { scratchProject } from '../../scratch/project.ts'
import { isUnreachable, recordLive } from '../../work/recording.ts'
import { output } from '../../work/output.ts'
import { acceptedProject } from '../arch-check/row.ts'
import { codecInput } from '../codec/entries.ts'
import { ourReplay } from '../replay/ours.ts'
import { writeLane } from '../rr-lane/cassette.ts'
import { drainInstalled, installDrain } from '../rr-lane/installed.ts'
import { lane } from '../rr-lane/lane.ts'
import { openOtherCheckout, type OtherCheckout } from './other-checkout.ts'

type Lines = Promise<readonly (Measured | Unavailable)[]>
type Comparison = (other: OtherCheckout, context: BenchContext) => Lines

const replayed = { messages: 200_000, seed: 7 }
const recorded = { messages: 50_000, seed: 7 }
/** What a build may lose beside the one before it. */
const kept = { ratioAtLeast: 0.97 }

/** This build beside that of another checkout, both in one run: `--before FOLDER`, its dependencies installed. */
export const beforeRow: Row = {
  name: 'before',
  about: 'this build beside that of the checkout which --before names: replay, codec, rr lane, recording, arch-check',
  async run(context) {
    if (context.before === undefined) {
      return [{ name: 'beside the build before', unavailable: 'no checkout is named with --before' }]
    }
    const other = await openOtherCheckout(context.before)
    const lines: (Measured | Unavailable)[] = []
    for (const compare of [replays, codecs, lanes, recordings, checks]) lines.push(...(await compare(other, context)))
    return lines
  },
}

const replays: Comparison = async (other, { scratch, progress }) => {
  const { messages, seed } = replayed
  const root = scratchProject(scratch, 'before-replay')
  const cassette = 'bench.rrbin'
  progress('replay: recording the cassette')
  await runLab(root, [
    'record',
    '--driver=memory',
    `--messages=${messages}`,
    `--seed=${seed}`,
    `--cassette=${cassette}`,
  ])
  progress('replay: measuring')
  const line = await measured(
    messages,
    () => ourReplay(root, cassette, replayed),
    () => other.ourReplay(root, cassette, replayed),
    { warmUps: 2, rounds: 7 },
  )
  return [
    { name: `replay of ${messages} messages, before`, unit: 'messages/s', ...line, wanted: { ratioAtLeast: 1.1 } },
  ]
}

const codecs: Comparison = async ({ codec }, { scratch, progress }) => {
  progress('codec: measuring')
  const { entries, documents } = await codecInput(scratch)
  const passes = 5
  const all = <In>(inputs: readonly In[], step: (input: In) => unknown) => {
    let last: unknown
    for (let pass = 0; pass < passes; pass++) for (const input of inputs) last = step(input)
    return last
  }
  const rounds = { warmUps: 6, rounds: 31 }
  const units = passes * entries.length
  const decode = await measured(
    units,
    () => all(documents, (bytes) => format.decodeEntry(bytes)),
    () => all(documents, (bytes) => codec.decodeEntry(bytes)),
    rounds,
  )
  const encode = await measured(
    units,
    () => all(entries, (entry) => format.encodeEntry(entry)),
    () => all(entries, (entry) => codec.encodeEntry(entry)),
    rounds,
  )
  return [
    { name: 'entry decode, before', unit: 'entries/s', ...decode, wanted: kept },
    { name: 'entry encode, before', unit: 'entries/s', ...encode, wanted: kept },
  ]
}

const lanes: Comparison = async (other, { scratch, progress }) => {
  progress('rr lane: building both and writing the cassette')
  const root = scratchProject(scratch, 'before-lane')
  const theirs = scratchProject(scratch, 'before-lane-other')
  await writeLane(root)
  await writeLane(theirs)
  const [ours, others] = [await installDrain(root), await other.installDrain(theirs)]
  progress('rr lane: measuring')
  const line = await measured(
    lane.entries,
    () => drainInstalled(ours, root, 'lookup_v1'),
    () => other.drainInstalled(others, theirs, 'lookup_v1'),
    { warmUps: 1, rounds: 15 },
  )
  return [{ name: `rr lane of ${lane.entries} entries, before`, unit: 'entries/s', ...line, wanted: kept }]
}

const recordings: Comparison = async (other, { scratch, progress }) => {
  const lines: (Measured | Unavailable)[] = []
  for (const driver of ['amqp', 'kafka'] as const) {
    const name = `${driver} recording of ${recorded.messages} messages, before`
    const root = scratchProject(scratch, `before-${driver}`)
    let runs = 0
    const side = (record: typeof recordLive): Side => {
      return async () => (await record(driver, { root, run: `before-${process.pid}-${runs++}`, load: recorded })).rate
    }
    progress(`${driver} recording: measuring`)
    try {
      const rounds = { warmUps: 1, rounds: 5 }
      const rates = await alternate(side(recordLive), side(other.recordLive), rounds)
      lines.push({ name, unit: 'messages/s', ...rates, wanted: kept })
    } catch (error) {
      if (!isUnreachable(error)) throw error
      lines.push({ name, unavailable: error.message })
    }
  }
  return lines
}

const checks: Comparison = async (other, { scratch, progress }) => {
  progress('arch-check: measuring')
  const folder = join(scratch, 'before-check')
  mkdirSync(folder)
  const { root, modules } = await acceptedProject(join(folder, 'project'))
  const ours = fileURLToPath(new URL('./main.ts', import.meta.resolve('@x07-lab/arch-check')))
  const run = (command: string): Promise<string> => output(process.execPath, [command, '--frozen'], { cwd: root })
  const line = await measured(
    modules,
    () => run(ours),
    () => run(other.archCheck),
    { warmUps: 1, rounds: 5 },
  )
  return [{ name: `check of ${modules} modules, before`, unit: 'modules/s', ...line, wanted: kept }]
}

function measured(
  units: number,
  ours: () => unknown,
  other: () => unknown,
  rounds: Rounds,
): Promise<{ readonly ours: number; readonly other: number }> {
  return alternate(
    () => rateOf(units, ours),
    () => rateOf(units, other),
    rounds,
  )
}
