import type { Message } from '../../format/envelope/index.ts'
import type { Half, ReplayReport, Scheduler } from '../../playback/index.ts'
import type { Driver } from '../index.ts'
import type { DriverObserver } from '../observer.ts'
import type { PartChoice } from './parts.ts'

/** Names of the rules that an option may give a lane: in order, a little out of it, or in any order. */
export type LaneRule = 'ordered' | 'nearby' | 'bag'

/** What a replay is told about the program: what may differ, and what happens where something else does. */
export interface ReplayMatchOptions {
  /**
   * `throw` (default): the first divergence is told on standard error, and `close` rejects with a ReplayError that carries
   * the report. `report`: neither, and the program reads `report()` itself.
   */
  readonly onDivergence?: 'throw' | 'report'
  /**
   * Paths of a message whose value is another one in every run: `topic`, `key`, `value`, `properties/correlationId`,
   * `headers/x-request-id`, `value/ts` (JSON Pointers below `value`). They are not compared, and counted.
   */
  readonly ignore?: readonly string[]
  /**
   * Paths whose recorded value and value now are one from the first publish on: where the recording gives the one, the
   * program gets the other, so that request and reply find each other. Counted.
   */
  readonly bind?: readonly string[]
  /** Asked of two messages that differ beyond that: true where they are the same to this program. */
  readonly compare?: (recorded: Message, now: Message) => boolean
  /**
   * How acts are matched: `ordered`, `nearby` (32 places) or `bag` (any order). By default in order, or as a bag where the
   * recording shows that deliveries were handled at the same time.
   */
  readonly rules?: { readonly publish?: LaneRule; readonly settle?: LaneRule }
}

/** What {@link openReplay} may be told. */
export interface ReplayOptions extends ReplayMatchOptions {
  /** What messages call the cassette; by default they name the endpoint. */
  readonly cassette?: string
  /** Names under which drivers are asked for, those that recorded nothing among them. */
  readonly names?: readonly string[]
  /** `strict` (default): a publish or settle that differs is a divergence. `x07`: requests are not compared, as in X07. */
  readonly match?: 'strict' | 'x07'
  readonly observer?: DriverObserver
  /** Positions of begins that never ended, from the seal. */
  readonly openBegins?: ReadonlySet<number>
  /**
   * How long nothing may move while the program waits, before the replay fails with `stalled`; default 2,000 ms, more where
   * the recording had a pause, and 5,000 ms for recordings that do not tell. No broker is involved, so waiting means that the
   * program no longer does what it did.
   */
  readonly stallMs?: number
  /** Where the first divergence is told; default standard error. */
  readonly tell?: (line: string) => void
  readonly scheduler?: Scheduler
  /** Hears of each half of an entry as it happens in the replay, in that order. */
  readonly onEvent?: (entry: number, half: Half) => void
  /**
   * Keeps back what the broker does: asked before each half of an entry that the broker brings about. Where it gives false the replay
   * waits until `go` is called; nothing stalls meanwhile.
   */
  readonly gate?: (entry: number, half: Half, go: () => void) => boolean
}

/** What {@link replaying} may be told: also which part to play, by default that of the cassette's first messaging entry. */
export interface ReplayingOptions extends ReplayOptions, PartChoice {}

/** A driver without a broker: it answers from a cassette. */
export interface ReplayingDriver extends Driver {
  /** The divergences so far; in the strict match also the recorded entries that were not asked for yet. */
  report(): ReplayReport
  /** Whether an error is a failure of the recording that was played again, and not one of the replay. */
  isRecordedFailure(error: unknown): boolean
}
