import { type Document, positionIn } from '../document/document.ts'
import type { Documents } from '../document/documents.ts'
import { readPlainDocument } from '../document/plain-document.ts'
import { readDocument } from '../document/read-document.ts'
import { bothPaths } from '../files/paths.ts'
import { readSmallFile } from '../files/read-small.ts'
import { readRegularFile } from '../files/read.ts'
import type { Rules } from '../../check/options.ts'
import type { Finding, Patch, Position } from '../../finding.ts'
import { x07Finding } from '../../findings.ts'
import type { Enforce } from '../manifest/types.ts'
import type { SchemaName } from '../schema/names.ts'
import { type Schemas, versionOf } from '../schema/schemas.ts'
import type { Violation } from '../schema/violations.ts'

/** Bounds on what one check reads below `contracts_v1`. */
export interface ContractBudgets {
  maxFiles: number
  maxBytes: number
}

/** What the contracts lock would pin. */
export interface LockParts {
  indexes: Map<string, string>
  files: Map<string, string>
}

/** What every contract group works with. */
export interface ContractContext {
  root: string
  rules: Rules
  schemas: Schemas
  budgets: ContractBudgets
  /** Where small files are read, one after the other. */
  room: Buffer
  emit(finding: Finding): void
  /** Stores the finding about an exceeded budget, which counts even where `max_diags` leaves no room. */
  exceed(finding: Finding): void
  /** True once `max_diags` findings are stored: positions of further ones need not be worked out. */
  isFull(): boolean
  patches: Patch[]
  lock: LockParts
  /** Whether a budget was exceeded: the exit code is then 4. */
  exceeded: boolean
  filesRead: number
  bytesRead: number
  /** Paths a contract named that are not among the documents. */
  unread: Set<string>
  /** Every document read: the rules of our own look at them again. */
  documents: Documents
}

/** The codes of one kind of file. */
export interface FileCodes {
  read: string
  parse: string
  version: string
  invalid: string
}

/** One code for everything that can be wrong with a file, as the groups with `enforce` have it. */
export const oneCode = (code: string): FileCodes => ({ read: code, parse: code, version: code, invalid: code })

/** Applies a group's `enforce`: `off` drops a finding, `warn` makes it a warning. */
export function emitEnforced(context: ContractContext, enforce: Enforce, finding: Finding): void {
  if (enforce === 'off') return
  context.emit(enforce === 'warn' ? { ...finding, severity: 'warning' } : finding)
}

/**
 * Reads one contract file, or says why not. Only files that were read count against the budgets, twice where they are
 * read twice; the finding about a budget ignores `enforce`.
 */
export function loadContract(
  context: ContractContext,
  path: string,
  codes: FileCodes,
  enforce: Enforce,
  referrer?: () => Position,
): Document | undefined {
  const { file, full } = bothPaths(context.root, path)
  const limit = Math.max(0, context.budgets.maxBytes - context.bytesRead)
  const length = readSmallFile(full, context.room)
  const plain = length === undefined ? undefined : readPlainDocument(file, context.room, length)
  if (plain === undefined || plain.bytes > limit) {
    return loadCarefully(context, { path, file, full, limit }, codes, enforce, referrer)
  }
  if (!countContract(context, path, plain.bytes)) {
    context.unread.add(file)
    return undefined
  }
  context.documents.add(plain, { mayBeLink: false })
  return plain
}

/** Loads what is not just a small file of plain JSON, or says what is wrong with it. */
function loadCarefully(
  context: ContractContext,
  { path, file, full, limit }: { path: string; file: string; full: string; limit: number },
  codes: FileCodes,
  enforce: Enforce,
  referrer: (() => Position) | undefined,
): Document | undefined {
  const fail = (
    stage: 'parse' | 'lint',
    code: string,
    message: string,
    parts: Parameters<typeof x07Finding>[3],
  ): undefined => {
    emitEnforced(context, enforce, x07Finding(code, stage, message, { file, ...parts }))
    return undefined
  }
  context.unread.add(file)
  // What is larger than all that may still be read is counted, not read.
  const read = readRegularFile(full, limit)
  if (!read.ok && read.missing) {
    return fail('lint', codes.read, `read the contract ${path}: ${read.reason}`, {
      file: path,
      data: { path: file },
      ...(referrer === undefined ? {} : { at: referrer() }),
    })
  }
  if (!read.ok && !('tooLarge' in read)) {
    return fail('parse', codes.read, `read the contract ${path}: ${read.reason}`, { at: { file } })
  }
  if (!countContract(context, path, read.ok ? read.bytes.length : read.size)) return undefined
  if (!read.ok) {
    return fail('parse', codes.read, `read the contract ${path}: ${read.reason}`, { at: { file } })
  }
  const document = readDocument(file, read.bytes)
  if ('error' in document) {
    const { line, col, reason } = document.error
    return fail('parse', codes.parse, `parse the contract ${path}: ${reason}`, { at: { file, line, col } })
  }
  context.documents.add(document)
  return document
}

