import { type Driver } from '@x07-lab/msg-core'
import { decodeEntry, wires } from '@x07-lab/msg-core/format'
import { openLocated } from '../../../src/commands/cassette/locate.ts'
import { readConsumed } from '../../../src/pipeline/consumed.ts'

/** What a cassette tells of a run, as numbers of messages in the order of the entries. */
export interface RecordedWork {
  readonly confirmed: readonly number[]
  /** Publishes that ended with a failure. */
  readonly failed: readonly number[]
  readonly acked: readonly number[]
}

/** Reads a cassette through, sealed or not. */
export function recordedWork(root: string, cassette: string, wire: Driver['wire']): RecordedWork {
  using reader = openLocated(root, cassette)
  const work = { confirmed: [] as number[], failed: [] as number[], acked: [] as number[] }
  for (let index = 0; index < reader.count; index++) {
    const { op, req, err } = decodeEntry(reader.entry(index))
    const name = Buffer.from(op).toString()
    if (name === wires[wire].publishOp) (err === 0 ? work.confirmed : work.failed).push(numberOf(req))
    else if (name === wires[wire].deliverOp && err === 0) work.acked.push(numberOf(req))
  }
  return work
}

/** The running number of a seeded event. */
function numberOf(envelope: Uint8Array): number {
  return Number(readConsumed(envelope).id)
}
