import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { replayOne, type ReplayContext } from 'lab/src/commands/replay.ts'
import { programRoot } from 'lab/src/root.ts'
import { BesideThread } from 'lab/src/threads/checks.ts'
import { alternate, rateOf } from '../../measure/alternate.ts'
import type { Row } from '../../row.ts'
import { runLab } from '../../scratch/lab.ts'
import { scratchProject } from '../../scratch/project.ts'
import { ourReplay } from '../replay/ours.ts'
import { plainReplay } from '../replay/plain.ts'

/** So many that the start of a thread does not count, and as few as let a row end in two minutes: larger ones give the same ratio. */
const messages = 200_000
const seed = 7
const cassette = 'bench.rrbin'
const rounds = { warmUps: 1, rounds: 3 }

export const threadsRow: Row = {
  name: 'threads',
  about: 'replay of 200,000 messages, checked by a thread beside it, beside one thread and a loop written by hand',
  async run({ scratch, progress }) {
    const root = scratchProject(scratch, 'threads')
    progress('recording the cassette')
    const load = [`--messages=${messages}`, `--seed=${seed}`, `--cassette=${cassette}`]
    await runLab(root, ['record', '--driver=memory', ...load])
    const worker = new Worker(join(programRoot, 'apps', 'lab', 'src', 'thread.ts'))
    const beside = new BesideThread(worker, { from: 0 })
    try {
      progress('measuring')
      const whole = await alternate(
        () => rateOf(messages, () => labReplay(root, { beside })),
        () => rateOf(messages, () => labReplay(root, {})),
        rounds,
      )
      const path = join(root, '.x07_rr', cassette)
      const loop = await alternate(
        () => rateOf(messages, () => ourReplay(root, cassette, { messages, seed }, beside)),
        () => rateOf(messages, () => plainReplay(path)),
        rounds,
      )
      const unit = 'messages/s'
      return [
        {
          name: `lab replay of ${messages} messages, with a thread and without`,
          unit,
          ...whole,
          wanted: { ratioAtLeast: 1.4 },
        },
        {
          name: `replay of ${messages} messages with a thread, the loop`,
          unit,
          ...loop,
          wanted: { ratioAtLeast: 1.6 },
        },
      ]
    } finally {
      await worker.terminate()
    }
  },
}

/** What `lab replay` does in its process: with the delivery oracle, redaction, and its results compared. */
async function labReplay(root: string, more: Pick<ReplayContext, 'beside'>): Promise<void> {
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
  const stdin = () => process.stdin
  const context = { root, cassetteRoot: root, console, stdin, signal, ...more }
  const { identical } = await replayOne(cassette, join(root, 'out', 'threads'), request, context)
  if (!identical) throw new Error(`replay ${cassette}: it differs from its recording`)
}
