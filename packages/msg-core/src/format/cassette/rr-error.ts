/** What each error number of `std.rr` means; numbers and meanings are X07's. */
export const RR_ERRORS = {
  2000: 'cfg invalid',
  2001: 'cfg unsupported',
  2002: 'open failed',
  2003: 'budget: cassette bytes',
  2004: 'budget: entries',
  2005: 'budget: req bytes',
  2006: 'budget: resp bytes',
  2007: 'budget: key bytes',
  2008: 'entry invalid',
  2009: 'miss',
  2010: 'kind mismatch',
  2011: 'op mismatch',
  2012: 'mode has no replay',
  2013: 'mode has no append',
  2014: 'truncated',
} as const

/** The closed set of error numbers of record/replay. */
export type RrErrorCode = keyof typeof RR_ERRORS

/** Where in a cassette an error was seen: byte offset in the file or document, index of the entry (from 0). */
interface RrErrorPlace {
  readonly offset?: number | undefined
  readonly entry?: number | undefined
  readonly cause?: unknown
}

/**
 * Every failure of a cassette or of an rr call. `code` is X07's number, `offset` the byte and `entry` the index at which
 * it was seen, where there is one. The message says what to do, and never holds a payload. Nothing here is worth
 * trying again unchanged, so `retryable` is false.
 */
export class RrError extends Error {
  override readonly name = 'RrError'
  readonly code: RrErrorCode
  readonly offset: number | undefined
  readonly entry: number | undefined
  readonly retryable = false

  constructor(code: RrErrorCode, message: string, place: RrErrorPlace = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause })
    this.code = code
    this.offset = place.offset
    this.entry = place.entry
  }
}

/** The texts with which X07 aborts a program; here they are thrown, so that a caller can clean up. */
type RrTrapText =
  | 'rr invalid handle'
  | 'rr.entry_resp_v1 invalid entry'
  | 'rr.entry_resp_v1 missing resp'
  | 'rr.entry_err_v1 invalid entry'
  | 'rr.entry_err_v1 invalid err'
  | 'rr.entry_err_v1 missing err'

/** A broken contract of the calling program: a closed handle used, a document that is no entry read. `trap` is X07's text. */
export class RrTrap extends Error {
  override readonly name = 'RrTrap'
  readonly trap: RrTrapText

  constructor(trap: RrTrapText, detail: string) {
    super(`${trap}: ${detail}`)
    this.trap = trap
  }
}
