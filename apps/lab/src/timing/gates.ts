import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { ReplayOptions } from '@x07-lab/msg-core/driver'
import { decodeEntry, type CassetteReader } from '@x07-lab/msg-core/format'
import { viewEntry } from '../inspect/entry-view.ts'
import { entryLine } from '../inspect/render.ts'
import { clockTimes } from '../inspect/times.ts'

/** Keeps back what the broker of a replay does. */
export type Gate = NonNullable<ReplayOptions['gate']>

/** A wait that is shorter is none: timers are no finer. */
const leastWaitMs = 1
/** A terminal's width, where nothing says it. */
const shownColumns = 160

/** Time and timers; default the machine's. */
export interface GateClock {
  readonly now: () => number
  readonly after: (ms: number, callback: () => void) => void
}

const machineClock: GateClock = {
  now: () => performance.now(),
  after: (ms, callback) => void setTimeout(callback, ms),
}

/**
 * The spacing of the recording, by its own clock, divided by a factor. The clock begins with the first thing that the broker does.
 *
 * Memory: six numbers an entry.
 */
export function speedGate(
  cassette: CassetteReader,
  factor: number,
  { signal, clock = machineClock }: { readonly signal: AbortSignal; readonly clock?: GateClock },
): Gate {
  const ticks = new Float64Array(cassette.count)
  for (let entry = 0; entry < ticks.length; entry++) ticks[entry] = decodeEntry(cassette.entry(entry)).latencyTicks ?? 0
  const times = clockTimes(cassette, ticks)
  let started: number | undefined
  return (entry, half, go) => {
    if (signal.aborted) return true
    started ??= clock.now()
    const micros = (half === 'begin' ? times.begin : times.end)[entry] ?? 0
    const left = started + micros / 1_000 / factor - clock.now()
    if (left < leastWaitMs) return true
    clock.after(Math.min(left, 0x7fff_ffff), go)
    return false
  }
}

/** What stepping takes from outside. */
export interface StepOptions {
  /** A line for each step: empty for one, a number for so many, `c` for all that are left. Its end goes on to the end. */
  readonly lines: Readable
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** Says what the broker is about to do, and waits for a line before it does: a debugger's breakpoint at every answer and every delivery. */
export function stepGate(cassette: CassetteReader, { lines, say, signal }: StepOptions): Gate {
  let free = 0
  let waiting: (() => void) | undefined
  let isOver = false
  /** Lines that came before they were asked for, as from a script. */
  const given: string[] = []
  const input = createInterface({ input: lines })
  // Standard input keeps the program alive only while it is waited for.
  const wait = (on: boolean): void => {
    if (lines instanceof Socket) lines[on ? 'ref' : 'unref']()
  }
  wait(false)
  /** How many steps the next line allows; undefined where it has not come. */
  const next = (): number | undefined => {
    for (let line = given.shift(); line !== undefined; line = given.shift()) {
      const steps = stepsIn(line)
      if (steps !== undefined) return steps
      say(`${JSON.stringify(line)} is not a step: press Enter, or give a number of steps from 1, or c for all`)
    }
    return isOver ? Infinity : undefined
  }
  const proceed = (): void => {
    if (waiting === undefined) return
    const steps = next()
    if (steps === undefined) return
    const go = waiting
    wait(false)
    waiting = undefined
    free = steps - 1
    go()
  }
  input.on('line', (line) => {
    given.push(line.trim())
    proceed()
  })
  input.on('close', () => {
    isOver = true
    proceed()
  })
  signal.addEventListener('abort', () => input.close(), { once: true })
  return (entry, half, go) => {
    if (free > 0) {
      free--
      if (free !== Infinity) say(shown(cassette, entry, half))
      return true
    }
    say(`${shown(cassette, entry, half)}  (Enter, a number of steps, or c)`)
    const steps = next()
    if (steps !== undefined) {
      free = steps - 1
      return true
    }
    waiting = go
    wait(true)
    return false
  }
}

function stepsIn(line: string): number | undefined {
  if (line === '') return 1
  if (line === 'c') return Infinity
  return /^[1-9]\d{0,8}$/.test(line) ? Number(line) : undefined
}

function shown(cassette: CassetteReader, entry: number, half: string): string {
  return `step ${half === 'begin' ? 'begins' : 'ends  '} ${entryLine(viewEntry(cassette, entry), shownColumns).trim()}`
}
