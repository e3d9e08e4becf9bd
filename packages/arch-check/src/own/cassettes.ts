import { join } from 'node:path'
import { escapePointerToken } from '@x07-lab/msg-core/json'
import { type Document, positionIn } from '../document/document.ts'
import { leadsOutside } from '../files/outside.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import { type CassetteInfo, hashFile, readCassette } from '../lock/cassette-info.ts'
import {
  type CassettePin,
  CASSETTES_LOCK_PATH,
  listCassettes,
  policyHash,
  readCassettesLock,
} from '../lock/cassettes-lock.ts'
import type { OwnRuleInput } from './input.ts'
import { outsideFinding } from './outside.ts'

/** Cassettes that nobody pinned, that changed since, that are gone, or that cannot be read. */
export function checkCassettes({ root, realRoot, model, options, context }: OwnRuleInput): Finding[] {
  const present = listCassettes(root)
  const lock = readCassettesLock(root)
  if (lock.kind === 'read') context.documents.add(lock.document)
  if (lock.kind === 'invalid' && options.writeLock !== true) {
    const message = `read ${CASSETTES_LOCK_PATH}: ${lock.reason}; run with --write-lock to make it anew`
    const { line, col } = lock
    return [ownFinding('E_ARCH_CASSETTES_LOCK_INVALID', message, { file: CASSETTES_LOCK_PATH, line, col })]
  }
  const pins = lock.kind === 'read' ? lock.cassettes : new Map<string, never>()
  const findings = present.flatMap((path) => {
    const pin = pins.get(path)
    const at = { file: path }
    if (leadsOutside(realRoot, join(root, path))) return [outsideFinding(at)]
    const sha256 = pin === undefined ? undefined : hashFile(join(root, path))
    const info = readCassette(join(root, path), path)
    if (typeof info === 'string') return [ownFinding('E_ARCH_CASSETTE_DAMAGED', info, at)]
    if (options.writeLock === true) return []
    if (lock.kind === 'read' && pin !== undefined && sha256 === pin.sha256) {
      return falseFacts(lock.document, path, pin, info)
    }
    if (pin === undefined) {
      const severity = options.frozen === true ? 'error' : 'warning'
      const message = `look for ${path} in ${CASSETTES_LOCK_PATH}: it is not pinned; run with --write-lock, or delete it`
      return [ownFinding('W_ARCH_CASSETTE_UNPINNED', message, at, { severity })]
    }
    const message = `compare ${path} with its pin: it has ${info.entries} entries and ${info.bytes} bytes, pinned were ${pin.entries} and ${pin.bytes}; restore it, or review it and run with --write-lock`
    return [
      ownFinding('E_ARCH_CASSETTE_CHANGED', message, at, {
        data: { sha256: sha256 ?? null, pinned_sha256: pin.sha256 },
      }),
    ]
  })
  if (lock.kind !== 'read' || options.writeLock === true) return findings
  const onDisk = new Set(present)
  for (const [path, pin] of pins) {
    const at = positionIn(lock.document, `/cassettes/${escapePointerToken(path)}`)
    if (!onDisk.has(path)) {
      const message = `look for ${path}: it is pinned and not there; restore it, or run with --write-lock`
      findings.push(ownFinding('E_ARCH_CASSETTE_ORPHANED', message, at))
    } else if (pin.rr_policy_id !== null && policyHash(model, pin.rr_policy_id) !== pin.rr_policy_jcs_sha256_hex) {
      const message = `compare ${path}: its policy ${pin.rr_policy_id} is another one than when it was pinned; replay it, then run with --write-lock`
      findings.push(ownFinding('W_ARCH_CASSETTE_POLICY_CHANGED', message, at, { severity: 'warning' }))
    }
  }
  return findings
}

/** What a pin says of a cassette's content and the cassette does not: somebody edited the lock by hand. */
function falseFacts(document: Document, path: string, pin: CassettePin, info: CassetteInfo): Finding[] {
  const metadata = [
    ['entries', info.entries],
    ['bytes', info.bytes],
    ['rr_policy_id', info.policy],
    ['contracts_lock_sha256', info.contractsLockSha256],
  ] as const
  return metadata.flatMap(([name, found]) => {
    if (pin[name] === found) return []
    const message = `compare ${path} with its pin: ${name} is ${JSON.stringify(found)}, the pin says ${JSON.stringify(pin[name])}; run with --write-lock to make it anew`
    const place = positionIn(document, `/cassettes/${escapePointerToken(path)}/${name}`)
    return [ownFinding('E_ARCH_CASSETTES_LOCK_INVALID', message, place)]
  })
}
