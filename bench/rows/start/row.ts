import { join } from 'node:path'
import { programRoot } from 'lab/src/root.ts'
import { alternate, rateOf } from '../../measure/alternate.ts'
import type { Measured, Row } from '../../row.ts'
import { output } from '../../work/output.ts'

/** The commands that people and CI start over and over, and how many times as long as `node -e 0` each may take. */
const commands = [
  { name: 'lab --help', args: ['lab.cjs', '--help'], most: 2 },
  { name: 'lab replay of 1,200 messages', args: ['lab.cjs', 'replay', '--cassette', 'kafka-orders'], most: 5 },
  { name: 'arch:check of this repository', args: ['arch-check.cjs', '--frozen'], most: 8 },
] as const

export const startRow: Row = {
  name: 'start',
  about: 'processes from start to end, beside a node that does nothing',
  async run({ progress }) {
    const lines: Measured[] = []
    for (const {
      name,
      args: [program, ...args],
      most,
    } of commands) {
      progress(`measuring: ${name}`)
      const command = [join(programRoot, 'scripts', 'start', program), ...args]
      const starts = await alternate(
        () => rateOf(1, () => output(process.execPath, command, { cwd: programRoot })),
        () => rateOf(1, () => output(process.execPath, ['-e', '0'], { cwd: programRoot })),
        // What was written within the last seconds is read again in whole: the warm-up lets that pass.
        { warmUps: 5, rounds: 21 },
      )
      lines.push({ name: `${name}, node -e 0`, unit: 'starts/s', ...starts, wanted: { ratioAtLeast: 1 / most } })
    }
    return lines
  },
}
