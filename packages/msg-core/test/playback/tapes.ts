import * as fc from 'fast-check'
import {
  causalOrder,
  Engine,
  fileOrder,
  matchRules,
  type CausalTape,
  type Comparison,
  type Half,
  type MatchRule,
  type PlaybackEvent,
  type Tape,
} from '../../src/playback/index.ts'

const { ordered } = matchRules

/** One event of a tape of single events: what it says, and what it is. */
export interface Said {
  readonly says: string
  readonly side?: 'program' | 'broker'
  readonly lane?: number
  readonly rule?: MatchRule
  readonly turn?: number
}

/** `'>a'` is the program's, `'<a'` the broker's; each broker event is a turn of its own unless it says otherwise. */
export function said(line: string, more: Partial<Said> = {}): Said {
  return { says: line.slice(1), side: line.startsWith('>') ? 'program' : 'broker', ...more }
}

/**
 * An engine over single events, and what each of them says.
 *
 * @param alike what acts are alike by that are not the same
 */
export function fileEngine(events: readonly Said[], alike?: (says: string) => string): Engine<string> {
  const tape: Tape = {
    count: events.length,
    event: (entry) => {
      const { side = 'program', lane = 0, rule = ordered, turn = entry } = events[entry] ?? { says: '' }
      return { entry, half: 'whole', side, lane, rule, turn }
    },
  }
  return new Engine(
    fileOrder(tape),
    texts((entry) => events[entry]?.says ?? '', alike),
  )
}

/** Compares acts, which are texts, with what the entries say. */
export function texts(
  saysOf: (entry: number) => string,
  alike: (says: string) => string = (says) => says,
): Comparison<string> {
  return {
    same: ({ entry }, act) => saysOf(entry) === act,
    digest: alike,
    digestOf: ({ entry }) => alike(saysOf(entry)),
    keep: (act) => act,
  }
}

/** What became of an act, in a word and the entry. */
export function offered(engine: Engine<string>, act: string, lane = 0): string {
  const result = engine.offer(lane, act)
  if (result.kind === 'extra') return 'extra'
  const { kind, event } = result
  if (kind !== 'matched') return `${kind} ${event.entry}`
  return `${event.entry}${result.inOrder ? '' : ' out of order'}${result.repeated ? ' again' : ''}`
}

/** All that the broker gives now, one after the other. */
export function given(engine: Engine<string>): number[] {
  const entries: number[] = []
  for (let event = engine.cut.next(); event !== undefined; event = engine.cut.next()) entries.push(event.entry)
  return entries
}

/** What happened: `+n` began and `-n` ended thing `n`, in this order. Things without an end stay open. */
export function history(
  steps: readonly string[],
  role: (thing: number) => 'call' | 'delivery',
  rule: MatchRule = ordered,
): { tape: CausalTape; open: Set<number>; things: readonly number[] } {
  const begins = new Map<number, number>()
  const entries: { begin: number; role: 'call' | 'delivery' }[] = []
  const things: number[] = []
  steps.forEach((step, position) => {
    const thing = Number(step.slice(1))
    if (step.startsWith('+')) begins.set(thing, position)
    else {
      entries.push({ role: role(thing), begin: begins.get(thing) ?? -1 })
      things.push(thing)
      begins.delete(thing)
    }
  })
  const event = (entry: number, half: Half): PlaybackEvent => ({
    entry,
    half,
    side: (entries[entry]?.role === 'call') === (half === 'begin') ? 'program' : 'broker',
    lane: entries[entry]?.role === 'call' ? 0 : 1,
    rule,
    turn: 0,
  })
  const tape = { count: entries.length, begin: (entry: number) => entries[entry]?.begin, event }
  return { tape, open: new Set(begins.values()), things }
}

/** An engine over a history: calls say the number of their thing. */
export function causalEngine(
  steps: readonly string[],
  role: (thing: number) => 'call' | 'delivery',
  rule?: MatchRule,
): Engine<string> {
  const { tape, open, things } = history(steps, role, rule)
  return new Engine(
    causalOrder(tape, open),
    texts((entry) => String(things[entry])),
  )
}

/** Histories of things that begin, overlap and end; some never do. */
export const histories = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.boolean()), { maxLength: 40 }).map((moves) => {
  const steps: string[] = []
  const running: number[] = []
  let next = 0
  for (const [which, starts] of moves) {
    if (starts || running.length === 0) {
      running.push(next)
      steps.push(`+${next++}`)
    } else {
      steps.push(`-${running.splice(which % running.length, 1)[0]}`)
    }
  }
  return steps
})
