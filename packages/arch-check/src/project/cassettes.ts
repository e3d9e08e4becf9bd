import { hash } from 'node:crypto'
import { join } from 'node:path'
import { CASSETTE_FOLDER, changeText, staleContracts, unfinished } from '@x07-lab/msg-core/format'
import { escapePointerToken } from '@x07-lab/msg-core/json'
import { describeFinding, scanCassette } from '@x07-lab/msg-core/redact'
import { type Document, positionIn } from '../x07/document/document.ts'
import { leadsOutside } from '../x07/files/outside.ts'
import type { Finding } from '../finding.ts'
import type { PassedBefore } from '../passed-before.ts'
import { ownFinding } from '../findings.ts'
import { type CassetteInfo, hashFile, readCassette } from './cassette-info.ts'
import {
  type CassettePin,
  CASSETTES_LOCK_PATH,
  cassettesLockText,
  isPinOf,
  listCassettes,
  pinFor,
  policyHash,
  readCassettesLock,
} from './cassettes-lock.ts'
import { CONTRACTS_LOCK_PATH } from '../x07/lock/contracts-lock.ts'
import { checkExpiry, expiryRules } from './expiry.ts'
import type { OwnRuleInput } from './input.ts'
import { outsideFinding } from './outside.ts'
import { checkManifests } from './shard-manifests.ts'

/** What was found about the cassettes. */
export interface CheckedCassettes {
  readonly findings: Finding[]
  /** The lock as it would be written, where one is to be written and there is something to pin or a lock. */
  readonly lock: string | undefined
  /** What the lock would pin that it did not, in words, a line each. */
  readonly pinned: readonly string[]
}

/**
 * Cassettes that nobody pinned, that changed since, that are gone, that cannot be read or were never finished, and that are
 * of other contracts than those that hold now.
 *
 * Where the lock is to be written it gets a cassette that is new, or that is named, once its seal was checked and its
 * contracts compared. One that was pinned and changed has to be named: to pin it again is to say that it was reviewed.
 */
export function checkCassettes(input: OwnRuleInput): CheckedCassettes {
  const { root, realRoot, model, options, context } = input
  const writing = options.writeLock === true
  const lock = readCassettesLock(root)
  if (lock.kind === 'read') context.documents.add(lock.document)
  if (lock.kind === 'invalid' && !writing) {
    const message = `read ${CASSETTES_LOCK_PATH}: ${lock.reason}; run with --write-lock to make it anew`
    const { line, col } = lock
    const findings = [ownFinding('E_ARCH_CASSETTES_LOCK_INVALID', message, { file: CASSETTES_LOCK_PATH, line, col })]
    return { findings, lock: undefined, pinned: [] }
  }
  const pins = lock.kind === 'read' ? lock.cassettes : new Map<string, CassettePin>()
  const present = listCassettes(root)
  const named = new Set((options.pin ?? []).map(belowFolder))
  const contractsLock = hashFile(join(root, CONTRACTS_LOCK_PATH))
  const rules = expiryRules(input.contracts.documents)
  const findings: Finding[] = []
  const pinned: string[] = []
  const next = new Map<string, CassettePin>()
  const manifests = checkManifests(root, {
    pins: lock.kind === 'read' ? lock.manifests : new Map(),
    named,
    writing,
    frozen: options.frozen === true,
  })
  for (const path of named) {
    if (present.includes(path) || manifests.pins.has(path)) continue
    findings.push(ownFinding('E_ARCH_CASSETTE_ORPHANED', `pin ${path}: there is no such cassette`, { file: path }))
  }
  for (const path of present) {
    const at = { file: path }
    if (leadsOutside(realRoot, join(root, path))) {
      findings.push(outsideFinding(at))
      continue
    }
    const pin = pins.get(path)
    const sha256 = hashFile(join(root, path))
    const info = readCassette(join(root, path), path)
    if (typeof info === 'string' || sha256 === undefined) {
      const message = typeof info === 'string' ? info : `read ${path}: it is not a regular file`
      findings.push(ownFinding('E_ARCH_CASSETTE_DAMAGED', message, at))
      continue
    }
    const isPinned = pin !== undefined && isPinOf(pin, sha256, info)
    const notWhole = whyUnfinished(path, info, isPinned || named.has(path) || !writing)
    const stale = staleFindings(root, path, info, contractsLock)
    if (notWhole !== undefined) findings.push(ownFinding('E_ARCH_CASSETTE_UNSEALED', notWhole, at))
    findings.push(...stale, ...checkExpiry(rules, path, info.seal, options.now ?? Date.now()))
    const secrets = secretFindings(root, path, { info, sha256, passed: options.passed })
    findings.push(...secrets)
    if (pin !== undefined && !isPinned && !named.has(path)) findings.push(changedFinding(path, pin, info, sha256))
    else if (writing) {
      const refused =
        notWhole !== undefined ||
        secrets.length > 0 ||
        (!isPinned && stale.some(({ severity }) => severity === 'error'))
      if (!refused) next.set(path, pinFor(sha256, info, model))
      if (!refused && !isPinned) pinned.push(pinText(path, info, pin !== undefined))
    } else if (pin === undefined) {
      const severity = options.frozen === true ? 'error' : 'warning'
      const message = `look for ${path} in ${CASSETTES_LOCK_PATH}: it is not pinned; run with --write-lock, or delete it`
      findings.push(ownFinding('W_ARCH_CASSETTE_UNPINNED', message, at, { severity }))
    } else if (lock.kind === 'read') findings.push(...falseFacts(lock.document, path, pin, info))
  }
  if (!writing && lock.kind === 'read') findings.push(...checkPins(pins, new Set(present), lock.document, model))
  for (const path of writing ? pins.keys() : []) {
    if (!present.includes(path)) pinned.push(`no longer pinned ${path}: it is gone`)
  }
  findings.push(...manifests.findings)
  pinned.push(...manifests.pinned)
  const isNeeded = writing && (next.size + manifests.pins.size > 0 || lock.kind !== 'absent')
  return { findings, lock: isNeeded ? cassettesLockText(next, manifests.pins) : undefined, pinned }
}

