import { type Document, positionIn } from '../x07/document/document.ts'
import type { Finding } from '../finding.ts'
import { x07Finding } from '../findings.ts'
import type { Manifest, ModuleScan } from '../x07/manifest/types.ts'
import { parseGlob } from '../x07/scan/glob-parse.ts'

/** The finding about the first invalid glob of the manifest's nodes. */
export function badNodeGlob(document: Document, manifest: Manifest): Finding | undefined {
  for (const [index, node] of manifest.nodes.entries()) {
    for (const [at, glob] of node.match.path_globs.entries()) {
      const parsed = parseGlob(glob)
      if (parsed.ok) continue
      const message = `check the manifest ${document.file}: the glob ${JSON.stringify(glob)} of node ${node.id} is invalid: ${parsed.reason}`
      const place = positionIn(document, `/nodes/${index}/match/path_globs/${at}`)
      return x07Finding('E_ARCH_MANIFEST_INVALID', 'parse', message, { file: document.file, at: place })
    }
  }
  return undefined
}

/** The finding about the first invalid glob of the manifest lock; X07 gives no location. */
export function badScanGlob(document: Document | undefined, scan: ModuleScan): Finding | undefined {
  if (document === undefined) return undefined
  for (const list of ['include_globs', 'exclude_globs'] as const) {
    for (const [at, glob] of scan[list].entries()) {
      const parsed = parseGlob(glob)
      if (parsed.ok) continue
      const message = `check the manifest lock ${document.file}: the glob ${JSON.stringify(glob)} is invalid: ${parsed.reason}`
      const place = positionIn(document, `/module_scan/${list}/${at}`)
      return x07Finding('E_ARCH_LOCK_INVALID', 'parse', message, { at: place })
    }
  }
  return undefined
}
