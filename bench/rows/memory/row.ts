import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { hasPeakMemory } from '../../measure/peak-memory.ts'
import type { Row } from '../../row.ts'
import { runLab } from '../../scratch/lab.ts'
import { scratchProject } from '../../scratch/project.ts'

const few = 10_000
const many = 1_000_000
/** What a hundred times as many messages may take more. */
const moreMiB = 40

export const memoryRow: Row = {
  name: 'memory',
  about: 'peak memory of recording (in-memory driver) and of replaying 1,000,000 messages, beside 10,000',
  async run({ scratch, progress }) {
    const names = {
      record: `memory of recording ${many} messages, of ${few}`,
      replay: `memory of replaying ${many} messages, of ${few}`,
    }
    if (!hasPeakMemory) {
      const unavailable = 'this system has no /proc to read peaks from'
      return Object.values(names).map((name) => ({ name, unavailable }))
    }
    const root = scratchProject(scratch, 'memory')
    const small = await peaks(root, few, progress)
    const large = await peaks(root, many, progress)
    return (['record', 'replay'] as const).map((command) => ({
      name: names[command],
      unit: 'MiB',
      ours: large[command],
      other: small[command],
      wanted: { differenceAtMost: moreMiB },
    }))
  },
}

async function peaks(
  root: string,
  messages: number,
  progress: (line: string) => void,
): Promise<{ readonly record: number; readonly replay: number }> {
  const cassette = `bench-${messages}.rrbin`
  progress(`recording ${messages} messages`)
  const record = await runLab(root, ['record', '--driver=memory', `--messages=${messages}`, `--cassette=${cassette}`])
  progress(`replaying ${messages} messages`)
  const replay = await runLab(root, ['replay', `--cassette=${cassette}`])
  // A million messages are two gigabytes on the disk.
  rmSync(join(root, '.x07_rr', cassette))
  return { record, replay }
}
