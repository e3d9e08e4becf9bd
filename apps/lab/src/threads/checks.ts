import type { Worker } from 'node:worker_threads'
import type { CassetteReader, Seal } from '@x07-lab/msg-core/format'
import type { Half } from '@x07-lab/msg-core/playback'
import { recordingOf, recordingStarts } from '@x07-lab/msg-core/run'
import { CassetteFeed, EntryTimes, isSocketOp, LaneNames } from '../delivery/feed.ts'
import { DeliveryOracle } from '../delivery/oracle.ts'
import type { DeliveryReport } from '../delivery/report.ts'
import { OwnTally, type Tally, type Totals } from '../pipeline/tally.ts'
import { frameTypes, type Told } from './frames.ts'
import { largeBytes } from './large.ts'
import { pipeMemory, PipeWriter } from './pipe.ts'

/** What a replay hands to whoever checks it, as it goes. */
export interface ReplayChecks {
  readonly tally: Tally
  /** One half of an entry happens. */
  readonly happened: (entry: number, half: Half) => void
  /** @param complete whether the run waited for every message that it published */
  delivery(complete: boolean): DeliveryReport | Promise<DeliveryReport>
}

/** The checks of a replay: in the thread beside where the recording is large and its entries are those of the driver port, else in this one. */
export function openChecks(
  cassette: CassetteReader,
  seal: Seal | undefined,
  beside: BesideThread | undefined,
): ReplayChecks {
  if (beside !== undefined && cassette.bytes >= beside.from && isOfPort(cassette)) return beside.checks(cassette, seal)
  const oracle = new DeliveryOracle()
  const part = { name: '', firstEntry: 0, recordingOf: recordingOf(recordingStarts(seal)) }
  const feed = new CassetteFeed(cassette, oracle, part)
  return {
    tally: new OwnTally(),
    happened: (entry, half) => feed.happened(entry, half),
    delivery: (complete) => oracle.report(complete),
  }
}

function isOfPort({ lanes }: CassetteReader): boolean {
  for (let lane = 0; lane < lanes.size; lane++) {
    if (isSocketOp(Buffer.from(lanes.get(lane)?.op ?? []).toString())) return false
  }
  return true
}

/** A thread that was started for checks, as the program sees it. */
export class BesideThread {
  readonly #worker: Worker
  readonly #pipe: PipeWriter
  /** What it told and nobody has asked for yet: that it failed. */
  #told: Told | undefined
  #waiting: ((told: Told) => void) | undefined

  /** Size of the recordings that it is for, in bytes. */
  readonly from: number

  /** @param worker runs `thread.ts`; it waits for its memory */
  constructor(worker: Worker, { from = largeBytes }: { readonly from?: number | undefined } = {}) {
    this.from = from
    const memory = pipeMemory()
    this.#worker = worker
    this.#pipe = new PipeWriter(memory)
    worker.on('message', (told: Told) => this.#hear(told))
    worker.on('error', (error) => this.#hear({ kind: 'failed', error }))
    worker.postMessage(memory, [])
    worker.unref()
  }

  checks(cassette: CassetteReader, seal: Seal | undefined): ReplayChecks {
    const pipe = this.#pipe
    pipe.write(frameTypes.start, [])
    return {
      tally: this.#tally(),
      happened: besideFeed(pipe, cassette, seal),
      delivery: async (complete) => {
        const told = await this.#ask(frameTypes.delivery, complete ? 1 : 0)
        return told.kind === 'delivery' ? told.report : failed(told)
      },
    }
  }

  #tally(): Tally {
    const pipe = this.#pipe
    let count = 0
    return {
      get count() {
        return count
      },
      add(key, payload) {
        count++
        if (key === null) pipe.write(frameTypes.message, [-1], payload)
        else pipe.write(frameTypes.message, [key.length], key, payload)
      },
      end: async (): Promise<Totals> => {
        const told = await this.#ask(frameTypes.totals, 0)
        if (told.kind !== 'totals') return failed(told)
        return { aggregate: { count: told.count, toJson: () => told.aggregate }, notCanonical: told.notCanonical }
      },
    }
  }

  async #ask(type: number, number: number): Promise<Told> {
    // Nothing else keeps this process, which waits.
    this.#worker.ref()
    try {
      const told = new Promise<Told>((resolve) => {
        if (this.#told === undefined) this.#waiting = resolve
        else resolve(this.#told)
      })
      this.#pipe.write(type, [number])
      this.#pipe.flush()
      return await told
    } finally {
      this.#worker.unref()
    }
  }

  #hear(told: Told): void {
    if (this.#waiting === undefined) this.#told = told
    this.#waiting?.(told)
    this.#waiting = undefined
  }
}

function failed(told: Told): never {
  throw told.kind === 'failed' ? told.error : new TypeError(`the thread beside the replay told ${told.kind}`)
}

/** Tells the thread each entry at its end, and each lane before its first. */
function besideFeed(
  pipe: PipeWriter,
  cassette: CassetteReader,
  seal: Seal | undefined,
): (entry: number, half: Half) => void {
  const recordingAt = recordingOf(recordingStarts(seal))
  const names = new LaneNames(cassette)
  const times = new EntryTimes()
  const told: boolean[] = []
  return (entry, half) => {
    const place = times.happened(entry, half)
    if (place === undefined) return
    const lane = cassette.lane(entry)
    if (told[lane] !== true) {
      const { op, key } = names.of(lane)
      pipe.write(frameTypes.lane, [lane], Buffer.from(JSON.stringify([op, key])))
      told[lane] = true
    }
    pipe.write(frameTypes.entry, [entry, place.begin, place.end, lane, recordingAt(entry)], cassette.entry(entry))
  }
}
