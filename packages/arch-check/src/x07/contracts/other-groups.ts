import { type Document, positionIn } from '../document/document.ts'
import type { Finding, Json } from '../../finding.ts'
import { ownFinding } from '../../findings.ts'
import type { ContractsV1 } from '../manifest/types.ts'
import { type ContractContext, loadContract, oneCode } from './context.ts'

/** Groups whose contents this program does not check; it reads and locks their files all the same. */
export type OtherGroup =
  | 'boundaries'
  | 'sm'
  | 'web'
  | 'crawl'
  | 'cli'
  | 'archive'
  | 'db'
  | 'net'
  | 'crypto'
  | 'stream_plugins'
  | 'tasks'

/** Where the index of a group names its files: pointers with `*` for every index of a list. */
const FILES: Readonly<Record<OtherGroup, readonly string[]>> = {
  boundaries: [],
  sm: ['/machines/*/spec_path'],
  web: ['/apis/*/api_path', '/apis/*/openapi_profile_path'],
  crawl: ['/policies/*/policy_path'],
  cli: ['/profiles/*/path'],
  archive: ['/profiles/*/profile_path'],
  db: ['/migrate_plans/*/plan_path', '/query_catalogs/*/catalog_path'],
  net: ['/grpc/services_path'],
  crypto: [],
  stream_plugins: ['/plugins/*/plugin_spec_path'],
  tasks: [],
}

/** The file the crypto group locks besides its index; no index names it. */
const JWT_PROFILES = 'arch/crypto/jwt_profiles.x07jwt.json'

const CODES = oneCode('E_ARCH_CONTRACT_FILE_UNREADABLE')

/** Reads and locks one group that is not checked. */
export function lockOtherGroup(
  context: ContractContext,
  group: OtherGroup,
  contracts: ContractsV1,
  manifest: Document,
): void {
  const config = contracts[group]
  if (config === undefined) return
  // What X07 would say here, with codes of its own for each group, is outside this program; ours say as much.
  const enforce = context.rules === 'x07' ? 'off' : 'enforce' in config ? config.enforce : 'error'
  const quiet: ContractContext = {
    ...context,
    emit: (finding: Finding) => context.emit({ ...finding, origin: 'own' }),
  }
  const load = (path: string, at: () => ReturnType<typeof positionIn>): Document | undefined => {
    const document = loadContract(quiet, path, CODES, enforce, at)
    context.filesRead = quiet.filesRead
    context.bytesRead = quiet.bytesRead
    context.exceeded = quiet.exceeded
    return document
  }
  const index = load(config.index_path, () => positionIn(manifest, `/contracts_v1/${group}/index_path`))
  if (index === undefined) return
  context.lock.indexes.set(group === 'boundaries' ? 'boundaries' : index.file, index.hash())
  if (group === 'boundaries') context.lock.files.set(index.file, index.hash())
  const named = FILES[group].flatMap((pattern) => stringsAt(index.value, pattern.slice(1).split('/'), ''))
  if (group === 'crypto') named.push({ pointer: '', path: JWT_PROFILES })
  for (const { pointer, path } of named) {
    const file = load(path, () => positionIn(index, pointer))
    if (file !== undefined) context.lock.files.set(file.file, file.hash())
  }
}

/** One notice for all groups that are locked but not checked. */
export function unsupportedNotice(contracts: ContractsV1, manifest: Document): Finding | undefined {
  const groups = Object.keys(FILES).filter((group) => Object.hasOwn(contracts, group))
  const [first] = groups
  if (first === undefined) return undefined
  const message = `check contracts_v1: ${groups.join(', ')} ${groups.length === 1 ? 'is' : 'are'} read and locked, but not checked by this program`
  const at = positionIn(manifest, `/contracts_v1/${first}`)
  return ownFinding('W_ARCH_CONTRACT_GROUP_UNCHECKED', message, at, { severity: 'info', data: { groups } })
}

function stringsAt(
  value: Json | undefined,
  tokens: readonly string[],
  pointer: string,
): { pointer: string; path: string }[] {
  const [token, ...rest] = tokens
  if (token === undefined) return typeof value === 'string' ? [{ pointer, path: value }] : []
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) {
    return token === '*' ? value.flatMap((item, at) => stringsAt(item, rest, `${pointer}/${at}`)) : []
  }
  return Object.hasOwn(value, token) ? stringsAt(value[token], rest, `${pointer}/${token}`) : []
}
