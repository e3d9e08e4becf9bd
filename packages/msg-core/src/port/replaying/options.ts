import type { Driver, Wire } from '../index.ts'
import type { DriverObserver } from '../observer.ts'
import type { Divergence } from './divergence.ts'

/** What {@link replaying} may be told. */
export interface ReplayingOptions {
  /** Which wire and endpoint to play; by default those of the cassette's first messaging entry. */
  readonly wire?: Wire
  readonly endpoint?: string
  /** `strict` (default): a publish or settle that differs is a divergence. `x07`: requests are not compared, as in X07. */
  readonly match?: 'strict' | 'x07'
  readonly observer?: DriverObserver
  /** Positions of begins that never ended, from the seal. */
  readonly openBegins?: ReadonlySet<number>
  /**
   * How long nothing may move while the program waits, before the replay fails with `timeout`; default 5,000 ms. No broker
   * is involved, so waiting means that the program no longer does what it did.
   */
  readonly stallMs?: number
}

/** What a replay found. */
export interface ReplayReport {
  /** The first 100. */
  readonly divergences: readonly Divergence[]
  /** How many there were in all. */
  readonly divergenceCount: number
}

/** A driver without a broker: it answers from a cassette. */
export interface ReplayingDriver extends Driver {
  /** The divergences so far; in the strict match also the recorded entries that were not asked for yet. */
  report(): ReplayReport
}
