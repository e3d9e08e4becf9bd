/**
 * What a writer says of one entry. `kind`, `op` and `key` as strings are written as UTF-8.
 *
 * The shapes that exist are all written by leaving fields out: X07's library writes the first five and `err`; X07's
 * command line adds `seq` and `v: 1` (and `latencyTicks` unless 0); this program adds `latencyTicks` and `seq`, where
 * `seq` without `v` is the entry's begin position.
 */
export interface EntryFields {
  readonly kind: string | Uint8Array
  readonly op: string | Uint8Array
  readonly key: string | Uint8Array
  readonly req: Uint8Array
  readonly resp: Uint8Array
  /** Outcome of the recorded call, 0 (the default) is success; magnitude at most 2147483647. */
  readonly err?: number | undefined
  /** u32; what a tick is, the op tells. */
  readonly latencyTicks?: number | undefined
  /** u32. */
  readonly seq?: number | undefined
  /** Entry version, u32. */
  readonly v?: number | undefined
}

/** One decoded entry. The byte fields are views into the decoded document, borrowed. */
export interface Entry {
  readonly kind: Uint8Array
  readonly op: Uint8Array
  readonly key: Uint8Array
  readonly req: Uint8Array
  readonly resp: Uint8Array
  /** Undefined where the text is none that X07 could read. */
  readonly err: number | undefined
  /** Undefined where the entry has none. */
  readonly latencyTicks: number | undefined
  /** Undefined where the entry has none, or none that is a u32. */
  readonly seq: number | undefined
  /** Undefined where the entry has none, or none that is a u32. */
  readonly v: number | undefined
}
