/**
 * What the page shows, as it is handed over: small tables about every entry, and the messages in compressed blocks that the
 * page opens when somebody looks at them. The page knows nothing of cassettes, brokers or files.
 */

/** JSON, as it stands in a page. */
export type PageJson = null | boolean | number | string | readonly PageJson[] | { readonly [name: string]: PageJson }

/** What an entry is; the number in the table of kinds. */
export const entryKinds = ['publish', 'delivery', 'result', 'seal', 'other'] as const

export type PageKind = (typeof entryKinds)[number]

/** Set in the table of flags where it is true of an entry. */
export const entryFlags = { divergent: 1, redelivered: 2, redacted: 4, failed: 8 } as const

/** What the tables hold of an entry by itself, and what is shown of it. */
export interface PageEntry {
  readonly kind: PageKind
  readonly outcome: string
  /** Row of the timeline: a topic and partition, a queue, a connection, a channel. */
  readonly track: string
  /** Microseconds that it took. */
  readonly ticks: number
  /** Bytes of the message's value, or of what was sent and answered where there is no message. */
  readonly size: number
  /** Bits of {@link entryFlags}. */
  readonly flags: number
  readonly details: PageDetails
}

/** What is known of entries only when all of them were read, by entry. */
export interface PageJoins {
  /** Where it began and ended, on the page's clock. */
  readonly begin: ArrayLike<number>
  readonly end: ArrayLike<number>
  /** The entry that caused it; -1 where none is known. */
  readonly cause: ArrayLike<number>
}

/** What is shown of an entry when somebody looks at it. */
export interface PageDetails {
  readonly op: string
  readonly lane: string
  readonly topic: string | null
  /** As text: hex where it is not UTF-8, `(null)` and `(empty)` told apart. */
  readonly key: string | null
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly properties: PageJson
  readonly metadata: PageJson
  readonly reason: string | null
  readonly readings: readonly { readonly form: string; readonly fields: readonly (readonly [string, PageJson])[] }[]
  /** The body: text, or hex; null where there is none; `same` names the entry that has the same one. */
  readonly body:
    | { readonly text: string }
    | { readonly hex: string; readonly bytes: number }
    | { readonly same: number }
    | null
  /** The whole entry as it stands in the file, in hex. */
  readonly raw: string
}

/** Something that a replay did otherwise, at an entry. */
export interface PageDivergence {
  /** -1 where it belongs to no entry. */
  readonly entry: number
  readonly text: string
  readonly fields: readonly { readonly field: string; readonly recorded: string; readonly now: string }[]
}

/** One recording on a page. */
export interface PageRecording {
  readonly name: string
  readonly entries: number
  readonly bytes: number
  /** What the seal says, or that there is none. */
  readonly seal: PageJson
  /** `position`: begins and ends counted; `microseconds`: the tape's own clock. */
  readonly clock: 'position' | 'microseconds'
  readonly divergences: readonly PageDivergence[]
  /** How many there were, where these are not all. */
  readonly divergenceCount?: number
}

/** The head of one recording in the page: what is needed for the first view. */
export interface PageIndex extends PageRecording {
  readonly tracks: readonly string[]
  readonly outcomes: readonly string[]
  /** Entries in a block of details. */
  readonly blockEntries: number
  /** Numbers an entry in {@link columnNames}, as base64 of raw deflate, column by column. */
  readonly columns: Readonly<Record<ColumnName, string>>
}

/** The columns of the tables and how wide a number in them is. */
export const columns = {
  kind: 1,
  outcome: 2,
  track: 2,
  begin: 4,
  end: 4,
  ticks: 4,
  size: 4,
  cause: 4,
  flags: 1,
} as const

export type ColumnName = keyof typeof columns

/** Rows of the timeline, at most; what is left shares the last one. */
export const maxTracks = 65_535
