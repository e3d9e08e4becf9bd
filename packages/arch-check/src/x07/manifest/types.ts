/** Where a node's code may run. */
export type World = 'solve-pure' | 'solve-fs' | 'solve-rr' | 'solve-kv' | 'solve-full' | 'run-os' | 'run-os-sandboxed'

/** How far a node's code is trusted. */
export type TrustZone = 'verified_core' | 'certified_capsule' | 'test_only' | 'untrusted'

/** What a contract group does with its findings. */
export type Enforce = 'error' | 'warn' | 'off'

/** A named set of modules. */
export interface ManifestNode {
  id: string
  match: { module_prefixes: string[]; path_globs: string[] }
  world: World
  trust_zone: TrustZone
  visibility: { mode: 'public' | 'restricted'; visible_to: string[] }
  imports: { deny_prefixes: string[]; allow_prefixes: string[] }
  contracts?: { smoke_entry: string }
}

/** A constraint on edges between nodes. */
export type ManifestRule =
  | { kind: 'deps_v1'; id: string; from: string; to: string[]; mode: 'deny' | 'allow' }
  | { kind: 'layers_v1'; id: string; layers: string[]; direction: 'down' }
  | { kind: 'deny_cycles_v1'; id: string; scope: 'nodes' | 'modules' }

/** Which of the graph checks run. */
export interface ManifestChecks {
  deny_cycles: boolean
  deny_orphans: boolean
  enforce_visibility: boolean
  enforce_world_caps: boolean
  allowlist_mode?: { enabled: boolean; default_allow_external: boolean; default_allow_internal: boolean }
  brand_boundary_v1?: { enabled: boolean }
  world_of_imported_v1?: { enabled: boolean }
}

/** A contract group that names its index and how its findings count. */
export interface EnforcedGroup {
  index_path: string
  enforce: Enforce
}

/** The contract groups of a manifest; `canonical_json` is always there. */
export interface ContractsV1 {
  canonical_json: { mode: 'jcs_rfc8785_v1' }
  rr?: { index_path: string; gen_dir: string; require_policy_for_os_calls: boolean }
  budgets?: { index_path: string; gen_dir: string; require_scopes: boolean }
  msg?: EnforcedGroup
  msg_kafka?: EnforcedGroup
  msg_amqp?: EnforcedGroup
  obs?: EnforcedGroup
  boundaries?: EnforcedGroup
  web?: EnforcedGroup
  crawl?: EnforcedGroup
  cli?: EnforcedGroup
  archive?: EnforcedGroup
  crypto?: EnforcedGroup
  db?: EnforcedGroup
  net?: EnforcedGroup
  tasks?: EnforcedGroup
  sm?: { index_path: string; gen_dir: string; require_gen_uptodate: boolean }
  stream_plugins?: { index_path: string; gen_dir: string; require_registry_uptodate: boolean }
}

/** `arch/manifest.x07arch.json` 0.3.0, after validation. */
export interface Manifest {
  schema_version: 'x07.arch.manifest@0.3.0'
  repo: { id: string; root: string }
  externals: { allowed_import_prefixes: string[]; allowed_exact: string[] }
  nodes: ManifestNode[]
  rules: ManifestRule[]
  contracts_v1?: ContractsV1
  checks: ManifestChecks
  tool_budgets: {
    max_modules: number
    max_edges: number
    max_diags: number
    contracts_budgets?: { max_contract_files: number; max_contract_bytes: number }
  }
}

/** The globs of the manifest lock that say which files are modules. */
export interface ModuleScan {
  include_globs: string[]
  exclude_globs: string[]
}
