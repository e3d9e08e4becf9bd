import { type Document, positionIn } from '../document/document.ts'
import { isFolder } from '../files/kind.ts'
import { shownPath, underRoot } from '../files/paths.ts'
import type { Finding, JsonPatchOp, Position } from '../../finding.ts'
import { x07Finding } from '../../findings.ts'
import type { ContractsV1 } from '../manifest/types.ts'
import { trimBlanks } from '../modules/x07-names.ts'
import { compareUtf8, firstRepeated, firstUnsorted, isSorted } from '../../order.ts'
import { type ContractContext, type FileCodes, loadContract, validateContract, versionFinding } from './context.ts'
import type { RrIndex, RrModel, RrPolicyRef } from './model.ts'
import { kindOfOp } from './rr-ops.ts'
import { hasVersion, isModel, typedValue } from './typed.ts'

const codesOf = (part: 'INDEX' | 'POLICY' | 'SANITIZER'): FileCodes => ({
  read: `E_ARCH_RR_${part}_READ`,
  parse: `E_ARCH_RR_${part}_JSON_PARSE`,
  version: `E_ARCH_RR_${part}_SCHEMA_VERSION`,
  invalid: `E_ARCH_RR_${part}_SCHEMA_INVALID`,
})
const INDEX_CODES = codesOf('INDEX')
const POLICY_CODES = codesOf('POLICY')
const SANITIZER_CODES = codesOf('SANITIZER')

/** The modes an index without `defaults` allows. */
const DEFAULT_MODES = ['replay_v1']

/** Checks the record/replay index and every policy and sanitizer it names. */
export function checkRr(
  context: ContractContext,
  group: NonNullable<ContractsV1['rr']>,
  manifest: Document,
): RrModel | undefined {
  checkFolders(context, group.gen_dir, () => positionIn(manifest, '/contracts_v1/rr/gen_dir'), 'RR', 'arch/rr')
  const referrer = () => positionIn(manifest, '/contracts_v1/rr/index_path')
  const document = loadContract(context, group.index_path, INDEX_CODES, 'error', referrer)
  if (document === undefined) return undefined
  const { violations } = validateContract(context, document, 'rr-index', INDEX_CODES, 'error')
  context.lock.indexes.set(document.file, document.hash())
  const defaulted = ['/policies', '/defaults', '/defaults/record_modes_allowed']
  const value: unknown = typedValue(context, document, 'rr-index', violations, defaulted)
  if (!isModel<Partial<RrIndex> & { schema_version?: string }>(value, value !== undefined)) return undefined
  // The version counts again as X07's typed reader has it, from an array too.
  if (!hasVersion(value, 'rr-index')) context.emit(versionFinding(document, 'rr-index', INDEX_CODES.version))

  const index = withDefaults(value)
  checkIndex(context, document, index)
  index.policies.forEach((policy, at) => checkPolicyRef(context, document, policy, at))
  const files = index.policies.map((policy, at) => checkPolicyFiles(context, document, index, policy, at))
  return { document, index, byId: new Map(index.policies.map((policy) => [policy.id, policy])), files }
}

/** The two folders a group with generated files wants: its fixed one and `gen_dir`. */
export function checkFolders(
  context: ContractContext,
  genDir: string,
  at: () => Position,
  name: 'RR' | 'BUDGETS',
  fixed: string,
): void {
  if (!isFolder(underRoot(context.root, fixed))) {
    const message = `look for the folder ${fixed}: it is not there; create it or remove the group from contracts_v1`
    context.emit(x07Finding(`E_ARCH_${name}_DIR_MISSING`, 'lint', message, { at: at() }))
  }
  if (!isFolder(underRoot(context.root, genDir))) {
    const message = `look for the folder ${genDir}: gen_dir names no folder`
    context.emit(
      x07Finding(`E_ARCH_${name}_GEN_DIR_MISSING`, 'lint', message, {
        file: genDir,
        at: at(),
        data: { gen_dir: shownPath(context.root, genDir) },
      }),
    )
  }
}

function withDefaults(index: Partial<RrIndex>): RrIndex {
  return {
    policies: index.policies ?? [],
    defaults: { record_modes_allowed: index.defaults?.record_modes_allowed ?? DEFAULT_MODES },
  }
}

