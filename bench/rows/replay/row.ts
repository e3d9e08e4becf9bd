import { join } from 'node:path'
import { alternate, rateOf } from '../../measure/alternate.ts'
import type { Row } from '../../row.ts'
import { runLab } from '../../scratch/lab.ts'
import { scratchProject } from '../../scratch/project.ts'
import { ourReplay } from './ours.ts'
import { plainReplay } from './plain.ts'

const messages = 200_000
const seed = 7

export const replayRow: Row = {
  name: 'replay',
  about: 'replay of 200,000 messages, beside a loop written by hand for the same cassette',
  async run({ scratch, progress }) {
    const root = scratchProject(scratch, 'replay')
    const cassette = 'bench.rrbin'
    progress('recording the cassette')
    await runLab(root, [
      'record',
      '--driver=memory',
      `--messages=${messages}`,
      `--seed=${seed}`,
      `--cassette=${cassette}`,
    ])
    const path = join(root, '.x07_rr', cassette)
    await compareResults(root, cassette, path)
    progress('measuring')
    const rates = await alternate(
      () => rateOf(messages, () => ourReplay(root, cassette, { messages, seed })),
      () => rateOf(messages, () => plainReplay(path)),
      // Beside the comparison of the results: what runs is what the compiler has settled on.
      { warmUps: 2, rounds: 5 },
    )
    return [{ name: `replay of ${messages} messages`, unit: 'messages/s', ...rates, wanted: { ratioAtLeast: 1.2 } }]
  },
}

/** A comparison of rates is worth something only where both did the same work. */
async function compareResults(root: string, cassette: string, path: string): Promise<void> {
  const ours = (await ourReplay(root, cassette, { messages, seed })).aggregate.toJson()
  const plain = plainReplay(path)
  const keys = ours['keys'] as readonly { readonly key: string; readonly sha256: string }[]
  const odd = keys.find(({ key, sha256 }) => plain.chainOf(key) !== sha256)
  if (plain.count !== messages || plain.notCanonical > 0 || odd !== undefined) {
    throw new Error(`compare the results of both replays: they differ at ${odd?.key ?? 'the count'}`)
  }
}
