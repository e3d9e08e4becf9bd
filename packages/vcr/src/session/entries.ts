import type { Json } from '@x07-lab/msg-core'
import { decodeEntry, type CassetteReader, type EntryFields } from '@x07-lab/msg-core/format'
import { canonicalJsonBytes } from '@x07-lab/msg-core/json'

import type { ClockTimes } from '../pins/clock.ts'
import type { Pins } from '../pins/pin.ts'

/** Entry `kind` of what is recorded at the socket. */
export const entryKind = 'rr'

/** A signal that reached the program, at its place in the order; `key` is its name. */
export const signalOp = 'std.os.process.signal_v1'

/** What a recording pins of the program; `key` names it, `resp` is canonical JSON. */
export const pinOp = 'std.msg.world.seed_v1'

/** Times that a package of a pinned program was given; `key` names it, `resp` is canonical JSON: milliseconds since 1970. */
export const clockOp = 'std.msg.world.clock_v1'

const nothing = new Uint8Array(0)

export function signalEntry(signal: string, latencyTicks: number): EntryFields {
  return { kind: 'process', op: signalOp, key: signal, req: nothing, resp: nothing, err: 0, latencyTicks }
}

export function pinEntries(pins: Pins): EntryFields[] {
  return Object.entries(pins).map(([key, value]) => ({
    kind: entryKind,
    op: pinOp,
    key,
    req: nothing,
    resp: canonicalJsonBytes(value as Json),
    err: 0,
  }))
}

/** The pins of a cassette; undefined where it was recorded without. */
export function readPins(reader: CassetteReader): Pins | undefined {
  const found: Record<string, unknown> = {}
  for (const [id, lane] of [...reader.lanes.values()].entries()) {
    const entry = Buffer.from(lane.op).toString() === pinOp ? reader.peek(id) : undefined
    if (entry === undefined) continue
    const { resp } = decodeEntry(reader.entry(entry))
    found[Buffer.from(lane.key).toString()] = JSON.parse(Buffer.from(resp).toString())
  }
  return typeof found['seed'] === 'string' ? (found as unknown as Pins) : undefined
}

export function clockEntry({ name, times }: ClockTimes): EntryFields {
  return { kind: entryKind, op: clockOp, key: name, req: nothing, resp: canonicalJsonBytes([...times]), err: 0 }
}

/** The times of a cassette that was recorded with pins, in their order. */
export function* readClock(reader: CassetteReader): Generator<ClockTimes> {
  for (const [id, lane] of [...reader.lanes.values()].entries()) {
    if (Buffer.from(lane.op).toString() !== clockOp) continue
    const name = Buffer.from(lane.key).toString()
    for (let entry = reader.peek(id); entry !== undefined; entry = reader.nextInLane(entry)) {
      const times: unknown = JSON.parse(Buffer.from(decodeEntry(reader.entry(entry)).resp).toString())
      if (Array.isArray(times)) yield { name, times: times.filter((time) => typeof time === 'number') }
    }
  }
}
