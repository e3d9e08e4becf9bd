import { decodeEntry, encodeEntry } from '@x07-lab/msg-core/format'
import { Bench } from 'tinybench'
import { collectGarbage } from '../../measure/collect-garbage.ts'
import { median } from '../../measure/alternate.ts'
import type { Measured, Row } from '../../row.ts'
import { codecInput, type CodecInput } from './entries.ts'
import { otherCodecs, type OtherCodec } from './others.ts'

/** Rounds over all codecs, each measured once a round. */
const rounds = 5
/** Time for one codec in one round. */
const timeMs = 150

type Direction = 'decode' | 'encode'

export const codecRow: Row = {
  name: 'codec',
  about: '10,000 recorded entries decoded and encoded, beside msgpackr and cbor-x (each in its fastest way)',
  async run({ scratch, progress }) {
    progress('recording the entries')
    const input = await codecInput(scratch)
    const codecs = otherCodecs()
    const lines: Measured[] = []
    for (const direction of ['decode', 'encode'] as const) {
      progress(`measuring: ${direction}`)
      const rates = await measure(direction, input, codecs)
      for (const library of ['msgpackr', 'cbor-x'] as const) {
        const others = codecs.flatMap((codec, index) => (codec.library === library ? [rates.others[index] ?? 0] : []))
        lines.push({
          name: `entry ${direction}, ${library}`,
          unit: 'entries/s',
          ours: rates.ours,
          other: Math.max(...others),
          wanted: { ratioAtLeast: 1 },
        })
      }
    }
    return lines
  },
}

async function measure(
  direction: Direction,
  { entries, documents }: CodecInput,
  codecs: readonly OtherCodec[],
): Promise<{ readonly ours: number; readonly others: readonly number[] }> {
  const others = codecs.map((codec) => {
    const encoded = entries.map((entry) => Buffer.from(codec.encode(entry)))
    return direction === 'decode' ? pass(encoded, codec.decode) : pass(entries, codec.encode)
  })
  const ours = direction === 'decode' ? pass(documents, (bytes) => decodeEntry(bytes)) : pass(entries, encodeEntry)
  const tasks = [ours, ...others]
  const rates = tasks.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, task] of tasks.entries()) {
      collectGarbage()
      rates[index]?.push((await entriesPerMs(task)) * 1000)
    }
  }
  const [first = 0, ...rest] = rates.map(median)
  return { ours: first, others: rest }

  async function entriesPerMs(task: () => void): Promise<number> {
    const bench = new Bench({ time: timeMs, iterations: 5, warmupTime: timeMs / 3, warmupIterations: 2, throws: true })
    bench.add('pass', task)
    const [done] = await bench.run()
    if (done?.result.state !== 'completed') throw new Error('measure a codec: it did not complete')
    return entries.length / done.result.latency.p50
  }
}

/** One pass over all inputs. What comes out last is kept where it can be seen, so that no work can be left out. */
function pass<In>(inputs: readonly In[], step: (input: In) => unknown): () => void {
  const seen: { last?: unknown } = {}
  return () => {
    for (let index = 0; index < inputs.length; index++) seen.last = step(inputs[index] as In)
  }
}
