import { Documents } from '../x07/document/documents.ts'
import { shownPath } from '../x07/files/paths.ts'
import type { Finding, Patch } from '../finding.ts'
import { mergePatches } from '../x07/patch/merge.ts'
import { sortFindings } from '../cli/report/sort.ts'
import { inX07Words } from '../cli/report/x07-wording.ts'
import type { Schemas } from '../x07/schema/schemas.ts'
import type { CheckOptions, Rules } from './options.ts'
import { type Places, withPlace } from './place.ts'
import type { CheckResult, CheckStats, ExitCode } from './result.ts'

/** The manifest where no option names another. */
const MANIFEST_PATH = 'arch/manifest.x07arch.json'

/** What a pass has found out so far. */
export interface Pass {
  root: string
  rules: Rules
  writeLock: boolean
  options: CheckOptions
  schemas: Schemas
  /** The manifest's path as the options give it. */
  manifestPath: string
  /** The manifest's path as reports show it. */
  manifestFile: string
  /** Hash of the manifest, null until it is read. */
  hash: string | null
  stats: CheckStats
  patches: Patch[]
  documents: Documents
  places: Places
}

export function openPass(options: CheckOptions, schemas: Schemas): Pass {
  const { root, rules = 'all', writeLock = false, manifestPath = MANIFEST_PATH } = options
  const manifestFile = shownPath(root, manifestPath)
  const documents = new Documents()
  return {
    root,
    rules,
    writeLock,
    options,
    schemas,
    manifestPath,
    manifestFile,
    hash: null,
    stats: { modules: 0, nodes: 0, moduleEdges: 0, nodeEdges: 0 },
    patches: [],
    documents,
    places: { manifestFile, documents },
  }
}

/** The result of a pass that ends here. */
export function endPass(pass: Pass, findings: readonly Finding[], exitCode: ExitCode): CheckResult {
  const { rules, patches, stats, manifestFile, hash, documents } = pass
  const placed = rules === 'x07' ? findings.map(inX07Words) : findings.map((finding) => withPlace(finding, pass.places))
  return {
    findings: sortFindings(placed),
    patches: mergePatches(patches, rules),
    stats,
    exitCode,
    manifest: { path: manifestFile, hash },
    complete: false,
    pinned: [],
    locks: [],
    model: {},
    documents,
  }
}
