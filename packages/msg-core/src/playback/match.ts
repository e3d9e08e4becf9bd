import type { PlaybackEvent } from './event.ts'

/** What a rule sees of a lane: the recorded events that the program has not done yet. */
export interface OpenLane {
  /** The first open event that was not passed over; undefined at the end of the lane. */
  next(): PlaybackEvent | undefined
  /** Whether what the program does now is what this event says. */
  same(event: PlaybackEvent): boolean
  /**
   * The first open event that says the same, among those passed over and the next `within` ones; by digest, so that its cost
   * does not depend on `within`.
   */
  find(within: number): PlaybackEvent | undefined
  /** The last event matched that said the same. */
  again(): PlaybackEvent | undefined
  /** The last event matched, whatever it said. */
  latest(): PlaybackEvent | undefined
}

/** The event that an act of the program is, and whether it has been one before. */
export interface Found {
  readonly event: PlaybackEvent
  readonly repeated?: boolean
}

/** How the acts of a lane are put beside its recorded events. */
export interface MatchRule {
  readonly name: 'ordered' | 'nearby' | 'bag' | 'last' | 'repeat' | 'optional'
  /** Whether the broker waits for the lane's events, and one that never comes is a divergence. */
  readonly asserted: boolean
  /** Whether an act passes over the open events before it, which then count as left out and keep nobody waiting. */
  readonly passes: boolean
  /** Finds the event that the act is; undefined where the rule knows none, which is a divergence. */
  find(lane: OpenLane): Found | undefined
}

/** How far from its place an act may be under {@link nearby}, in events of its lane. */
const nearbyReach = 32

/**
 * How far ahead a {@link bag} is searched, in events of its lane: what runs at the same time is far fewer, and an act that
 * the recording does not have must not read a long cassette to its end.
 */
const bagReach = 4_096

/** The next event of the lane. One that lies a little further on, or was passed over, is found too, as a divergence. */
export const ordered: MatchRule = { name: 'ordered', asserted: true, passes: true, find: inOrder }

/** In order, or up to 32 events away: tasks that overlap a little. */
export const nearby: MatchRule = {
  name: 'nearby',
  asserted: true,
  passes: false,
  find: (lane) => within(lane, nearbyReach),
}

/** In any order: tasks that run at the same time. */
export const bag: MatchRule = { name: 'bag', asserted: true, passes: false, find: (lane) => within(lane, bagReach) }

/** The next equal event, else the last equal one once more; nobody waits for it: queries and session calls. */
export const repeat: MatchRule = {
  name: 'repeat',
  asserted: false,
  passes: false,
  find(lane) {
    const found = within(lane, bagReach)
    if (found !== undefined) return found
    const event = lane.again()
    return event && { event, repeated: true }
  },
}

/** However often, whatever it says; the last one of the run must equal the last recorded one: commits of a position. */
export const last: MatchRule = {
  name: 'last',
  asserted: false,
  passes: false,
  find(lane) {
    const next = lane.next()
    if (next !== undefined) return { event: next }
    const event = lane.latest()
    return event && { event, repeated: true }
  },
}

/** In any order, and it may be left out: what a program does after its connection is gone. */
export const optional: MatchRule = {
  name: 'optional',
  asserted: false,
  passes: false,
  find: (lane) => within(lane, bagReach),
}

/** All rules by name, for options and contracts. */
export const matchRules = { ordered, nearby, bag, last, repeat, optional } as const

function inOrder(lane: OpenLane): Found | undefined {
  const event = lane.next()
  return event !== undefined && lane.same(event) ? { event } : undefined
}

function within(lane: OpenLane, reach: number): Found | undefined {
  const event = lane.next()
  if (event !== undefined && lane.same(event)) return { event }
  const found = lane.find(reach)
  return found && { event: found }
}
