import type { Json } from '../../finding.ts'
import type { SchemaName } from '../schema/names.ts'

/** The members of an object in the order of X07's model; `one` is an object itself, `each` a list of objects, `values` a map. */
type Shape = readonly { key: string; one?: Shape; each?: Shape; values?: Shape }[]

const shape = (...keys: string[]): Shape => keys.map((key) => ({ key }))
const index = (...members: Shape): Shape => [{ key: 'schema_version' }, ...members]

const RR_POLICY = [
  'id',
  'policy_path',
  'sanitize_id',
  'sanitize_path',
  'worlds_allowed',
  'kinds_allowed',
  'ops_allowed',
  'cassette_brand',
]
const AMQP_REF = shape('id', 'path', 'budget_profile_id', 'rr_policy_id')
const BUDGET_REF: Shape = [
  ...shape('id', 'profile_path', 'enforce'),
  { key: 'selectors', each: shape('module_prefix', 'fn') },
  { key: 'worlds_allowed' },
]

const SHAPES: Partial<Record<SchemaName, Shape>> = {
  'contracts-lock': index(
    { key: 'indexes', values: shape('jcs_sha256_hex') },
    { key: 'files', values: shape('jcs_sha256_hex') },
  ),
  'rr-index': index(
    { key: 'policies', each: shape(...RR_POLICY) },
    { key: 'defaults', one: shape('record_modes_allowed') },
  ),
  'budgets-index': index({ key: 'profiles', each: BUDGET_REF }),
  'msg-index': index(
    { key: 'topics', each: shape('id', 'key_brand', 'value_brand', 'max_value_bytes') },
    { key: 'rr_policy_id' },
  ),
  'msg-kafka-index': index({
    key: 'profiles',
    each: shape('id', 'profile_path', 'budget_profile_id', 'rr_policy_id'),
  }),
  'msg-amqp-index': index({ key: 'profiles', each: AMQP_REF }, { key: 'topologies', each: AMQP_REF }),
  'obs-index': index(
    { key: 'metrics_registry_path' },
    { key: 'exporters', each: shape('id', 'profile_path', 'budget_profile_id') },
    { key: 'defaults', one: shape('default_exporter_id') },
  ),
}

/**
 * An index or a lock with its arrays turned into objects where objects belong: X07's typed reader takes `["rr", "p.json", …]` for
 * an entry with these members in their order, and goes on with it after its schema has refused it. What an array has
 * too much goes under keys that no model has.
 */
export function structsOf(schema: SchemaName, value: Json): Json {
  const members = SHAPES[schema]
  return members === undefined ? value : structOf(members, value)
}

function structOf(members: Shape, value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  const entries = Array.isArray(value)
    ? value.map((item, at): [string, Json] => [members[at]?.key ?? String(at), item])
    : Object.entries(value)
  return Object.fromEntries(entries.map(([key, item]) => [key, memberOf(members, key, item)]))
}

function memberOf(members: Shape, key: string, value: Json): Json {
  const { one, each, values } = members.find((member) => member.key === key) ?? {}
  if (one !== undefined) return structOf(one, value)
  if (values !== undefined && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, structOf(values, item)]))
  }
  return each !== undefined && Array.isArray(value) ? value.map((item) => structOf(each, item)) : value
}
