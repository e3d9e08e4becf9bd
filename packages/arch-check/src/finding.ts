/** A JSON value as contracts hold it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** One RFC 6902 operation. */
export type JsonPatchOp =
  | { op: 'add' | 'replace' | 'test'; path: string; value: Json }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; from: string; path: string }

/** Suggested edits of one file; `path` is relative to the repository root, with `/` separators. */
export interface Patch {
  path: string
  ops: JsonPatchOp[]
  note?: string
}

/** How bad a finding is; only `error` makes the exit code 2. */
export type Severity = 'error' | 'warning' | 'info' | 'hint'

/** Where a finding points in the form X07 reports it: a whole file, or a JSON pointer into the module under scan. */
export type ReportedLocation = { file: string } | { astPtr: string }

/** Where the offending value really stands; `line` and `col` count from 1, `col` in code points. */
export interface Position {
  file: string
  pointer?: string
  line?: number
  col?: number
}

/** One result of a check, as data; formatting is elsewhere. */
export interface Finding {
  /** `E_ARCH_…` or `W_ARCH_…`, listed in the catalogue. */
  code: string
  severity: Severity
  stage: 'parse' | 'lint'
  /** A sentence for people, lower case, without a full stop. */
  message: string
  /** The location X07 reports; absent where X07 gives none. */
  loc?: ReportedLocation
  /** The real place, for people, code frames and SARIF; not part of X07's report. */
  at?: Position
  /** The machine-readable metadata, with X07's key names. */
  data?: Record<string, Json>
  /** `x07`: X07's `arch check` reports it too. `own`: one of ours on top. */
  origin: 'x07' | 'own'
}