function checkIndex(context: ContractContext, document: Document, index: RrIndex): void {
  const data = { index_path: document.file }
  const report = (code: string, pointer: string, message: string): void => {
    context.emit(x07Finding(code, 'lint', message, { data, at: positionIn(document, pointer) }))
  }
  const ids = index.policies.map((policy) => policy.id)
  if (!isSorted(ids)) {
    report(
      'E_ARCH_RR_INDEX_NOT_SORTED',
      `/policies/${firstUnsorted(ids)}`,
      `check ${document.file}: policies are not sorted by id`,
    )
  }
  const modes = index.defaults.record_modes_allowed
  const pointer = '/defaults/record_modes_allowed'
  if (!isSorted(modes)) {
    report(
      'E_ARCH_RR_INDEX_DEFAULTS_NOT_SORTED',
      `${pointer}/${firstUnsorted(modes)}`,
      `check ${document.file}: record_modes_allowed is not sorted`,
    )
  }
  const repeated = firstRepeated(modes)
  if (repeated !== -1) {
    report(
      'E_ARCH_RR_INDEX_DEFAULTS_DUP',
      `${pointer}/${repeated}`,
      `check ${document.file}: record_modes_allowed has ${modes[repeated] ?? ''} twice`,
    )
  }
  if (context.rules === 'all' && (repeated !== -1 || !isSorted(modes))) {
    const value = [...new Set(modes)].toSorted(compareUtf8)
    context.patches.push({
      path: document.file,
      ops: [{ op: 'replace', path: pointer, value }],
      note: 'sort the modes',
    })
  }
}

const SORTED_LISTS = [
  { list: 'worlds_allowed', code: 'E_ARCH_RR_POLICY_WORLDS_NOT_SORTED' },
  { list: 'kinds_allowed', code: 'E_ARCH_RR_POLICY_KINDS_NOT_SORTED' },
  { list: 'ops_allowed', code: 'E_ARCH_RR_POLICY_OPS_NOT_SORTED' },
] as const

function checkPolicyRef(context: ContractContext, document: Document, policy: RrPolicyRef, at: number): void {
  const pointer = `/policies/${at}`
  if (trimBlanks(policy.cassette_brand) !== 'std.rr.cassette_v1') {
    const message = `check policy ${policy.id}: cassette_brand is ${JSON.stringify(policy.cassette_brand)}, expected "std.rr.cassette_v1"`
    context.emit(
      x07Finding('E_ARCH_RR_CASSETTE_BRAND_UNSUPPORTED', 'lint', message, {
        at: positionIn(document, `${pointer}/cassette_brand`),
        data: { policy_id: policy.id, cassette_brand: policy.cassette_brand },
      }),
    )
  }
  for (const { list, code } of SORTED_LISTS) {
    const values: readonly string[] = policy[list]
    if (isSorted(values)) continue
    const message = `check policy ${policy.id}: ${list} is not sorted`
    const place = positionIn(document, `${pointer}/${list}/${firstUnsorted(values)}`)
    context.emit(x07Finding(code, 'lint', message, { at: place, data: { policy_id: policy.id } }))
    const op: JsonPatchOp = { op: 'replace', path: `${pointer}/${list}`, value: values.toSorted(compareUtf8) }
    context.patches.push({ path: document.file, ops: [op], note: `sort ${list} of ${policy.id}` })
  }
  for (let index = 0; index < policy.ops_allowed.length; index += 1) {
    const op = policy.ops_allowed[index] ?? ''
    const kind = kindOfOp(op)
    if (kind === undefined || !policy.kinds_allowed.includes(kind)) {
      context.emit(opFinding(policy, op, kind, positionIn(document, `${pointer}/ops_allowed/${index}`)))
    }
  }
}

/** The finding about an operation that can never be recorded, or whose kind the policy does not allow. */
function opFinding(policy: RrPolicyRef, op: string, kind: string | undefined, at: Position): Finding {
  if (kind === undefined) {
    const message = `check policy ${policy.id}: no operation ${op} can be recorded`
    return x07Finding('E_ARCH_RR_OP_KIND_UNKNOWN', 'lint', message, { at, data: { policy_id: policy.id, op } })
  }
  const message = `check policy ${policy.id}: ${op} records kind ${kind}, which kinds_allowed lacks`
  return x07Finding('E_ARCH_RR_OP_KIND_NOT_ALLOWED', 'lint', message, { at, data: { policy_id: policy.id, op, kind } })
}

