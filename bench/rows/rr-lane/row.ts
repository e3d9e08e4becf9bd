import { alternate, rateOf } from '../../measure/alternate.ts'
import type { Measured, Row } from '../../row.ts'
import { scratchProject } from '../../scratch/project.ts'
import { writeLane } from './cassette.ts'
import { drainInstalled, installDrain } from './installed.ts'
import { lane, type LaneMatchMode } from './lane.ts'
import { compileDrain, drainWithX07, findRunner } from './x07.ts'

const wanted: Readonly<Record<LaneMatchMode, { readonly ratioAtLeast: number; readonly rounds: number }>> = {
  // X07 looks through the whole file at every call.
  lookup_v1: { ratioAtLeast: 20, rounds: 3 },
  transcript_v1: { ratioAtLeast: 0.5, rounds: 9 },
}

export const rrLaneRow: Row = {
  name: 'rr-lane',
  about:
    'one lane of 100,000 entries drained through rr, processes from start to end, beside a program compiled by X07',
  async run({ scratch, env, progress }) {
    const modes = Object.entries(wanted) as [LaneMatchMode, (typeof wanted)[LaneMatchMode]][]
    const nameOf = (mode: LaneMatchMode): string => `rr lane of ${lane.entries} entries, ${mode}, X07`
    const runner = findRunner(env)
    if (runner === undefined) {
      const unavailable = 'there is no x07-host-runner on the path, and X07_HOST_RUNNER names none'
      return modes.map(([mode]) => ({ name: nameOf(mode), unavailable }))
    }
    const root = scratchProject(scratch, 'rr-lane')
    progress('writing the cassette, building and compiling the programs')
    await writeLane(root)
    const program = await installDrain(root)
    const artifact = await compileDrain(runner, root)
    const lines: Measured[] = []
    for (const [mode, { ratioAtLeast, rounds }] of modes) {
      progress(`measuring: ${mode}`)
      const rates = await alternate(
        () => drained(() => drainInstalled(program, root, mode)),
        () => drained(() => drainWithX07(runner, artifact, root, mode)),
        { warmUps: 1, rounds },
      )
      lines.push({ name: nameOf(mode), unit: 'entries/s', ...rates, wanted: { ratioAtLeast } })
    }
    return lines
  },
}

function drained(drain: () => Promise<number>): Promise<number> {
  return rateOf(lane.entries, async () => {
    const count = await drain()
    if (count !== lane.entries) throw new Error(`drain the lane: ${count} entries, expected ${lane.entries}`)
  })
}
