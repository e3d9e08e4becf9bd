import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CASSETTE_FOLDER, shardManifestEnding, shardManifestVersion } from '@x07-lab/msg-core/format'
import { readDocument } from '../x07/document/read-document.ts'
import { readRegularFile } from '../x07/files/read.ts'
import type { Finding, Json } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import { compareUtf8 } from '../order.ts'
import { hashFile } from './cassette-info.ts'
import { committedFiles } from './local-recordings.ts'

/** What the lock says of a manifest. */
export interface ManifestPin {
  sha256: string
}

/** The manifests for committing, by path below the root, sorted. */
export function listManifests(root: string): string[] {
  return committedFiles(root, [shardManifestEnding])
    .map((name) => `${CASSETTE_FOLDER}/${name}`)
    .toSorted(compareUtf8)
}

/** How the lock and the manifests are compared. */
export interface ManifestCheck {
  readonly pins: ReadonlyMap<string, ManifestPin>
  readonly named: ReadonlySet<string>
  readonly writing: boolean
  readonly frozen: boolean
}

/** What was found about the manifests. */
export interface CheckedManifests {
  readonly findings: Finding[]
  /** What the lock would pin. */
  readonly pins: Map<string, ManifestPin>
  /** In words, a line each. */
  readonly pinned: string[]
}

/**
 * Manifests that name cassettes which are not there or have other bytes, and those that are not the ones that the lock pins. As with
 * a cassette, one that was pinned and changed is pinned again where it is named.
 */
export function checkManifests(root: string, { pins, named, writing, frozen }: ManifestCheck): CheckedManifests {
  const checked: CheckedManifests = { findings: [], pins: new Map(), pinned: [] }
  const present = listManifests(root)
  for (const path of present) {
    const at = { file: path }
    const faults = manifestFaults(root, path)
    for (const fault of faults)
      checked.findings.push(ownFinding('E_ARCH_CASSETTE_CHANGED', `compare ${path} with its cassettes: ${fault}`, at))
    const sha256 = hashFile(join(root, path)) ?? ''
    const pin = pins.get(path)
    const isPinned = pin?.sha256 === sha256
    if (pin !== undefined && !isPinned && !named.has(path)) {
      const message = `compare ${path} with its pin: it is another one; restore it, or run with --write-lock ${path}`
      checked.findings.push(
        ownFinding('E_ARCH_CASSETTE_CHANGED', message, at, { data: { sha256, pinned_sha256: pin.sha256 } }),
      )
    } else if (writing && faults.length === 0) {
      checked.pins.set(path, { sha256 })
      if (!isPinned) checked.pinned.push(`pinned ${path}${pin === undefined ? '' : ' anew'}`)
    } else if (!writing && pin === undefined) {
      const message = `look for ${path}: it is not pinned; run with --write-lock, or delete it`
      checked.findings.push(
        ownFinding('W_ARCH_CASSETTE_UNPINNED', message, at, { severity: frozen ? 'error' : 'warning' }),
      )
    }
  }
  for (const path of pins.keys()) {
    if (present.includes(path)) continue
    if (writing) checked.pinned.push(`no longer pinned ${path}: it is gone`)
    else {
      const message = `look for ${path}: it is pinned and not there; restore it, or run with --write-lock`
      checked.findings.push(ownFinding('E_ARCH_CASSETTE_ORPHANED', message, { file: path }))
    }
  }
  return checked
}

/** What a manifest says and its cassettes do not. */
function manifestFaults(root: string, path: string): string[] {
  const read = readRegularFile(join(root, path))
  const document = read.ok ? readDocument(path, read.bytes) : undefined
  const value = document === undefined || 'error' in document ? undefined : document.value
  const shards = isObject(value) && value['schema_version'] === shardManifestVersion ? value['shards'] : undefined
  if (!Array.isArray(shards)) return [`it is not a manifest of shards (${shardManifestVersion}); run lab merge again`]
  return shards.flatMap((shard) => {
    const cassette = isObject(shard) ? shard['cassette'] : undefined
    const sha256 = isObject(shard) ? shard['sha256'] : undefined
    if (typeof cassette !== 'string') return ['a shard has no cassette; run lab merge again']
    // What a worker that died had recorded is not for committing.
    if (typeof sha256 !== 'string') return []
    const file = join(root, CASSETTE_FOLDER, cassette)
    if (!existsSync(file)) return [`${cassette} is not there; restore it, or run lab merge again`]
    return hashFile(file) === sha256 ? [] : [`${cassette} is another recording; restore it, or run lab merge again`]
  })
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
