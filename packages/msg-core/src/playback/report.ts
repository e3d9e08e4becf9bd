/** One field in which two messages differ; values are shortened renderings. */
export interface FieldDifference {
  /** `topic`, `key`, `headers`, `properties`, `value`, a JSON Pointer below `value` such as `value/user/id`, or `bytes`. */
  readonly field: string
  readonly recorded: string
  readonly now: string
}

/** Where a program did something else than the recording, as data. `op` and `key` are those of the cassette's lane. */
export type Divergence = { readonly op: string; readonly key: string } & (
  | {
      /** A message in the place of the recorded one. */
      readonly kind: 'changed'
      readonly entry: number
      readonly differences: readonly FieldDifference[]
      /** The entry that says exactly this, where there is one: the order changed. */
      readonly sameAs?: number
    }
  | {
      /** What was recorded as `entry` came in another order: before `before`, where that is known. */
      readonly kind: 'moved'
      readonly entry: number
      readonly before: number | null
    }
  | {
      /** One more than was recorded, before the entry `before`, or at the end of the lane. */
      readonly kind: 'extra'
      readonly before?: number | null
      /** How many were recorded, where the player counts them. */
      readonly recorded?: number
    }
  | {
      /** Another outcome than the recorded one; `never` where the recording has no settle. */
      readonly kind: 'settled_differently'
      readonly entry: number
      readonly recorded: string
      readonly now: string
    }
  | {
      /** A second settle of a delivery, which the recording does not have. */
      readonly kind: 'settled_again'
      readonly entry: number
      readonly outcome: string
    }
  | {
      /** Deliveries that the program took and did not settle, as it did when it was recorded. */
      readonly kind: 'unsettled'
      /** The first of them. */
      readonly entry: number
      readonly count: number
    }
  | {
      /** The program waits for what the recording gives only after something that the program did not do. */
      readonly kind: 'stalled'
      /** The entry with which the recording goes on; null where it has nothing more. */
      readonly entry: number | null
      readonly wanted: 'publish' | 'settle' | 'iterate' | 'topology' | 'transaction' | null
    }
  | {
      /** Recorded entries that the program left out. */
      readonly kind: 'unused'
      /** The first of them. */
      readonly entry: number
      readonly count: number
    }
)

/** What a replay found. */
export interface ReplayReport {
  /** The first 100. */
  readonly divergences: readonly Divergence[]
  /** How many there were in all. */
  readonly divergenceCount: number
  /** Acts that matched at another place than the recorded one, where the rule of their lane allows it. */
  readonly outOfOrder: number
  /** Differences that were not looked at because a path is ignored, by path. */
  readonly ignored: Readonly<Record<string, number>>
  /** Values that stood for others of the recording, by path. */
  readonly bound: Readonly<Record<string, number>>
  /** What the rules of a protocol allowed beyond the recorded order, by rule. */
  readonly relaxations: Readonly<Record<string, number>>
}

/** The report of a run that found nothing, or that recorded. */
export const emptyReport: ReplayReport = {
  divergences: [],
  divergenceCount: 0,
  outOfOrder: 0,
  ignored: {},
  bound: {},
  relaxations: {},
}
