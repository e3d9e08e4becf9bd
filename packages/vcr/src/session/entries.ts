import type { Json } from '@x07-lab/msg-core'
import { decodeEntry, type CassetteReader, type EntryFields } from '@x07-lab/msg-core/format'
import { canonicalJsonBytes } from '@x07-lab/msg-core/json'

import type { ClockTimes } from '../pins/clock.ts'
import type { Pins } from '../pins/pin.ts'
import type { FiredTimer } from '../time/timer-journal.ts'

/** Entry `kind` of what is recorded at the socket. */
export const entryKind = 'rr'

/**
 * A signal that reached the program, at its place in the order; `key` is its name, `resp` is `{"from":"run"}` where another
 * process of the run sent it, else empty.
 */
export const signalOp = 'std.os.process.signal_v1'

/** What a recording pins of the program; `key` names it, `resp` is canonical JSON. */
export const pinOp = 'std.msg.world.seed_v1'

/** Times that a package of a pinned program was given; `key` names it, `resp` is canonical JSON: milliseconds since 1970. */
export const clockOp = 'std.msg.world.clock_v1'

/** Timers of the program that fired, some together; `resp` is canonical JSON, a list of {@link FiredTimer}. */
export const timersOp = 'std.msg.world.timers_v1'

const nothing = new Uint8Array(0)

const fromRun = canonicalJsonBytes({ from: 'run' })

/** @param isFromRun whether a process of the run sent it */
export function signalEntry(signal: string, latencyTicks: number, isFromRun = false): EntryFields {
  const resp = isFromRun ? fromRun : nothing
  return { kind: 'process', op: signalOp, key: signal, req: nothing, resp, err: 0, latencyTicks }
}

/** Whether another process of the run sent a recorded signal. */
export function isSignalFromRun({ resp }: { readonly resp: Uint8Array }): boolean {
  return Buffer.compare(resp, fromRun) === 0
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

/** The entries of an operation, lane by lane, with the key of their lane. */
export function* entriesOf(
  reader: CassetteReader,
  op: string,
): Generator<{ readonly entry: number; readonly key: string }> {
  for (const lane of reader.lanes.values()) {
    if (Buffer.from(lane.op).toString() !== op) continue
    const { id } = lane
    const key = Buffer.from(lane.key).toString()
    for (let entry = reader.peek(id); entry !== undefined; entry = reader.nextInLane(entry)) yield { entry, key }
  }
}

/** The pins of a cassette; undefined where it was recorded without. */
export function readPins(reader: CassetteReader): Pins | undefined {
  const found = new Map<string, unknown>()
  for (const { entry, key } of entriesOf(reader, pinOp)) {
    // The first one of a name counts.
    if (!found.has(key)) found.set(key, responseOf(reader, entry))
  }
  return typeof found.get('seed') === 'string' ? (Object.fromEntries(found) as unknown as Pins) : undefined
}

export function clockEntry({ name, times }: ClockTimes): EntryFields {
  return { kind: entryKind, op: clockOp, key: name, req: nothing, resp: canonicalJsonBytes([...times]), err: 0 }
}

/** The times of a cassette that was recorded with pins, in their order. */
export function* readClock(reader: CassetteReader): Generator<ClockTimes> {
  for (const { entry, key } of entriesOf(reader, clockOp)) {
    const times = responseOf(reader, entry)
    if (Array.isArray(times)) yield { name: key, times: times.filter((time) => typeof time === 'number') }
  }
}

export function timersEntry(fired: readonly FiredTimer[]): EntryFields {
  const resp = canonicalJsonBytes(fired.map((timer) => [...timer]))
  return { kind: entryKind, op: timersOp, key: 'timers', req: nothing, resp, err: 0 }
}

/** When the timers of the recorded program fired. */
export function* readTimers(reader: CassetteReader): Generator<FiredTimer> {
  for (const { entry } of entriesOf(reader, timersOp)) {
    const fired = responseOf(reader, entry)
    for (const timer of Array.isArray(fired) ? fired : []) if (isFiredTimer(timer)) yield timer
  }
}

function isFiredTimer(value: unknown): value is FiredTimer {
  if (!Array.isArray(value)) return false
  const [name, number, at] = value as unknown[]
  return typeof name === 'string' && typeof number === 'number' && typeof at === 'number'
}

function responseOf(reader: CassetteReader, entry: number): unknown {
  return JSON.parse(Buffer.from(decodeEntry(reader.entry(entry)).resp).toString())
}
