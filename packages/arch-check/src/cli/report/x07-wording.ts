import type { Finding } from '../../finding.ts'

/**
 * The words of X07 0.2.17 behind its codes. They are what its reports hold, and the third key by which it sorts findings, so
 * that a report under its rules is its own to the byte where they are known; elsewhere ours stand.
 */
const WORDS: Readonly<Record<string, string>> = {
  E_ARCH_BUDGETS_DIR_MISSING: 'budgets contracts directory is missing (expected arch/budgets/)',
  E_ARCH_BUDGETS_GEN_DIR_MISSING: 'budgets gen_dir directory is missing',
  E_ARCH_BUDGETS_INDEX_SCHEMA_VERSION: 'schema_version mismatch for budgets index',
  E_ARCH_BUDGET_PROFILE_NOT_FOUND: 'budget profile_id is not declared in arch/budgets index',
  E_ARCH_BUDGET_PROFILE_SCHEMA_VERSION: 'schema_version mismatch for budget profile',
  E_ARCH_BUDGET_SCOPE_MISSING: 'function must be wrapped in budget.scope_from_arch_v1',
  E_ARCH_BUDGET_SELECTOR_FN_NOT_FOUND: 'budget selector function not found in module',
  E_ARCH_BUDGET_SELECTOR_MODULE_PREFIX_NOT_FOUND: 'budget selector module_prefix matched no modules',
  E_ARCH_BUDGET_WORLD_VIOLATION: 'budget profile is not allowed in this world',
  E_ARCH_CONTRACTS_LOCK_MISMATCH: 'contracts lock does not match current contract files',
  E_ARCH_CONTRACTS_LOCK_SCHEMA_VERSION: 'schema_version mismatch for contracts lock',
  E_ARCH_CYCLE: 'cyclic dependency between nodes is forbidden',
  E_ARCH_DEPS_DENY: 'dependency is denied by deps_v1 rule',
  E_ARCH_DUPLICATE_MODULE_ID: 'duplicate module_id across scanned files',
  E_ARCH_EDGE_NOT_ALLOWED: 'internal edge is not allowed by layers_v1 or deps_v1 allow rules',
  E_ARCH_EXTERNAL_IMPORT_NOT_ALLOWED: 'external import is not allowed by externals policy',
  E_ARCH_IMPORT_PREFIX_DENIED: 'node import policy denies this prefix',
  E_ARCH_IMPORT_PREFIX_NOT_ALLOWED: 'node import policy does not allow this import prefix',
  E_ARCH_LAYERS_VIOLATION: 'dependency violates layers_v1 direction=down',
  E_ARCH_MSG_AMQP_BUDGET_MISSING: 'amqp ref references missing budget_profile_id',
  E_ARCH_MSG_KAFKA_BUDGET_MISSING: 'kafka profile references missing budget_profile_id',
  E_ARCH_NODE_ORPHAN_MODULE: 'module matched no node',
  E_ARCH_NODE_OVERLAP_MODULE: 'module matched multiple nodes',
  E_ARCH_OBS_BUDGET_PROFILE_MISSING: 'exporter references missing budget_profile_id',
  E_ARCH_RR_CASSETTE_BRAND_UNSUPPORTED: 'cassette_brand is not supported (expected std.rr.cassette_v1)',
  E_ARCH_RR_DIR_MISSING: 'RR contracts directory is missing (expected arch/rr/)',
  E_ARCH_RR_GEN_DIR_MISSING: 'RR gen_dir directory is missing',
  E_ARCH_RR_INDEX_DEFAULTS_DUP: 'defaults.record_modes_allowed[] must not contain duplicates',
  E_ARCH_RR_INDEX_DEFAULTS_NOT_SORTED: 'defaults.record_modes_allowed[] must be sorted',
  E_ARCH_RR_INDEX_NOT_SORTED: 'policies[] must be sorted by id',
  E_ARCH_RR_INDEX_SCHEMA_VERSION: 'schema_version mismatch for RR index',
  E_ARCH_RR_OP_KIND_NOT_ALLOWED: 'op kind is not included in kinds_allowed',
  E_ARCH_RR_OP_KIND_UNKNOWN: 'op kind is unknown to arch check',
  E_ARCH_RR_OP_NOT_ALLOWED: 'recordable op is not allowed by this RR policy',
  E_ARCH_RR_POLICY_ID_MISMATCH: 'RR policy id does not match index entry',
  E_ARCH_RR_POLICY_KINDS_NOT_SORTED: 'kinds_allowed[] must be sorted',
  E_ARCH_RR_POLICY_MODE_NOT_ALLOWED: 'RR policy mode_default is not allowed by arch/rr index defaults',
  E_ARCH_RR_POLICY_OPS_NOT_SORTED: 'ops_allowed[] must be sorted',
  E_ARCH_RR_POLICY_REQUIRED: 'recordable op requires std.rr.with_policy_v1 in OS worlds',
  E_ARCH_RR_POLICY_SCHEMA_VERSION: 'schema_version mismatch for RR policy',
  E_ARCH_RR_POLICY_WORLDS_NOT_SORTED: 'worlds_allowed[] must be sorted',
  E_ARCH_RR_SANITIZER_ID_MISMATCH: 'RR sanitizer id does not match index entry',
  E_ARCH_RR_SANITIZER_SCHEMA_VERSION: 'schema_version mismatch for RR sanitizer',
  E_ARCH_RR_WORLD_VIOLATION: 'RR policy is not allowed in this world',
  E_ARCH_TRUST_ZONE_EDGE: 'verified_core nodes may only depend on verified_core or certified_capsule nodes',
  E_ARCH_VISIBILITY: 'target node is not visible to importing node',
  E_ARCH_WORLD_EDGE_FORBIDDEN: 'solve-* nodes must not depend on run-os* nodes',
  W_ARCH_CONTRACTS_LOCK_MISSING: 'contracts lock is missing (arch/contracts.lock.json)',
}

