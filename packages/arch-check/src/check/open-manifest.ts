import { join } from 'node:path'
import type { Document } from '../x07/document/document.ts'
import { isOutside, underRoot } from '../x07/files/paths.ts'
import type { Finding } from '../finding.ts'
import { x07Finding } from '../findings.ts'
import {
  DEFAULT_MODULE_SCAN,
  loadManifestLock,
  MANIFEST_LOCK_PATH,
  type ManifestLock,
} from '../x07/lock/manifest-lock.ts'
import { duplicateNodeId, loadManifest } from '../x07/manifest/load.ts'
import { migrationPatch } from '../x07/manifest/migrate.ts'
import type { Manifest, ModuleScan } from '../x07/manifest/types.ts'
import { badNodeGlob, badScanGlob } from './globs.ts'
import { endPass, type Pass } from './pass-state.ts'
import type { CheckResult } from './result.ts'

/** A manifest that can be used, with its lock if there is one. */
export interface Opened {
  manifest: Manifest
  document: Document
  hash: string
  lock?: { document: Document; value: ManifestLock }
  /** Where the lock is, or would be written. */
  lockPath: string
  /** The lock's globs, or the defaults. */
  scan: ModuleScan
  /** Bytes of manifest and lock. */
  bytesIn: number
  /** Whether the manifest lies outside the repository. */
  outside: boolean
}

/** Reads manifest and manifest lock; a result where the pass ends with them. */
export function openManifest(pass: Pass): { ok: true; opened: Opened } | { ok: false; result: CheckResult } {
  const { root, schemas, options, manifestFile, manifestPath, documents } = pass
  const { maxBytesIn } = options
  const loaded = loadManifest(underRoot(root, manifestPath), manifestFile, schemas, maxBytesIn)
  if (loaded.document !== undefined) documents.add(loaded.document)
  if (!loaded.ok) {
    pass.hash = loaded.hash ?? null
    const migration =
      pass.rules === 'all' && loaded.document !== undefined ? migrationPatch(loaded.document) : undefined
    if (migration !== undefined) pass.patches.push(migration)
    return { ok: false, result: endPass(pass, loaded.findings, loaded.exitCode) }
  }
  const { manifest, document } = loaded
  const hash = document.hash()
  pass.hash = hash
  pass.places.manifest = manifest
  pass.stats.nodes = manifest.nodes.length

  const { lockPath } = options
  const lock = loadManifestLock(schemas, {
    root,
    lockPath,
    writeLock: pass.writeLock,
    maxBytesIn,
    bytesIn: loaded.bytes,
  })
  if (!lock.ok) return { ok: false, result: endPass(pass, lock.findings, lock.exitCode) }
  if (lock.document !== undefined) documents.add(lock.document)
  const scan = lock.lock?.module_scan ?? DEFAULT_MODULE_SCAN
  const outside = isOutside(root, manifestPath)
  const unusable =
    duplicateNodeId(document, manifest) ??
    badNodeGlob(document, manifest) ??
    badScanGlob(lock.document, scan) ??
    (outside && lock.document !== undefined ? manifestOutside(lock.document.file, manifestFile) : undefined)
  if (unusable !== undefined) return { ok: false, result: endPass(pass, [unusable], 3) }
  return {
    ok: true,
    opened: {
      manifest,
      document,
      hash,
      lockPath: lock.path ?? join(root, MANIFEST_LOCK_PATH),
      scan,
      bytesIn: lock.bytesIn,
      outside,
      ...(lock.lock === undefined || lock.document === undefined
        ? {}
        : { lock: { document: lock.document, value: lock.lock } }),
    },
  }
}

function manifestOutside(lockFile: string, manifestFile: string): Finding {
  const message = `use the manifest lock ${lockFile}: it cannot pin ${manifestFile}, which lies outside the repository`
  return x07Finding('E_ARCH_LOCK_INVALID', 'parse', message, { at: { file: lockFile } })
}