function checkPolicyFiles(
  context: ContractContext,
  document: Document,
  index: RrIndex,
  policy: RrPolicyRef,
  at: number,
): RrModel['files'][number] {
  const path = policy.policy_path
  const file = loadContract(context, path, POLICY_CODES, 'error', () =>
    positionIn(document, `/policies/${at}/policy_path`),
  )
  if (file === undefined) {
    // A sanitizer is not read without its policy, but it is named all the same.
    context.unread.add(shownPath(context.root, policy.sanitize_path))
    return {}
  }
  validateContract(context, file, 'rr-policy', POLICY_CODES, 'error')
  const id = stringAt(file, 'id')
  if (id !== undefined && id !== policy.id) {
    const message = `check ${path}: its id is ${JSON.stringify(id)}, the index calls it ${JSON.stringify(policy.id)}`
    context.emit(
      x07Finding('E_ARCH_RR_POLICY_ID_MISMATCH', 'lint', message, {
        file: path,
        at: positionIn(file, '/id'),
        data: { policy_id: policy.id, policy_doc_id: id, policy_path: file.file },
      }),
    )
  }
  const mode = stringAt(file, 'mode_default')
  const modes = index.defaults.record_modes_allowed
  if (mode !== undefined && !modes.includes(mode)) {
    const message = `check ${path}: mode_default is ${mode}, record_modes_allowed of the index has ${modes.join(', ') || 'none'}`
    context.emit(
      x07Finding('E_ARCH_RR_POLICY_MODE_NOT_ALLOWED', 'lint', message, {
        file: path,
        at: positionIn(file, '/mode_default'),
        data: { policy_id: policy.id, mode_default: mode, index_record_modes_allowed: modes },
      }),
    )
  }
  context.lock.files.set(file.file, file.hash())
  const sanitizer = checkSanitizer(context, document, policy, at)
  return sanitizer === undefined ? { policy: file } : { policy: file, sanitizer }
}

function checkSanitizer(
  context: ContractContext,
  document: Document,
  policy: RrPolicyRef,
  at: number,
): Document | undefined {
  const path = policy.sanitize_path
  const file = loadContract(context, path, SANITIZER_CODES, 'error', () =>
    positionIn(document, `/policies/${at}/sanitize_path`),
  )
  if (file === undefined) return undefined
  const { violations, versionMatches } = validateContract(context, file, 'rr-sanitize', SANITIZER_CODES, 'error')
  if (versionMatches && violations.length > 0) offerMissingKeys(context, file)
  const id = stringAt(file, 'id')
  if (id !== undefined && id !== policy.sanitize_id) {
    const message = `check ${path}: its id is ${JSON.stringify(id)}, the index calls it ${JSON.stringify(policy.sanitize_id)}`
    context.emit(
      x07Finding('E_ARCH_RR_SANITIZER_ID_MISMATCH', 'lint', message, {
        file: path,
        at: positionIn(file, '/id'),
        data: { sanitize_id: policy.sanitize_id, sanitize_doc_id: id, sanitize_path: file.file },
      }),
    )
  }
  context.lock.files.set(file.file, file.hash())
  return file
}

const SANITIZER_DEFAULTS = [
  ['v', 1],
  ['redact_headers', []],
  ['redact_token', ''],
] as const

function offerMissingKeys(context: ContractContext, file: Document): void {
  const { value } = file
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const ops: JsonPatchOp[] = SANITIZER_DEFAULTS.filter(([key]) => !Object.hasOwn(value, key)).map(
    ([key, fallback]) => ({
      op: 'add',
      path: `/${key}`,
      value: typeof fallback === 'object' ? [] : fallback,
    }),
  )
  if (ops.length > 0) context.patches.push({ path: file.file, ops, note: 'add the keys a sanitizer must have' })
}

/** A string member of a document that is an object. */
export function stringAt(document: Document, key: string): string | undefined {
  const { value } = document
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined
  const member = value[key]
  return typeof member === 'string' ? member : undefined
}
