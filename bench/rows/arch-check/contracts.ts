import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { layers, moduleCount, prefixOfLayer } from './modules.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * How many contracts of each kind there are, and a sanitizer for each policy; with one topology, four indexes, the
 * manifest and two locks a thousand files.
 */
const counts = { rr: 250, budgets: 244, kafka: 150, amqp: 98 } as const

const worlds = ['run-os', 'run-os-sandboxed', 'solve-rr']
const ops = [
  'std.msg.amqp.consume_env_v1',
  'std.msg.amqp.publish_env_v1',
  'std.msg.kafka.poll_env_v1',
  'std.msg.kafka.publish_env_v1',
]

/** Writes the contracts of a project, all of them valid and consistent. Locks are not written. */
export function writeContracts(root: string): void {
  for (const [path, value] of Object.entries(contracts())) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
  }
}

function contracts(): Record<string, Json> {
  return {
    'arch/manifest.x07arch.json': manifest(),
    // Only the globs of the first lock count; writing the locks gives it the right hash.
    'arch/manifest.lock.json': {
      schema_version: 'x07.arch.manifest.lock@0.1.0',
      manifest_path: 'arch/manifest.x07arch.json',
      jcs_sha256_hex: '0'.repeat(64),
      module_scan: { include_globs: ['packages/*/src/**/*.ts'], exclude_globs: ['**/node_modules/**'] },
    },
    ...recordReplay(),
    ...budgets(),
    ...kafka(),
    ...amqp(),
  }
}

function manifest(): Json {
  const ids = Array.from({ length: layers }, (_, layer) => `layer_${layer}`)
  return {
    schema_version: 'x07.arch.manifest@0.3.0',
    repo: { id: 'bench', root: '.' },
    externals: { allowed_import_prefixes: ['node:'], allowed_exact: [] },
    nodes: ids.map((id, layer) => ({
      id,
      match: { module_prefixes: [prefixOfLayer(layer)], path_globs: [] },
      world: 'run-os',
      trust_zone: 'untrusted',
      visibility: { mode: 'public', visible_to: [] },
      imports: { deny_prefixes: [], allow_prefixes: [] },
    })),
    rules: [
      { kind: 'layers_v1', id: 'layers', layers: ids, direction: 'down' },
      { kind: 'deny_cycles_v1', id: 'cycles', scope: 'modules' },
    ],
    checks: { deny_cycles: true, deny_orphans: true, enforce_visibility: true, enforce_world_caps: true },
    tool_budgets: {
      max_modules: moduleCount,
      max_edges: moduleCount * 10,
      max_diags: 2000,
      contracts_budgets: { max_contract_files: 10_000, max_contract_bytes: 67_108_864 },
    },
    contracts_v1: {
      rr: { index_path: 'arch/rr/index.x07rr.json', gen_dir: 'arch/rr', require_policy_for_os_calls: false },
      msg_amqp: { index_path: 'arch/msg/amqp/index.x07amqp.json', enforce: 'error' },
      msg_kafka: { index_path: 'arch/msg/kafka/index.x07kafka.json', enforce: 'error' },
      budgets: { index_path: 'arch/budgets/index.x07budgets.json', gen_dir: 'arch/budgets', require_scopes: false },
      canonical_json: { mode: 'jcs_rfc8785_v1' },
    },
  }
}

function recordReplay(): Record<string, Json> {
  const ids = numbered('policy', counts.rr)
  const policyPath = (id: string): string => `arch/rr/policies/${id}.policy.json`
  const sanitizePath = (id: string): string => `arch/rr/sanitizers/${id}.sanitize.json`
  return {
    'arch/rr/index.x07rr.json': {
      schema_version: 'x07.arch.rr.index@0.1.0',
      policies: ids.map((id) => ({
        id,
        policy_path: policyPath(id),
        sanitize_id: id,
        sanitize_path: sanitizePath(id),
        worlds_allowed: worlds,
        kinds_allowed: ['rr'],
        ops_allowed: ops,
        cassette_brand: 'std.rr.cassette_v1',
      })),
      defaults: { record_modes_allowed: ['off', 'record_v1', 'replay_v1'] },
    },
    ...entries(ids, policyPath, (id, at) => ({
      schema_version: 'x07.arch.rr.policy@0.1.0',
      id,
      v: 1,
      mode_default: 'replay_v1',
      match_mode: at % 2 === 0 ? 'transcript_v1' : 'lookup_v1',
      budgets: {
        max_cassette_bytes: 8_388_608 + at,
        max_entries: 10_000,
        max_req_bytes: 262_144,
        max_resp_bytes: 262_144,
        max_key_bytes: 256,
      },
    })),
    ...entries(ids, sanitizePath, (id) => ({
      schema_version: 'x07.arch.rr.sanitize@0.1.0',
      id,
      v: 1,
      redact_headers: ['authorization', 'cookie', 'proxy-authorization', 'set-cookie'],
      redact_token: '[redacted]',
    })),
  }
}

