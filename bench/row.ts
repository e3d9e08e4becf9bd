/** One line of the table: two figures of the same unit, measured in the same run. */
export interface Measured {
  readonly name: string
  /** What the figures count, such as `messages/s` or `MiB`. */
  readonly unit: string
  readonly ours: number
  readonly other: number
  /** Left out where a figure is told for comparison alone. */
  readonly wanted?: Wanted
}

/** What a figure must come to: a rate as a share of the other one's, or a difference in the row's unit. */
export type Wanted = { readonly ratioAtLeast: number } | { readonly differenceAtMost: number }

/** A row that this machine cannot give, and why. */
export interface Unavailable {
  readonly name: string
  readonly unavailable: string
}

/** What a row is run with. */
export interface BenchContext {
  /** A folder of this run alone, removed at its end. */
  readonly scratch: string
  /** The folder of another checkout, whose build is measured beside this one. */
  readonly before?: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly progress: (line: string) => void
}

/** A comparison; it may give several lines. */
export interface Row {
  /** What `--only` selects. */
  readonly name: string
  /** What is compared with what, and the size of the input. */
  readonly about: string
  readonly run: (context: BenchContext) => Promise<readonly (Measured | Unavailable)[]>
}

/** Whether a line comes to what is wanted; undefined where nothing is. */
export function isMet({ ours, other, wanted }: Measured): boolean | undefined {
  if (wanted === undefined) return undefined
  return 'ratioAtLeast' in wanted ? ours / other >= wanted.ratioAtLeast : ours - other <= wanted.differenceAtMost
}
