/** One call of a script; all bytes are hex. `h` is a handle as X07 numbers them: 1, 2, 3 … in the order opened. */
export type RrCall =
  | { readonly op: 'open'; readonly cfg: string }
  | { readonly op: 'next'; readonly h: number; readonly kind: string; readonly opid: string; readonly key: string }
  | { readonly op: 'append'; readonly h: number; readonly doc: string }
  | { readonly op: 'stats' | 'close'; readonly h: number }
  | { readonly op: 'current' }
  | { readonly op: 'entry_resp' | 'entry_err'; readonly doc?: string }
  | { readonly op: 'with'; readonly cfg: string; readonly script: readonly RrCall[] }

/** What one call gave; `partial` are the results inside a scope in which the program was aborted. */
export interface RrCallResult {
  readonly op: RrCall['op']
  readonly ok?: number
  readonly err?: number
  readonly ok_hex?: string
  readonly hex?: string
  readonly i32?: number
  readonly text?: string
  readonly with?: readonly RrCallResult[]
  readonly partial?: readonly RrCallResult[]
}

/** Call counters and the virtual time at the end. */
export interface RrMetrics {
  readonly rr_open_calls: number
  readonly rr_close_calls: number
  readonly rr_stats_calls: number
  readonly rr_next_calls: number
  readonly rr_next_miss_calls: number
  readonly rr_append_calls: number
  readonly virtual_time_end: number
}

/** What a script gives: results up to a trap, the trap's text, and, where there was none, the counters. */
export interface RrAnswer {
  readonly results: readonly RrCallResult[]
  readonly trap: string | null
  readonly trap_at?: readonly number[]
  readonly metrics?: RrMetrics | null
}

/** Surroundings of a script other than a plain `.x07_rr` folder. */
type RrEnvironment = 'dir' | 'dev_full' | 'no_rr_dir' | 'parent_exists' | 'solve_append'

/** A script of rr calls and what X07's own runtime answered to it. */
export interface RrVector extends RrAnswer {
  readonly id: string
  /** The watched cassette, relative to `.x07_rr/`. */
  readonly path_hex: string
  /** Its bytes before and after; null where there is no file. */
  readonly file_before_hex: string | null
  readonly file_after_hex: string | null
  readonly script: readonly RrCall[]
  readonly env?: RrEnvironment
  /** Numbers of the known bugs of X07 that the answer shows, separated by commas. */
  readonly x07_bug?: string
  /** The answer of a runtime without the bug that read appended entries from the wrong place. */
  readonly safe?: RrAnswer
}

/** Whether a parsed line is an rr vector. */
export function isRrVector(value: unknown): value is RrVector {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    'path_hex' in value &&
    'file_before_hex' in value &&
    'file_after_hex' in value &&
    'script' in value &&
    Array.isArray(value.script) &&
    'results' in value &&
    Array.isArray(value.results)
  )
}
