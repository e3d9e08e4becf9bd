/** The five modes; the place in the list is the mode's number in X7RC and in stats. */
export const RR_MODES = ['off', 'record_v1', 'replay_v1', 'record_missing_v1', 'rewrite_v1'] as const

/** What a handle does: see {@link MODE_RULES}. */
export type RrMode = (typeof RR_MODES)[number]

/** The two ways of matching; the place in the list is the number in X7RC and in stats. */
export const MATCH_MODES = ['lookup_v1', 'transcript_v1'] as const

/** How `next` finds an entry: see {@link MATCH_RULES}. */
export type MatchMode = (typeof MATCH_MODES)[number]

/** What a mode does with the cassette file. */
export interface ModeRule {
  /** Whether the file is read and checked at open, and whether it has to be there. */
  readonly load: 'no' | 'required' | 'if present'
  /** Whether `next` serves entries; else it is 2012. */
  readonly next: boolean
  /** Whether `append` takes entries, and what happens to the old content at the first; `no` is 2013. */
  readonly append: 'no' | 'keep' | 'truncate'
  /** The mode that stats report once an append has opened the file. */
  readonly afterFirstAppend: RrMode
}

/**
 * The modes. Budgets follow from `load`: `max_cassette_bytes` and `max_entries` count what was loaded and what this
 * handle appended, so in a mode that loads nothing only the latter.
 */
export const MODE_RULES: Readonly<Record<RrMode, ModeRule>> = {
  off: { load: 'no', next: false, append: 'no', afterFirstAppend: 'off' },
  record_v1: { load: 'no', next: false, append: 'keep', afterFirstAppend: 'record_v1' },
  replay_v1: { load: 'required', next: true, append: 'no', afterFirstAppend: 'replay_v1' },
  record_missing_v1: { load: 'if present', next: true, append: 'keep', afterFirstAppend: 'record_missing_v1' },
  rewrite_v1: { load: 'no', next: false, append: 'truncate', afterFirstAppend: 'record_v1' },
}

/** How a match mode finds the entry that answers a call. */
export interface MatchRule {
  /** The first unused entry of the lane asked for, or the next entry of the file whatever it is. */
  readonly candidate: 'first unused of lane' | 'next of file'
  /** Fields compared after the candidate is taken; one that differs has consumed it all the same. */
  readonly compared: readonly ('kind' | 'op')[]
  /** Whether a hit counts as used in stats. */
  readonly counted: boolean
}

/** The match modes. A lane is the exact triple (kind, op, key), so in lookup nothing is left to compare. */
export const MATCH_RULES: Readonly<Record<MatchMode, MatchRule>> = {
  lookup_v1: { candidate: 'first unused of lane', compared: [], counted: true },
  transcript_v1: { candidate: 'next of file', compared: ['kind', 'op'], counted: false },
}