/** Counts one file that was read; false where that goes over a budget. */
export function countContract(context: ContractContext, path: string, bytes: number): boolean {
  context.filesRead += 1
  context.bytesRead += bytes
  const over = (
    budget: 'max_contract_files' | 'max_contract_bytes',
    key: string,
    limit: number,
    seen: number,
  ): false => {
    context.exceeded = true
    context.exceed(
      x07Finding(
        'E_ARCH_TOOL_BUDGET_EXCEEDED',
        'lint',
        `read the contract ${path}: ${seen} exceeds ${budget} ${limit}`,
        {
          at: { file: path },
          data: { budget: `tool_budgets.contracts_budgets.${budget}`, [budget]: limit, [key]: seen },
        },
      ),
    )
    return false
  }
  const { maxFiles, maxBytes } = context.budgets
  if (context.filesRead > maxFiles) return over('max_contract_files', 'contract_files', maxFiles, context.filesRead)
  if (context.bytesRead > maxBytes) return over('max_contract_bytes', 'contract_bytes', maxBytes, context.bytesRead)
  return true
}

/** What validation says of a document: every violation, and whether the version is the expected one. */
export interface Validated {
  violations: readonly Violation[]
  versionMatches: boolean
}

/**
 * Reports a wrong `schema_version`, or else every violation of the schema. The violations are returned in either case:
 * whether nested checks run depends on them, not on the version.
 */
export function validateContract(
  context: ContractContext,
  document: Document,
  schema: SchemaName,
  codes: FileCodes,
  enforce: Enforce,
): Validated {
  const violations = context.schemas.validate(schema, document.value)
  const versionMatches = schemaVersionOf(document) === versionOf(schema)
  if (!versionMatches) {
    emitEnforced(context, enforce, versionFinding(document, schema, codes.version))
  } else {
    for (const violation of violations) {
      if (enforce !== 'off')
        emitEnforced(context, enforce, violationFinding(document, violation, codes.invalid, context.isFull()))
    }
  }
  if (versionMatches && violations.length === 0) document.valid = true
  return { violations, versionMatches }
}

/** The finding about a `schema_version` that is not the expected one. */
export function versionFinding(document: Document, schema: SchemaName, code: string): Finding {
  const got = schemaVersionOf(document)
  const seen = got === undefined ? 'none' : JSON.stringify(got)
  const message = `check ${document.file}: schema_version is ${seen}, expected ${JSON.stringify(versionOf(schema))}`
  const data =
    code === 'E_ARCH_RR_SANITIZER_SCHEMA_VERSION' ? { data: { expected: versionOf(schema), got: got ?? null } } : {}
  return x07Finding(code, 'parse', message, {
    file: document.file,
    at: positionIn(document, '/schema_version'),
    ...data,
  })
}

/** The finding about one violation; X07 names no file, we do in `at`. */
export function violationFinding(document: Document, violation: Violation, code: string, placeless = false): Finding {
  const { instancePath, schemaPath, pointer, message } = violation
  return x07Finding(code, 'parse', `check ${document.file}: ${instancePath || 'the document'} ${message}`, {
    at: placeless ? { file: document.file } : positionIn(document, pointer),
    data: { instance_path: instancePath, schema_path: schemaPath },
  })
}

/** The document's `schema_version`, where it is a string. */
export function schemaVersionOf(document: Pick<Document, 'value'>): string | undefined {
  const { value } = document
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const version = Object.hasOwn(value, 'schema_version') ? value['schema_version'] : undefined
  return typeof version === 'string' ? version : undefined
}
