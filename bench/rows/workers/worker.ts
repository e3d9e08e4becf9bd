import { hash } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { decodeEnvelope } from '@x07-lab/msg-core'
import { recording } from '@x07-lab/msg-core/driver'
import { withPolicy } from '@x07-lab/msg-core/rr'
import { openKafka } from '@x07-lab/msg-kafka'

/** What a worker is told. */
export interface WorkerOrder {
  readonly root: string
  readonly run: string
  readonly cassette: string
  readonly handler: 'waits' | 'computes'
  /** Messages of each worker before the measured ones: what is measured is code that the compiler has seen, on all sides. */
  readonly warmUp: number
}

/**
 * What it tells: that it has its first message, or is warm, and waits for the word; or which messages it has settled, and when the
 * last of them, in milliseconds of the system's clock.
 */
export type WorkerNote =
  | { readonly ready: 'joined' | 'warm' }
  | { readonly settled: readonly number[]; readonly lastAt: number }

/** A note takes half a millisecond of a processor: with one for every message, or every 10 ms, notes would be what is measured. */
const toldEveryMs = 100
/** SHA-256 of a payload, one after the other: about a millisecond of a processor of 2020 or later. */
const roundsOfHandler = 700

const stop = new AbortController()

process.once('disconnect', () => stop.abort())
const order = JSON.parse(process.argv[2] ?? '{}') as WorkerOrder

const driver = await openKafka({
  brokers: ['127.0.0.1:9092'],
  topics: ['orders'],
  groupId: 'workers',
  physical: (name) => `${name}.${order.run}`,
})
try {
  await withPolicy('lab_rr_v1', order.cassette, 'rewrite_v1', (handle) => work(recording(driver, handle)), {
    root: order.root,
    flush: 'turn',
  })
} finally {
  await driver.close()
}

/** Tells that this worker is ready, and waits for the word. */
async function ready(what: 'joined' | 'warm', tell: (note: WorkerNote) => void): Promise<void> {
  const word = once(process, 'message', { signal: stop.signal }).catch(() => undefined)
  tell({ ready: what })
  await word
}

async function work(recorded: ReturnType<typeof recording>): Promise<void> {
  const { handler, warmUp } = order
  let settled: number[] = []
  let lastAt = 0
  const tell = (note: WorkerNote): void => {
    // Whoever ends the row does not wait for a last note, and one that is under way then fails.
    if (process.connected) process.send?.(note, undefined, undefined, () => undefined)
  }
  const tellSettled = (): void => {
    if (settled.length > 0) tell({ settled, lastAt })
    settled = []
  }
  const telling = setInterval(tellSettled, toldEveryMs)
  let taken = 0
  for await (const delivery of recorded.deliveries({ signal: stop.signal })) {
    if (taken === 0) await ready('joined', tell)
    if (taken === warmUp) {
      tellSettled()
      await ready('warm', tell)
    }
    taken++
    const { value, key } = decodeEnvelope(delivery.envelope)
    if (handler === 'waits') await setTimeout(1)
    else compute(value ?? new Uint8Array(0))
    // What another worker has by now comes again to it.
    await delivery.settle('ack').catch(() => undefined)
    settled.push(Number(Buffer.from(key ?? []).toString()))
    lastAt = performance.timeOrigin + performance.now()
  }
  clearInterval(telling)
}

function compute(payload: Uint8Array): void {
  let digest: Uint8Array = payload
  for (let round = 0; round < roundsOfHandler; round++) digest = hash('sha256', digest, 'buffer')
}
