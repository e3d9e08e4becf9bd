import type { MessagePort } from 'node:worker_threads'
import { decodeEntry } from '@x07-lab/msg-core/format'
import { DeliveryOracle } from '../delivery/oracle.ts'
import { portAct } from '../delivery/port-acts.ts'
import { OwnTally } from '../pipeline/tally.ts'
import { frameTypes, type Told } from './frames.ts'
import { PipeReader, type Frame } from './pipe.ts'

/** What the thread beside a replay does: the checks and hashes of what it is told, in the order in which it is told. */
export function serve(memory: SharedArrayBuffer, port: Pick<MessagePort, 'postMessage'>): void {
  const pipe = new PipeReader(memory)
  try {
    for (let checks = new Checks(); ;) {
      const frame = pipe.next()
      if (frame.type === frameTypes.start) checks = new Checks()
      else {
        const answer = checks.take(frame)
        if (answer !== undefined) port.postMessage(answer)
      }
    }
  } catch (error) {
    port.postMessage({ kind: 'failed', error } satisfies Told)
    pipe.close()
  }
}

class Checks {
  readonly #tally = new OwnTally()
  readonly #oracle = new DeliveryOracle()
  readonly #lanes: { readonly op: string; readonly key: string }[] = []

  /** @returns the answer, where one is asked for */
  take({ type, numbers, body }: Frame): Told | undefined {
    const [first = 0, begin = 0, end = 0, lane = 0, recording = 0] = numbers
    switch (type) {
      case frameTypes.lane: {
        const [op = '', key = ''] = JSON.parse(Buffer.from(body).toString()) as string[]
        this.#lanes[first] = { op, key }
        return undefined
      }
      case frameTypes.entry: {
        const { op, key } = this.#lanes[lane] ?? { op: '', key: '' }
        const { req, resp, err } = decodeEntry(body)
        const act = portAct({ op, key, req, resp, err, recording }, { entry: first, begin, end })
        if (act !== undefined) this.#oracle.take(act)
        return undefined
      }
      case frameTypes.message:
        if (first < 0) this.#tally.add(null, body)
        else this.#tally.add(body.subarray(0, first), body.subarray(first))
        return undefined
      case frameTypes.totals: {
        const { aggregate, notCanonical } = this.#tally.end()
        return { kind: 'totals', count: aggregate.count, aggregate: aggregate.toJson(), notCanonical }
      }
      case frameTypes.delivery:
        return { kind: 'delivery', report: this.#oracle.report(first === 1) }
      default:
        throw new RangeError(`a frame has type ${type}`)
    }
  }
}