/** What the groups with one code for everything say of a wrong version. */
const VERSION_OF: Readonly<Record<string, string>> = {
  E_ARCH_MSG_AMQP_INDEX_MISSING: 'msg amqp index',
  E_ARCH_MSG_AMQP_PROFILE_INVALID: 'amqp profile',
  E_ARCH_MSG_AMQP_TOPOLOGY_INVALID: 'amqp topology',
  E_ARCH_MSG_INDEX_MISSING: 'msg index',
  E_ARCH_MSG_KAFKA_INDEX_MISSING: 'msg kafka index',
  E_ARCH_MSG_KAFKA_PROFILE_INVALID: 'kafka profile',
  E_ARCH_OBS_EXPORTER_PROFILE_INVALID: 'exporter profile',
  E_ARCH_OBS_INDEX_MISSING: 'obs index',
  E_ARCH_OBS_REGISTRY_MISSING: 'metrics registry',
}

/** What X07 says of each budget, by a key of the finding's data. */
const BUDGET_WORDS = [
  ['modules_found', 'too many modules'],
  ['module_edges', 'too many module edges'],
  ['max_diags', 'too many diagnostics'],
  ['bytes_in_total', 'max_bytes_in exceeded during module scan'],
] as const

/** A finding with X07's words, where they are known. */
export function inX07Words(finding: Finding): Finding {
  const message = wordsOf(finding)
  return message === undefined ? finding : { ...finding, message }
}

function wordsOf({ code, stage, loc, data = {}, message }: Finding): string | undefined {
  const keys = Object.keys(data)
  if (data['instance_path'] !== undefined) return violationWords(message)
  if (code === 'E_ARCH_RR_POLICY_NOT_FOUND') {
    return keys.includes('rr_policy_id')
      ? 'rr_policy_id not found in RR index'
      : 'RR policy_id is not declared in arch/rr index'
  }
  if (code === 'E_ARCH_LOCK_MISMATCH' && keys.length > 0) return 'manifest hash does not match lock (use --write-lock)'
  if (code === 'E_ARCH_TOOL_BUDGET_EXCEEDED') return BUDGET_WORDS.find(([key]) => keys.includes(key))?.[1]
  if (code === 'E_ARCH_PUBLIC_BYTES_UNBRANDED') {
    return `public exported bytes ${keys.includes('param') ? 'param' : 'result'} is missing a brand`
  }
  const file = loc !== undefined && 'file' in loc ? loc.file : undefined
  if (stage === 'lint' && file !== undefined && keys.length === 1 && data['path'] === file)
    return 'contract file is missing'
  const kind = VERSION_OF[code]
  if (kind !== undefined && keys.length === 0 && message.includes('schema_version is ')) {
    return `schema_version mismatch for ${kind}`
  }
  return WORDS[code]
}

/** The words of X07's validator for the violations that name no value. */
function violationWords(message: string): string | undefined {
  const missing = /must have the key (".*")$/.exec(message)?.[1]
  if (missing !== undefined) return `${missing} is a required property`
  const unknown = /must not have the keys? (".*")$/.exec(message)?.[1]
  if (unknown === undefined) return undefined
  const keys: unknown = JSON.parse(`[${unknown}]`)
  const names = (Array.isArray(keys) ? keys : []).map((key) => `'${typeof key === 'string' ? key : ''}'`)
  return `Additional properties are not allowed (${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} unexpected)`
}
