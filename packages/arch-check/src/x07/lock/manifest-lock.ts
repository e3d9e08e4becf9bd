import { join } from 'node:path'
import { violationFinding } from '../contracts/context.ts'
import { isModel } from '../contracts/typed.ts'
import { type Document, positionIn } from '../document/document.ts'
import { readDocument } from '../document/read-document.ts'
import { isRegularFile } from '../files/kind.ts'
import { shownPath, underRoot } from '../files/paths.ts'
import { readRegularFile } from '../files/read.ts'
import type { Finding } from '../../finding.ts'
import { x07Finding } from '../../findings.ts'
import { layoutJson } from '../hash/layout.ts'
import { bytesInExceeded } from '../manifest/load.ts'
import type { ModuleScan } from '../manifest/types.ts'
import type { Schemas } from '../schema/schemas.ts'

/** The manifest lock of a repository where the command names no other. */
export const MANIFEST_LOCK_PATH = 'arch/manifest.lock.json'

/** The globs a first lock gets. */
export const DEFAULT_MODULE_SCAN: ModuleScan = {
  include_globs: ['**/*.x07.json'],
  exclude_globs: [
    '**/.agent/**',
    '**/.git/**',
    '**/.x07/**',
    '**/dist/**',
    '**/gen/**',
    '**/node_modules/**',
    '**/target/**',
    '**/tmp/**',
  ],
}

/** `arch/manifest.lock.json` 0.1.0. */
export interface ManifestLock {
  schema_version: 'x07.arch.manifest.lock@0.1.0'
  manifest_path: string
  jcs_sha256_hex: string
  module_scan: ModuleScan
}

export type LoadedManifestLock =
  | { ok: true; path: string | undefined; lock?: ManifestLock; document?: Document; bytesIn: number }
  | { ok: false; findings: Finding[]; exitCode: 3 | 4 }

/** What `loadManifestLock` needs to know of the command. */
export interface ManifestLockOptions {
  root: string
  /** `--lock`. */
  lockPath?: string | undefined
  writeLock: boolean
  maxBytesIn?: number | undefined
  /** Bytes read before the lock. */
  bytesIn: number
}

/** Reads the manifest lock: the one `--lock` names, else the usual one if it is a regular file, else none. */
export function loadManifestLock(schemas: Schemas, options: ManifestLockOptions): LoadedManifestLock {
  const { root, lockPath, writeLock, maxBytesIn } = options
  const usual = join(root, MANIFEST_LOCK_PATH)
  const path =
    lockPath === undefined ? (isRegularFile(usual) || writeLock ? usual : undefined) : underRoot(root, lockPath)
  if (path === undefined) return { ok: true, path, bytesIn: options.bytesIn }
  const file = shownPath(root, lockPath ?? MANIFEST_LOCK_PATH)

  const read = readRegularFile(path)
  if (!read.ok) {
    if (writeLock && read.missing) return { ok: true, path, bytesIn: options.bytesIn }
    const advice = read.missing ? 'write it with --write-lock' : 'name another with --lock'
    const message = `read the manifest lock ${file}: ${read.reason}; ${advice}`
    return stop(x07Finding('E_ARCH_LOCK_READ', 'parse', message, { file, at: { file } }))
  }
  const bytesIn = options.bytesIn + read.bytes.length
  if (maxBytesIn !== undefined && bytesIn > maxBytesIn) return stop(bytesInExceeded(file, bytesIn, maxBytesIn), 4)
  const document = readDocument(file, read.bytes)
  if ('error' in document) {
    const { line, col, reason } = document.error
    const message = `parse the manifest lock ${file}: ${reason}; delete it and run with --write-lock`
    return stop(x07Finding('E_ARCH_LOCK_JSON_PARSE', 'parse', message, { file, at: { file, line, col } }))
  }
  const violations = schemas.validate('manifest-lock', document.value)
  const lock: unknown = document.value
  if (!isModel<ManifestLock>(lock, violations.length === 0)) {
    const findings = violations.map((violation) => {
      const finding = violationFinding(document, violation, 'E_ARCH_LOCK_SCHEMA_INVALID')
      return { ...finding, message: `${finding.message}; restore the file, or delete it and run with --write-lock` }
    })
    return { ok: false, findings, exitCode: 3 }
  }
  return { ok: true, path, document, lock, bytesIn }
}

function stop(finding: Finding, exitCode: 3 | 4 = 3): LoadedManifestLock {
  return { ok: false, findings: [finding], exitCode }
}

/** What the lock says of the manifest that is no longer so. */
export function compareManifestLock(
  lock: ManifestLock,
  document: Document,
  manifestFile: string,
  hash: string,
): Finding[] {
  const findings: Finding[] = []
  if (lock.manifest_path !== manifestFile) {
    const message = `compare ${document.file}: it pins ${lock.manifest_path}, the manifest is ${manifestFile}`
    findings.push(x07Finding('E_ARCH_LOCK_MISMATCH', 'lint', message, { at: positionIn(document, '/manifest_path') }))
  }
  if (lock.jcs_sha256_hex !== hash) {
    const message = `compare ${document.file}: ${manifestFile} changed since it was pinned; review the change, then run with --write-lock`
    findings.push(
      x07Finding('E_ARCH_LOCK_MISMATCH', 'lint', message, {
        at: positionIn(document, '/jcs_sha256_hex'),
        data: { expected_jcs_sha256_hex: hash, lock_jcs_sha256_hex: lock.jcs_sha256_hex },
      }),
    )
  }
  return findings
}

/** The text of a manifest lock. */
export function manifestLockText(manifestFile: string, hash: string, scan: ModuleScan): string {
  return layoutJson({
    schema_version: 'x07.arch.manifest.lock@0.1.0',
    manifest_path: manifestFile,
    jcs_sha256_hex: hash,
    module_scan: { include_globs: [...scan.include_globs], exclude_globs: [...scan.exclude_globs] },
  })
}
