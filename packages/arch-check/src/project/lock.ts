import { join } from 'node:path'
import { escapePointerToken } from '@x07-lab/msg-core/json'
import { type Document, positionIn } from '../x07/document/document.ts'
import { readDocument } from '../x07/document/read-document.ts'
import { isRegularFile } from '../x07/files/kind.ts'
import { readRegularFile } from '../x07/files/read.ts'
import type { Finding, Json } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import { layoutJson } from '../x07/hash/layout.ts'
import { compareUtf8 } from '../order.ts'
import { grantsOf, widened } from './sandbox/grants.ts'
import { SCHEMA_VERSIONS } from '../x07/schema/names.ts'
import type { Schemas } from '../x07/schema/schemas.ts'

/** Pins the contracts that X07's lock does not. X07 has nothing like it, and does not read it. */
export const PROJECT_LOCK_PATH = 'arch/project.lock.json'

/** What the project lock pins. */
export interface ProjectPins {
  /** Contracts under `arch/vcr`, and sandbox policies, that could be read and are valid. */
  readonly contracts: readonly Document[]
  readonly policies: readonly Document[]
  /** Files that are there and were refused: they have findings of their own, and count as neither changed nor gone. */
  readonly refused: ReadonlySet<string>
}

interface ProjectLock {
  readonly files: Readonly<Record<string, { readonly jcs_sha256_hex: string }>>
  readonly policies: Readonly<Record<string, { readonly jcs_sha256_hex: string; readonly allows: readonly string[] }>>
}

/** The text of the lock, undefined where there is neither something to pin nor a lock. */
export function projectLockText(root: string, { contracts, policies }: ProjectPins): string | undefined {
  if (contracts.length + policies.length === 0 && !isRegularFile(join(root, PROJECT_LOCK_PATH))) return undefined
  const lock: Json = {
    schema_version: SCHEMA_VERSIONS['project-lock'],
    files: Object.fromEntries(contracts.map((one) => [one.file, { jcs_sha256_hex: one.hash() }])),
    policies: Object.fromEntries(
      policies.map((one) => [one.file, { jcs_sha256_hex: one.hash(), allows: grantsOf(one.value) }]),
    ),
  }
  return layoutJson(lock)
}

/** Compares contracts and policies with their pins. A policy that allows more than its pin is a finding of its own. */
export function checkProjectLock(root: string, pins: ProjectPins, schemas: Schemas, frozen: boolean): Finding[] {
  const file = PROJECT_LOCK_PATH
  const all = [...pins.contracts, ...pins.policies]
  const read = readRegularFile(join(root, file))
  if (!read.ok && read.missing) {
    if (all.length === 0) return []
    const message = `compare the project's contracts: ${file} is missing; run with --write-lock to pin them`
    return [ownFinding('W_ARCH_PROJECT_LOCK_MISSING', message, { file }, { severity: frozen ? 'error' : 'warning' })]
  }
  const invalid = (reason: string, place: { line?: number; col?: number } = {}): Finding[] => [
    ownFinding('E_ARCH_PROJECT_LOCK_INVALID', `read ${file}: ${reason}; run with --write-lock to make it anew`, {
      file,
      ...place,
    }),
  ]
  if (!read.ok) return invalid(read.reason)
  const document = readDocument(file, read.bytes)
  if ('error' in document) return invalid(document.error.reason, document.error)
  const [violation] = schemas.validate('project-lock', document.value)
  if (violation !== undefined) {
    return invalid(
      `${violation.instancePath || 'the document'} ${violation.message}`,
      positionIn(document, violation.pointer),
    )
  }
  return compare(document, document.value as unknown as ProjectLock, pins)
}

function compare(document: Document, lock: ProjectLock, { contracts, policies, refused }: ProjectPins): Finding[] {
  const findings: Finding[] = []
  const changed: string[] = []
  const added: string[] = []
  let pointer = ''
  for (const policy of policies) {
    const pin = pinOf(lock.policies, policy.file)
    if (pin === undefined) continue
    const allows = grantsOf(policy.value)
    if (pin.jcs_sha256_hex === policy.hash()) {
      // Otherwise what a later change allows could be in the list before it comes.
      if (pin.allows.join('\n') === allows.join('\n')) continue
      const at = `/policies/${escapePointerToken(policy.file)}/allows`
      const message = `read ${document.file}: ${at} is not what ${policy.file} allows, though its hash is that of the policy; run with --write-lock to make it anew`
      findings.push(ownFinding('E_ARCH_PROJECT_LOCK_INVALID', message, positionIn(document, at)))
      continue
    }
    const more = widened(pin.allows, allows)
    if (more.length === 0) continue
    const message = `compare ${policy.file} with ${document.file}: it allows more than was pinned: ${more.join('; ')}; take it back, or review it and run with --write-lock`
    findings.push(ownFinding('E_ARCH_POLICY_WIDENED', message, { file: policy.file }, { data: { allows: more } }))
  }
  for (const [map, present] of [
    ['files', contracts],
    ['policies', policies],
  ] as const) {
    for (const { file, hash } of present.map((one) => ({ file: one.file, hash: one.hash() }))) {
      const pin = pinOf<{ readonly jcs_sha256_hex: string }>(lock[map], file)
      if (pin === undefined) added.push(file)
      else if (pin.jcs_sha256_hex !== hash && !findings.some(({ at }) => at?.file === file)) {
        changed.push(file)
        pointer ||= `/${map}/${escapePointerToken(file)}`
      }
    }
  }
  const present = new Set([...contracts, ...policies].map(({ file }) => file))
  const removed = [...Object.keys(lock.files), ...Object.keys(lock.policies)].filter(
    (file) => !present.has(file) && !refused.has(file),
  )
  const groups = Object.entries({ changed, added, removed }).filter(([, files]) => files.length > 0)
  if (groups.length > 0) {
    const summary = groups.map(([what, files]) => `${what} ${files.toSorted(compareUtf8).join(', ')}`).join('; ')
    const message = `compare the project's contracts with ${document.file}: ${summary}; review, then run with --write-lock`
    const at = positionIn(document, pointer)
    findings.push(ownFinding('E_ARCH_PROJECT_LOCK_MISMATCH', message, at, { data: Object.fromEntries(groups) }))
  }
  return findings
}

function pinOf<Pin>(pins: Readonly<Record<string, Pin>>, file: string): Pin | undefined {
  return Object.hasOwn(pins, file) ? pins[file] : undefined
}
