import type { MatchRule } from './match.ts'

/** Who does it: the program under replay, or the broker that the engine plays. */
export type Side = 'program' | 'broker'

/**
 * Which part of its entry an event is. The port's entries are two events, one at each end of a call or a delivery; the
 * socket's are one.
 */
export type Half = 'begin' | 'end' | 'whole'

/** One thing that happened in the recorded run. */
export interface PlaybackEvent {
  /** Index of the entry in file order. */
  readonly entry: number
  readonly half: Half
  readonly side: Side
  /** What the program does is matched within a lane; between lanes only causes hold. Numbers from 0, small. */
  readonly lane: number
  /**
   * How what the program does is matched with the lane; of the broker's events only `asserted` is looked at: an event that
   * is not asserted is never missed.
   */
  readonly rule: MatchRule
  /** Broker events that follow each other with one number came together, and are released together. */
  readonly turn: number
  /** When it happened; absent where the tape tells no times. */
  readonly time?: RecordedTime
}

/** When an event happened while it was recorded, in milliseconds. */
export interface RecordedTime {
  /** Since the recording began. */
  readonly at: number
  /** Since the event before it. */
  readonly since: number
}

/** What an order reads of a cassette: positions and classes, never contents. */
export interface Tape {
  /** Number of entries. */
  readonly count: number
  /** What an entry, or one half of it, is; undefined where it is nobody's business (results, the seal). */
  event(entry: number, half: Half): PlaybackEvent | undefined
}

/** A tape whose entries say where they began. */
export interface CausalTape extends Tape {
  /**
   * The place of the entry's begin in the one counter over begins and ends of all entries; undefined where the cassette
   * does not say (X07's own do not).
   */
  begin(entry: number): number | undefined
  /** All the places at which an entry begins, where somebody has them. */
  readonly begins?: { has(position: number): boolean } | undefined
  /** Which entry begins at a position, where somebody knows of one that ends far behind it; without it all that is between is looked at. */
  farEntry?(position: number): number | undefined
}
