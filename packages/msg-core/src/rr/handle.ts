import type { EntryFields } from '../format/cassette/entry.ts'
import type { EntryResponse } from '../format/cassette/entry-response.ts'
import type { CassetteReader } from '../format/cassette/reader.ts'
import type { TextOrBytes } from './matcher.ts'
import type { MatchMode, RrMode } from './modes.ts'

/** Lengths of an entry's fields in bytes, at most. */
export interface EntrySizes {
  readonly key: number
  readonly req: number
  readonly resp: number
}

/**
 * An open cassette. A closed handle throws `RrTrap` `rr invalid handle` from everything but `close`, `stats` included.
 */
export interface RrHandle extends Disposable {
  /** The live mode: a rewrite handle becomes `record_v1` once its first append has emptied the file. */
  readonly mode: RrMode
  readonly matchMode: MatchMode
  /** The entries, in the modes that replay; undefined in the others. */
  readonly reader: CassetteReader | undefined
  /**
   * The document of the entry that answers a call, once its latency has passed on the clock. The entry is taken before
   * the wait, and closing the handle meanwhile does not take it back. The bytes are never overwritten, and no other call
   * gives them; they keep the up to 1 MiB of the file around them alive, so copy what is kept for long.
   *
   * @throws RrError 2012 in a mode that does not replay, 2007 for a key over the budget, 2009 for a miss, 2010 and 2011
   * in transcript where the next entry is another kind or op
   */
  next(kind: TextOrBytes, op: TextOrBytes, key: TextOrBytes): Promise<Uint8Array>
  /**
   * As {@link next}, for the response alone and by ranges, so that its size does not matter. The handle stays open for as long
   * as it is read.
   *
   * @throws RrError as `next`
   */
  nextResponse(kind: TextOrBytes, op: TextOrBytes, key: TextOrBytes): Promise<EntryResponse>
  /**
   * Appends an entry document, verbatim.
   *
   * @throws RrError 2013 in a mode that does not record; 2005 to 2008 from the entry check; 2004 and 2003 for the
   * budgets; 2002 where the file cannot be opened or written, also for an earlier append of the flush policy `turn`;
   * 2014 or 2008 where what the file holds is damaged
   */
  append(document: Uint8Array): void
  /** Encodes and appends an entry. @throws as `append`; RangeError where a field cannot be encoded */
  appendEntry(fields: EntryFields): void
  /**
   * Takes the next number of the one counter over begins and ends, to be written as `seq` of the entry that ends later.
   * From the first call on, every append takes the next number for its end. On a cassette that already holds begin
   * positions the counter goes on behind them.
   *
   * @throws RrError 2013 in a mode that does not record; 2014 or 2008 where what the file holds is damaged
   */
  begin(): number
  /**
   * Sees, before what an entry tells has happened, that it is within the budgets, beside all others admitted.
   *
   * @returns how many bytes it will take, at most
   * @throws RrError as `append` would
   */
  check(sizes: EntrySizes): number
  /**
   * {@link check}, and keeps the entry's place among the budgets and, where the file is this handle's own (`exclusive`), on the
   * disk: it can be appended.
   *
   * @returns what to {@link release} before the entry is appended, or when there will be none
   * @throws RrError as `append` would
   */
  admit(sizes: EntrySizes): number
  release(admitted: number): void
  /** Hands everything appended to the operating system. @throws RrError 2002 where that fails */
  flush(): void
  /** X07's statistics, byte for byte: `{"v":1,"mode":M,"match_mode":K,"cassettes":1,"entries":E,"used":U,"bytes":B}`. */
  stats(): string
  /** Closes; false where it was closed before. @throws RrError 2002 where what was appended could not be written */
  close(): boolean
}
