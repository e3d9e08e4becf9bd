/** One field in which two messages differ; values are shortened renderings. */
export interface FieldDifference {
  /** `topic`, `key`, `headers`, `properties`, `value`, a JSON Pointer below `value` such as `value/user/id`, or `bytes`. */
  readonly field: string
  readonly recorded: string
  readonly now: string
}

/** Where a program did something else than the recording, as data. */
export type Divergence =
  | {
      /** A publish whose bytes differ from the recorded request. */
      readonly kind: 'changed'
      readonly op: string
      readonly key: string
      /** Index of the recorded entry at this place of the lane. */
      readonly entry: number
      readonly differences: readonly FieldDifference[]
      /** Another entry of the lane, near, with exactly these bytes: the order changed, and the answer is that entry's. */
      readonly sameAs?: number
    }
  | {
      /** A publish beyond the last recorded one of its lane. */
      readonly kind: 'extra'
      readonly op: string
      readonly key: string
      readonly recorded: number
    }
  | {
      readonly kind: 'settled_differently'
      readonly op: string
      readonly key: string
      readonly entry: number
      readonly recorded: string
      readonly now: string
    }
  | {
      /** The program waits for what the recording gives only after something that the program did not do. */
      readonly kind: 'stalled'
      readonly op: string
      readonly key: string
      /** The entry that the program would have to publish or settle; null where the recording has nothing more. */
      readonly entry: number | null
      readonly wanted: 'publish' | 'settle' | null
    }
  | {
      /** Recorded entries that the program never asked for. */
      readonly kind: 'unused'
      readonly op: string
      readonly key: string
      /** The first of them. */
      readonly entry: number
      readonly count: number
    }

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