const belowFolder = (path: string): string =>
  path.startsWith(`${CASSETTE_FOLDER}/`) ? path : `${CASSETTE_FOLDER}/${path}`

/** Why a cassette is no finished recording. X07's own have no seal: they may be pinned, by name. */
function whyUnfinished(path: string, { seal }: CassetteInfo, mayLackSeal: boolean): string | undefined {
  const why = unfinished(path)
  if (why !== undefined) return `look at ${path}: ${why}`
  if (seal.kind === 'broken') return `look at ${path}: ${seal.reason}; restore it, or record it again`
  if (seal.kind === 'sealed' || mayLackSeal) return undefined
  return `look at ${path}: it has no seal, so nothing says that it is whole; name it after --write-lock to pin it as it is`
}

/** What is otherwise in the contracts than when a cassette was recorded. */
function staleFindings(
  root: string,
  path: string,
  { seal, contractsLockSha256 }: CassetteInfo,
  now?: string,
): Finding[] {
  if (seal.kind !== 'sealed') return []
  const { contracts } = seal.seal
  if (contracts === undefined) {
    if (contractsLockSha256 === null || contractsLockSha256 === now) return []
    const message = `compare ${path} with the contracts: it was recorded under another ${CONTRACTS_LOCK_PATH} than this one, and does not say which contract changed; record it again`
    return [ownFinding('W_ARCH_CASSETTE_CONTRACTS_CHANGED', message, { file: path }, { severity: 'warning' })]
  }
  return staleContracts(root, contracts).map((change) => {
    const message = `compare ${path} with the contracts it was recorded under: ${changeText(change)}; record it again, or take the change back`
    const data = { contract: change.file, field: change.field }
    return ownFinding('E_ARCH_CASSETTE_STALE', message, { file: path }, { data })
  })
}

/** Credentials that a cassette holds, by their forms; the values of an environment are no matter of the repository. */
function secretFindings(
  root: string,
  path: string,
  {
    info,
    sha256,
    passed,
  }: { readonly info: CassetteInfo; readonly sha256: string; readonly passed: PassedBefore | undefined },
): Finding[] {
  const key = hash('sha256', JSON.stringify(['no secrets', sha256, ...info.parts]), 'base64')
  if (passed?.has(key) === true) return []
  const findings = scanFor(root, path)
  // What was looked through is what was hashed, unless somebody wrote to it meanwhile.
  if (passed !== undefined && findings.length === 0 && hashFile(join(root, path)) === sha256) passed.add(key)
  return findings
}

function scanFor(root: string, path: string): Finding[] {
  return scanCassette(join(root, path), { name: path, most: 3 }).map((found) => {
    const message = `look through ${path}: it holds a secret: ${describeFinding(found)}; ${found.advice}, record it again, and give the secret up`
    return ownFinding(
      'E_ARCH_CASSETTE_SECRET',
      message,
      { file: path },
      { data: { entry: found.entry, rule: found.rule } },
    )
  })
}

function changedFinding(path: string, pin: CassettePin, info: CassetteInfo, sha256: string): Finding {
  const message = `compare ${path} with its pin: it has ${info.entries} entries and ${info.bytes} bytes, pinned were ${pin.entries} and ${pin.bytes}; restore it, or review it and run with --write-lock ${path}`
  return ownFinding('E_ARCH_CASSETTE_CHANGED', message, { file: path }, { data: { sha256, pinned_sha256: pin.sha256 } })
}

function pinText(path: string, { entries, bytes, parts, seal }: CassetteInfo, again: boolean): string {
  const driver = seal.kind === 'sealed' ? seal.seal['driver'] : undefined
  const { client, broker } = (typeof driver === 'object' && driver !== null ? driver : {}) as Record<string, unknown>
  const made = [client, broker].filter((one) => typeof one === 'string')
  const facts = [
    `${entries} entries`,
    `${bytes} bytes`,
    ...(parts.length === 0 ? [] : [`${parts.length + 1} parts`]),
    ...(seal.kind === 'sealed' ? [] : ['without a seal']),
    ...made,
  ]
  return `pinned ${path}${again ? ' anew' : ''}: ${facts.join(', ')}`
}

/** Pins of cassettes that are gone, or whose policy is another one by now. */
function checkPins(
  pins: ReadonlyMap<string, CassettePin>,
  present: ReadonlySet<string>,
  document: Document,
  model: OwnRuleInput['model'],
): Finding[] {
  return [...pins].flatMap(([path, pin]) => {
    const at = positionIn(document, `/cassettes/${escapePointerToken(path)}`)
    if (!present.has(path)) {
      const message = `look for ${path}: it is pinned and not there; restore it, or run with --write-lock`
      return [ownFinding('E_ARCH_CASSETTE_ORPHANED', message, at)]
    }
    if (pin.rr_policy_id === null || policyHash(model, pin.rr_policy_id) === pin.rr_policy_jcs_sha256_hex) return []
    const message = `compare ${path}: its policy ${pin.rr_policy_id} is another one than when it was pinned; replay it, then run with --write-lock`
    return [ownFinding('W_ARCH_CASSETTE_POLICY_CHANGED', message, at, { severity: 'warning' })]
  })
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
