import { RrError } from '@x07-lab/msg-core'
import { RrTrap } from '@x07-lab/msg-core/format'
import {
  createVirtualClock,
  currentCassette,
  entryErr,
  entryResp,
  openCassette,
  withConfig,
  type OpenOptions,
  type RrHandle,
} from '@x07-lab/msg-core/rr'

import type { RrAnswer, RrCall, RrCallResult, RrMetrics } from './rr-vector.ts'

/** The errors that X07 counts as a miss of `next`. */
const MISS_CODES: ReadonlySet<number> = new Set([2009, 2010, 2011])

/** Runs a script against the rr of this program and answers in the form of a vector. */
export async function runRrScript(script: readonly RrCall[], root: string, readOnly: boolean): Promise<RrAnswer> {
  const run = new ScriptRun(root, readOnly)
  try {
    return await run.answer(script)
  } finally {
    run.closeAll()
  }
}

class ScriptRun {
  readonly #clock = createVirtualClock()
  readonly #options: OpenOptions
  readonly #handles: RrHandle[] = []
  readonly #path: number[] = []
  readonly #counts = { open: 0, close: 0, stats: 0, next: 0, miss: 0, append: 0 }

  constructor(root: string, readOnly: boolean) {
    this.#options = { root, readOnly, clock: this.#clock }
  }

  async answer(script: readonly RrCall[]): Promise<RrAnswer> {
    const results: RrCallResult[] = []
    try {
      await this.#runAll(script, results)
    } catch (error) {
      if (!(error instanceof RrTrap)) throw error
      return { results, trap: error.trap, trap_at: [...this.#path] }
    }
    return { results, trap: null, metrics: this.#metrics() }
  }

  /** As X07's process does when it ends; what closing would still say is of no interest then. */
  closeAll(): void {
    for (const handle of this.#handles) {
      try {
        handle.close()
      } catch {
        // A write that failed was answered by the call that made it.
      }
    }
  }

  async #runAll(script: readonly RrCall[], results: RrCallResult[]): Promise<void> {
    let latest: Uint8Array = new Uint8Array(0)
    for (const [index, call] of script.entries()) {
      this.#path.push(index)
      if (call.op === 'with') {
        results.push(await this.#runScope(call.cfg, call.script, results))
      } else {
        const { result, document } = await this.#run(call, latest)
        latest = document ?? latest
        results.push(result)
      }
      this.#path.pop()
    }
  }

  async #runScope(cfg: string, script: readonly RrCall[], outer: RrCallResult[]): Promise<RrCallResult> {
    this.#counts.open++
    const inner: RrCallResult[] = []
    try {
      await withConfig(
        bytes(cfg),
        async (handle) => {
          this.#handles.push(handle)
          await this.#runAll(script, inner)
        },
        this.#options,
      )
    } catch (error) {
      if (error instanceof RrTrap) outer.push({ op: 'with', partial: inner })
      if (!(error instanceof RrError)) throw error
      return { op: 'with', err: error.code }
    }
    this.#counts.close++
    return { op: 'with', with: inner }
  }

  async #run(
    call: Exclude<RrCall, { op: 'with' }>,
    latest: Uint8Array,
  ): Promise<{ result: RrCallResult; document?: Uint8Array }> {
    const { op } = call
    try {
      switch (call.op) {
        case 'open':
          this.#counts.open++
          this.#handles.push(await openCassette(bytes(call.cfg), this.#options))
          return { result: { op, ok: this.#handles.length } }
        case 'next': {
          this.#counts.next++
          const document = await this.#handle(call.h).next(bytes(call.kind), bytes(call.opid), bytes(call.key))
          return { result: { op, ok_hex: hex(document) }, document }
        }
        case 'append':
          this.#counts.append++
          this.#handle(call.h).append(bytes(call.doc))
          return { result: { op, ok: 0 } }
        case 'stats':
          this.#counts.stats++
          return { result: { op, text: this.#handle(call.h).stats() } }
        case 'close':
          this.#counts.close++
          return { result: { op, i32: this.#handles[call.h - 1]?.close() === true ? 1 : 0 } }
        case 'current': {
          const current = currentCassette()
          return { result: { op, i32: current === undefined ? 0 : this.#handles.indexOf(current) + 1 } }
        }
        case 'entry_resp':
          return { result: { op, hex: hex(entryResp(call.doc === undefined ? latest : bytes(call.doc))) } }
        default:
          return { result: { op, i32: entryErr(call.doc === undefined ? latest : bytes(call.doc)) } }
      }
    } catch (error) {
      if (!(error instanceof RrError)) throw error
      if (op === 'next' && MISS_CODES.has(error.code)) this.#counts.miss++
      return { result: { op, err: error.code } }
    }
  }

  // Numbers stand for handles only here: a number never issued is the same broken contract as a closed handle.
  #handle(number: number): RrHandle {
    const handle = this.#handles[number - 1]
    if (handle === undefined) throw new RrTrap('rr invalid handle', `handle ${number} was never issued`)
    return handle
  }

  #metrics(): RrMetrics {
    const { open, close, stats, next, miss, append } = this.#counts
    return {
      rr_open_calls: open,
      rr_close_calls: close,
      rr_stats_calls: stats,
      rr_next_calls: next,
      rr_next_miss_calls: miss,
      rr_append_calls: append,
      virtual_time_end: this.#clock.now(),
    }
  }
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

function hex(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.length).toString('hex')
}
