import type { Finding, Patch } from '../../finding.ts'
import type { Manifest, ManifestNode } from '../manifest/types.ts'
import type { Module } from './module.ts'

/** Whose rules hold: X07's alone, or X07's mended and with ours on top. */
export type Rules = 'x07' | 'all'

/** What the graph checks look at. */
export interface GraphInput {
  /** Absolute path of the repository root. */
  root: string
  /** As reports print it, relative to the root: patches go there, and findings point there by JSON pointer. */
  manifestPath: string
  manifest: Manifest
  /** The globs of the manifest lock; invalid ones are the caller's to report, see `invalidGlob`. */
  includeGlobs: readonly string[]
  excludeGlobs: readonly string[]
  limits: GraphLimits
  rules: Rules
  /** Where what was found in sources before is kept; nowhere where absent. */
  parsedFile?: string | undefined
}

/** Tool budgets; all are strict: reaching one is fine. */
export interface GraphLimits {
  maxModules: number
  maxEdges: number
  /** Bytes of all input: manifest, lock and modules. */
  maxBytesIn?: number
  /** Bytes of manifest and lock, already read. */
  bytesInSoFar: number
}

/** A module and the one node it belongs to; without a node when none or several claim it. */
export interface AssignedModule {
  module: Module
  node?: ManifestNode
}

/** What the graph checks found; findings stand in the order in which X07 makes them. */
export interface GraphResult {
  findings: Finding[]
  patches: Patch[]
  stats: { modules: number; moduleEdges: number; nodeEdges: number }
  /** A tool budget was exceeded: the check ends here, with exit code 4 and without patches. */
  exceeded?: Finding
  /** In the order of their ids. */
  modules: AssignedModule[]
}
