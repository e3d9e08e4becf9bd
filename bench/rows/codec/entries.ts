import { decodeEntry, type Entry } from '@x07-lab/msg-core/format'
import { withPolicy } from '@x07-lab/msg-core/rr'
import { runLab } from '../../scratch/lab.ts'
import { scratchProject } from '../../scratch/project.ts'

/** Messages recorded; two entries each. */
const messages = 5_000

/** What all codecs are given: the same entries of a real recording. */
export interface CodecInput {
  /** As an application would hold them. */
  readonly entries: readonly PlainEntry[]
  /** The same as documents of a cassette. */
  readonly documents: readonly Uint8Array[]
}

export interface PlainEntry {
  readonly kind: string
  readonly op: string
  readonly key: string
  readonly req: Uint8Array
  readonly resp: Uint8Array
  readonly err: number
  readonly latencyTicks: number
  readonly seq: number
}

export async function codecInput(scratch: string): Promise<CodecInput> {
  const root = scratchProject(scratch, 'codec')
  const cassette = 'bench.rrbin'
  await runLab(root, ['record', '--driver=memory', `--messages=${messages}`, `--cassette=${cassette}`])
  const documents = await withPolicy(
    'lab_rr_v1',
    cassette,
    'replay_v1',
    ({ reader }) => {
      if (reader === undefined) throw new Error(`read ${cassette}: it was not loaded`)
      return Array.from({ length: 2 * messages }, (_, index) => reader.entry(index).slice())
    },
    { root, readOnly: true },
  )
  return { documents, entries: documents.map((document) => plain(decodeEntry(document))) }
}

function plain({ kind, op, key, req, resp, err = 0, latencyTicks = 0, seq = 0 }: Entry): PlainEntry {
  return {
    kind: Buffer.from(kind).toString(),
    op: Buffer.from(op).toString(),
    key: Buffer.from(key).toString(),
    req: Buffer.from(req),
    resp: Buffer.from(resp),
    err,
    latencyTicks,
    seq,
  }
}
