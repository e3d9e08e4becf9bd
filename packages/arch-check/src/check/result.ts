import type { ContractModel } from '../x07/contracts/model.ts'
import type { Documents } from '../x07/document/documents.ts'
import type { Finding, Patch } from '../finding.ts'

/** 0: no error; 2: findings; 3: manifest or manifest lock unusable; 4: a tool budget was exceeded. */
export type ExitCode = 0 | 2 | 3 | 4

/** Counts of one pass. */
export interface CheckStats {
  modules: number
  nodes: number
  moduleEdges: number
  nodeEdges: number
}

/** A lock file as it would be written now. */
export interface LockFile {
  /** Absolute. */
  path: string
  text: string
}

/** What one pass over a repository found. */
export interface CheckResult {
  /** Sorted. */
  findings: Finding[]
  /** Sorted by path, one for each file. */
  patches: Patch[]
  stats: CheckStats
  exitCode: ExitCode
  manifest: { path: string; hash: string | null }
  /** Whether the pass came to its end: else the locks are not known. */
  complete: boolean
  /** What the locks would pin otherwise than before, a line each, in words. */
  pinned: readonly string[]
  /** The locks as they would be now, where they are to be written; a manifest lock only where it would say something else. */
  locks: LockFile[]
  /** The contracts that could be read. */
  model: ContractModel
  /** Every document read, for code frames. */
  documents: Documents
}