function budgets(): Record<string, Json> {
  const ids = numbered('budget', counts.budgets)
  const path = (id: string): string => `arch/budgets/profiles/${id}.budget.json`
  return {
    'arch/budgets/index.x07budgets.json': {
      schema_version: 'x07.arch.budgets.index@0.1.0',
      profiles: ids.map((id) => ({
        id,
        profile_path: path(id),
        enforce: 'error',
        selectors: [],
        worlds_allowed: worlds,
      })),
    },
    ...entries(ids, path, (id, at) => ({
      schema_version: 'x07.budget.profile@0.1.0',
      id,
      v: 1,
      cfg: {
        mode: 'trap_v1',
        label: `the work of ${id}`,
        alloc_bytes: 16_777_216 + at,
        alloc_calls: 100_000,
        memcpy_bytes: 16_777_216,
        fuel: 50_000_000,
      },
    })),
  }
}

function kafka(): Record<string, Json> {
  const ids = numbered('kafka', counts.kafka)
  const path = (id: string): string => `arch/msg/kafka/profiles/${id}.kafka_profile.json`
  return {
    'arch/msg/kafka/index.x07kafka.json': {
      schema_version: 'x07.arch.msg.kafka.index@0.1.0',
      profiles: ids.map((id, at) => ({ id, profile_path: path(id), ...ownersOf(at) })),
    },
    ...entries(ids, path, (id, at) => ({
      schema_version: 'x07.arch.msg.kafka.profile@0.1.0',
      id,
      v: 1,
      bootstrap: [`kafka-${at}.example.com:9093`, `kafka-${at}-b.example.com:9093`],
      security: {
        sasl_mode: 'scram_v1',
        tls: true,
        username_secret_id: `${id}_user`,
        password_secret_id: `${id}_password`,
      },
      limits: { max_message_bytes: 131_072, max_poll_items: 500, max_poll_wait_ms: 1000 },
    })),
  }
}

function amqp(): Record<string, Json> {
  const ids = numbered('amqp', counts.amqp)
  const path = (id: string): string => `arch/msg/amqp/profiles/${id}.amqp_profile.json`
  const topology = 'arch/msg/amqp/topology/orders.topology.json'
  return {
    'arch/msg/amqp/index.x07amqp.json': {
      schema_version: 'x07.arch.msg.amqp.index@0.1.0',
      profiles: ids.map((id, at) => ({ id, path: path(id), ...ownersOf(at) })),
      topologies: [{ id: 'orders', path: topology, ...ownersOf(0) }],
    },
    [topology]: {
      schema_version: 'x07.arch.msg.amqp.topology@0.1.0',
      id: 'orders',
      v: 1,
      exchanges: [{ name: 'orders', type: 'topic' }],
      queues: [{ name: 'billing' }],
      bindings: [{ exchange: 'orders', queue: 'billing', routing_key: '#' }],
    },
    ...entries(ids, path, (id, at) => ({
      schema_version: 'x07.arch.msg.amqp.profile@0.1.0',
      id,
      v: 1,
      host: `rabbit-${at}.example.com`,
      port: 5671,
      vhost: '/',
      auth: { username_secret_id: `${id}_user`, password_secret_id: `${id}_password` },
      limits: { max_body_bytes: 131_072, prefetch_count: 256, max_poll_items: 500 },
    })),
  }
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${name}_${String(at).padStart(4, '0')}`)
}

/** The policy and the budget of the broker profile at some place. */
function ownersOf(at: number): { readonly budget_profile_id: string; readonly rr_policy_id: string } {
  const suffix = String(at).padStart(4, '0')
  return { budget_profile_id: `budget_${suffix}`, rr_policy_id: `policy_${suffix}` }
}

function entries(
  ids: readonly string[],
  path: (id: string) => string,
  value: (id: string, at: number) => Json,
): Record<string, Json> {
  return Object.fromEntries(ids.map((id, at) => [path(id), value(id, at)]))
}
