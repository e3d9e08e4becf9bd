import { join } from 'node:path'
import { CASSETTE_FOLDER, withoutLaterParts } from '@x07-lab/msg-core/format'
import { escapePointerToken } from '@x07-lab/msg-core/json'
import type { ContractModel } from '../x07/contracts/model.ts'
import { type Document, positionIn } from '../x07/document/document.ts'
import { readDocument } from '../x07/document/read-document.ts'
import { readRegularFile } from '../x07/files/read.ts'
import type { Json } from '../finding.ts'
import { layoutJson } from '../x07/hash/layout.ts'
import { compareUtf8 } from '../order.ts'
import type { CassetteInfo } from './cassette-info.ts'
import { committedFiles } from './local-recordings.ts'
import type { ManifestPin } from './shard-manifests.ts'

/** Pins every committed cassette; ours, X07 has nothing like it. */
export const CASSETTES_LOCK_PATH = `${CASSETTE_FOLDER}/cassettes.lock.json`
const VERSION = 'x07.lab.cassettes.lock@0.1.0'

/** What the lock says of one cassette. */
export interface CassettePin {
  /** SHA-256 of the file; of the first where it is in parts. */
  sha256: string
  /** The other files of a recording in parts. */
  parts?: { path: string; bytes: number; sha256: string }[]
  /** Of all parts, as the bytes. */
  entries: number
  bytes: number
  /** The policy its seal names, and the hash of that policy's file when it was pinned. */
  rr_policy_id: string | null
  rr_policy_jcs_sha256_hex: string | null
  /** SHA-256 of the contracts lock it was recorded under. */
  contracts_lock_sha256: string | null
}

/** The lock file, if it is there. */
export type CassettesLock =
  | { kind: 'absent' }
  | { kind: 'invalid'; reason: string; line: number; col: number }
  | {
      kind: 'read'
      document: Document
      cassettes: ReadonlyMap<string, CassettePin>
      /** Of shards, by path. */
      manifests: ReadonlyMap<string, ManifestPin>
    }

/** The cassettes on disk that are for committing, by path below the root, sorted; of a recording in parts the first. */
export function listCassettes(root: string): string[] {
  const cassettes = committedFiles(root, ['.rrbin', '.bin'])
  return withoutLaterParts(cassettes, (name) => join(root, CASSETTE_FOLDER, name))
    .map((name) => `${CASSETTE_FOLDER}/${name}`)
    .toSorted(compareUtf8)
}

/** Reads the lock file. */
export function readCassettesLock(root: string): CassettesLock {
  const read = readRegularFile(join(root, CASSETTES_LOCK_PATH))
  if (!read.ok) return read.missing ? { kind: 'absent' } : { kind: 'invalid', reason: read.reason, line: 1, col: 1 }
  const document = readDocument(CASSETTES_LOCK_PATH, read.bytes)
  if ('error' in document) return { kind: 'invalid', ...document.error }
  const cassettes = new Map<string, CassettePin>()
  const { value } = document
  const wrong = (pointer: string, reason: string): CassettesLock => {
    const { line = 1, col = 1 } = positionIn(document, pointer)
    return { kind: 'invalid', reason, line, col }
  }
  if (!isObject(value) || value['schema_version'] !== VERSION) {
    return wrong('/schema_version', `its schema_version is not ${VERSION}`)
  }
  const { cassettes: entries } = value
  if (entries === undefined || !isObject(entries)) return wrong('/cassettes', 'it has no object "cassettes"')
  for (const [path, entry] of Object.entries(entries)) {
    if (!isPin(entry)) {
      return wrong(`/cassettes/${escapePointerToken(path)}`, `the entry of ${path} is not that of a cassette`)
    }
    cassettes.set(path, entry)
  }
  const manifests = new Map<string, ManifestPin>()
  const { manifests: listed = {} } = value
  if (!isObject(listed)) return wrong('/manifests', '"manifests" is not an object')
  for (const [path, pin] of Object.entries(listed)) {
    const sha256 = isObject(pin) ? pin['sha256'] : undefined
    if (typeof sha256 !== 'string') {
      return wrong(`/manifests/${escapePointerToken(path)}`, `the entry of ${path} is not that of a manifest`)
    }
    manifests.set(path, { sha256 })
  }
  return { kind: 'read', document, cassettes, manifests }
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPin(value: unknown): value is CassettePin {
  if (typeof value !== 'object' || value === null) return false
  const pin: Partial<Record<keyof CassettePin, unknown>> = value
  return (
    typeof pin.sha256 === 'string' &&
    (pin.parts === undefined || isParts(pin.parts)) &&
    Number.isSafeInteger(pin.entries) &&
    Number.isSafeInteger(pin.bytes) &&
    [pin.rr_policy_id, pin.rr_policy_jcs_sha256_hex, pin.contracts_lock_sha256].every(
      (text) => text === null || typeof text === 'string',
    )
  )
}

function isParts(value: unknown): boolean {
  const isPart = (part: { path?: unknown; bytes?: unknown; sha256?: unknown } | null): boolean =>
    typeof part?.path === 'string' && typeof part.sha256 === 'string' && Number.isSafeInteger(part.bytes)
  return Array.isArray(value) && value.length > 0 && value.every(isPart)
}

/** Whether a pin is of these very files. */
export function isPinOf(pin: CassettePin, sha256: string, { parts }: CassetteInfo): boolean {
  const text = (list: CassetteInfo['parts']): string =>
    list.map((one) => `${one.path} ${one.bytes} ${one.sha256}`).join('\n')
  return pin.sha256 === sha256 && text(pin.parts ?? []) === text(parts)
}

/** Hash of the file of a record/replay policy, null where the contracts have none of that id. */
export function policyHash(model: ContractModel, id: string | null): string | null {
  const at = model.rr?.index.policies.findLastIndex((policy) => policy.id === id) ?? -1
  return model.rr?.files[at]?.policy?.hash() ?? null
}

/** What the lock would say of a cassette now. */
export function pinFor(sha256: string, info: CassetteInfo, model: ContractModel): CassettePin {
  return {
    sha256,
    ...(info.parts.length === 0 ? {} : { parts: info.parts }),
    entries: info.entries,
    bytes: info.bytes,
    rr_policy_id: info.policy,
    rr_policy_jcs_sha256_hex: policyHash(model, info.policy),
    contracts_lock_sha256: info.contractsLockSha256,
  }
}

/** The text of a lock. */
export function cassettesLockText(
  cassettes: ReadonlyMap<string, CassettePin>,
  manifests: ReadonlyMap<string, ManifestPin>,
): string {
  const pins = Object.fromEntries([...cassettes].map(([path, pin]): [string, Json] => [path, { ...pin }]))
  const ofShards = Object.fromEntries([...manifests].map(([path, pin]): [string, Json] => [path, { ...pin }]))
  return layoutJson({
    schema_version: VERSION,
    cassettes: pins,
    ...(manifests.size === 0 ? {} : { manifests: ofShards }),
  })
}
