import { join } from 'node:path'
import { escapePointerToken } from '@x07-lab/msg-core/json'
import { type ContractContext, countContract, type LockParts, violationFinding } from '../contracts/context.ts'
import { hasVersion, isModel, typedValue } from '../contracts/typed.ts'
import { type Document, positionIn } from '../document/document.ts'
import { readDocument } from '../document/read-document.ts'
import { isRegularFile } from '../files/kind.ts'
import { readSmallFile } from '../files/read-small.ts'
import { readRegularFile, type ReadResult } from '../files/read.ts'
import type { Json } from '../../finding.ts'
import { x07Finding } from '../../findings.ts'
import { layoutJson } from '../hash/layout.ts'
import { sha256Hex, x07FormOfValue } from '../hash/x07-form.ts'
import { compareUtf8 } from '../../order.ts'
import { SCHEMA_VERSIONS } from '../schema/names.ts'

/** The contracts lock; no option moves it. */
export const CONTRACTS_LOCK_PATH = 'arch/contracts.lock.json'

interface ContractsLock {
  schema_version: string
  indexes: Record<string, { jcs_sha256_hex: string }>
  files: Record<string, { jcs_sha256_hex: string }>
}

/** The lock the contracts would have now. */
export function contractsLockOf(parts: LockParts): Json {
  return {
    schema_version: SCHEMA_VERSIONS['contracts-lock'],
    indexes: entries(parts.indexes),
    files: entries(parts.files),
  }
}

function entries(hashes: Map<string, string>): Json {
  return Object.fromEntries([...hashes].map(([path, hash]) => [path, { jcs_sha256_hex: hash }]))
}

/** The text of a contracts lock. */
export function contractsLockText(parts: LockParts): string {
  return layoutJson(contractsLockOf(parts))
}

/**
 * Compares the contracts with their lock. A missing lock is a warning, or under `frozen` an error.
 * @throws {Error} under X07's rules where the lock is there and cannot be read, as X07 ends without a report
 */
export function checkContractsLock(context: ContractContext, frozen: boolean): void {
  const file = CONTRACTS_LOCK_PATH
  const path = join(context.root, file)
  if (!isRegularFile(path)) {
    const severity = frozen ? 'error' : 'warning'
    const message = `compare the contracts: ${file} is missing; run with --write-lock to pin them`
    context.emit(x07Finding('W_ARCH_CONTRACTS_LOCK_MISSING', 'lint', message, { file, at: { file }, severity }))
    return
  }
  const own = context.rules === 'all'
  const read = readLock(context, path)
  if (!read.ok) {
    const message = `read the contracts lock ${file}: ${read.reason}; run with --write-lock to make it anew`
    if (!own) throw new Error(message)
    context.emit(x07Finding('E_ARCH_CONTRACTS_LOCK_JSON_PARSE', 'parse', message, { file, at: { file } }))
    return
  }
  if (!countContract(context, file, read.bytes.length)) return
  const document = readDocument(file, read.bytes)
  if ('error' in document) {
    const { line, col, reason } = document.error
    const message = `parse the contracts lock ${file}: ${reason}; run with --write-lock to make it anew`
    context.emit(x07Finding('E_ARCH_CONTRACTS_LOCK_JSON_PARSE', 'parse', message, { file, at: { file, line, col } }))
    return
  }
  const violations = context.schemas.validate('contracts-lock', document.value)
  for (const violation of violations) {
    // X07 says of a wrong version that it breaks the schema and that it is wrong.
    if (own && violation.pointer === '/schema_version') continue
    context.emit(violationFinding(document, violation, 'E_ARCH_CONTRACTS_LOCK_SCHEMA_INVALID', context.isFull()))
  }
  document.valid = violations.length === 0
  const value: unknown = typedValue(context, document, 'contracts-lock', violations)
  if (!isModel<ContractsLock>(value, value !== undefined)) {
    const message = `check ${file}: it does not have the form of a lock; run with --write-lock to make it anew`
    context.emit(x07Finding('E_ARCH_CONTRACTS_LOCK_INVALID', 'parse', message, { file, at: { file, line: 1, col: 1 } }))
    return
  }
  if (!hasVersion(value, 'contracts-lock')) {
    const message = `check ${file}: schema_version is not ${SCHEMA_VERSIONS['contracts-lock']}`
    const at = positionIn(document, '/schema_version')
    context.emit(x07Finding('E_ARCH_CONTRACTS_LOCK_SCHEMA_VERSION', 'parse', message, { file, at }))
    return
  }
  // Hashes that are none are not compared with hashes, but by X07.
  if (document.valid || !own) compare(context, document, value)
}

function readLock({ room }: ContractContext, path: string): ReadResult {
  const length = readSmallFile(path, room)
  return length === undefined ? readRegularFile(path) : { ok: true, bytes: room.subarray(0, length) }
}

function compare(context: ContractContext, document: Document, value: ContractsLock): void {
  const here = { indexes: context.lock.indexes, files: context.lock.files }
  if (sameEntries(here.indexes, value.indexes) && sameEntries(here.files, value.files)) return
  const now = sha256Hex(x07FormOfValue(contractsLockOf(context.lock)))
  // X07 hashes what its typed reader took: the objects, where the file has arrays for them.
  const { schema_version, indexes, files } = value
  const locked = document.valid ? document.hash() : sha256Hex(x07FormOfValue({ schema_version, indexes, files }))
  const { groups, pointer } = differences(here, value)
  const summary = groups.map(([what, paths]) => `${what} ${paths.join(', ')}`).join('; ')
  context.emit(
    x07Finding(
      'E_ARCH_CONTRACTS_LOCK_MISMATCH',
      'lint',
      `compare the contracts with ${document.file}: ${summary}; review, then run with --write-lock`,
      {
        file: document.file,
        at: positionIn(document, pointer),
        data: {
          expected_jcs_sha256_hex: now,
          got_jcs_sha256_hex: locked,
          ...(context.rules === 'all' && Object.fromEntries(groups)),
        },
      },
    ),
  )
}

function sameEntries(now: ReadonlyMap<string, string>, locked: ContractsLock['files']): boolean {
  const paths = Object.keys(locked)
  return paths.length === now.size && paths.every((path) => now.get(path) === locked[path]?.jcs_sha256_hex)
}

/** Which paths were changed, added and removed since the lock was written, and where the lock says so first. */
function differences(
  now: Record<'indexes' | 'files', ReadonlyMap<string, string>>,
  locked: ContractsLock,
): { groups: [what: string, paths: string[]][]; pointer: string } {
  const groups = { changed: [] as string[], added: [] as string[], removed: [] as string[] }
  let pointer = ''
  for (const map of ['indexes', 'files'] as const) {
    for (const [path, hash] of now[map]) {
      const entry = Object.hasOwn(locked[map], path) ? locked[map][path] : undefined
      if (entry === undefined) groups.added.push(path)
      else if (entry.jcs_sha256_hex !== hash) groups.changed.push(path)
      if (entry !== undefined && entry.jcs_sha256_hex !== hash)
        pointer ||= `/${map}/${escapePointerToken(path)}/jcs_sha256_hex`
    }
    for (const path of Object.keys(locked[map])) {
      if (now[map].has(path)) continue
      groups.removed.push(path)
      pointer ||= `/${map}/${escapePointerToken(path)}`
    }
  }
  const sorted = Object.entries(groups).map(([what, paths]): [string, string[]] => [what, paths.toSorted(compareUtf8)])
  return { groups: sorted.filter(([, paths]) => paths.length > 0), pointer }
}
