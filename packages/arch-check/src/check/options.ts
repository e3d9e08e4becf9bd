import type { PassedBefore } from '../passed-before.ts'

/** Which findings a check makes: X07's alone, or ours on top. */
export type Rules = 'x07' | 'all'

/** What one pass over a repository needs to know. */
export interface CheckOptions {
  /** The repository root, absolute. */
  root: string
  /** Relative to the root; `arch/manifest.x07arch.json` where absent. */
  manifestPath?: string | undefined
  /** The manifest lock; `arch/manifest.lock.json` where absent, if there is one. */
  lockPath?: string | undefined
  rules?: Rules
  /** Locks must be there and match. */
  frozen?: boolean
  /** The locks are about to be written: what they say now does not count. */
  writeLock?: boolean
  /** Cassettes to pin although their pins say otherwise, or although they have no seal; below `.x07_rr`, or from the root. */
  pin?: readonly string[]
  /** The time by which cassettes expire, in milliseconds since 1970; default that of the call. */
  now?: number
  /** These win over the manifest's `tool_budgets`. */
  maxModules?: number | undefined
  maxEdges?: number | undefined
  maxDiags?: number | undefined
  /** Bytes of manifest, lock and modules together; unlimited where absent. */
  maxBytesIn?: number | undefined
  /** A file of this very build, where what it found in TypeScript sources before is kept, by their hash. */
  parsedFile?: string | undefined
  /** What this very build let pass before. */
  passed?: PassedBefore
}
