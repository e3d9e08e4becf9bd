import { ObsError } from '../error.ts'
import type { MetricDeclaration, MetricsRegistry, MetricType } from './declaration.ts'
import { refuseIllegal } from './legal.ts'

/** The version of registry documents that {@link parseRegistry} reads. */
export const REGISTRY_SCHEMA_VERSION = 'x07.obs.metrics.registry@0.1.0'

const types: readonly string[] = ['counter_u64_v1', 'gauge_f64_v1', 'histogram_f64_v1'] satisfies MetricType[]

/**
 * Reads a registry document, parsed from JSON, into declarations that instruments can be made from.
 *
 * @throws ObsError `invalid_registry`, with the JSON pointer of the first fault: a wrong shape, an unknown member, or
 *   what OpenMetrics 1.0 could not carry (name, unit, labels, buckets, families that collide)
 */
export function parseRegistry(document: unknown): MetricsRegistry {
  const root = members(document, '', ['schema_version', 'id', 'v', 'metrics'])
  const version = root['schema_version']
  if (version !== REGISTRY_SCHEMA_VERSION) {
    throw fault(
      '/schema_version',
      `${shown(version)} is not ${REGISTRY_SCHEMA_VERSION}, the version this program reads`,
    )
  }
  const id = text(root['id'], '/id', 1, 128)
  const v = root['v']
  if (typeof v !== 'number' || !Number.isSafeInteger(v) || v < 1)
    throw fault('/v', `${shown(v)} is not an integer from 1`)
  const metrics = list(root['metrics'], '/metrics').map((item, at) => declaration(item, `/metrics/${at}`))
  if (metrics.length === 0) throw fault('/metrics', 'it declares no metric, at least one is needed')
  refuseIllegal(metrics)
  return { id, v, metrics }
}

function declaration(value: unknown, path: string): MetricDeclaration {
  const item = members(value, path, ['id', 'type', 'help', 'unit', 'labels'], ['histogram_buckets'])
  const type = item['type']
  if (!isMetricType(type)) throw fault(`${path}/type`, `${shown(type)} is none of ${types.join(', ')}`)
  return {
    id: text(item['id'], `${path}/id`, 1, 256),
    type,
    help: text(item['help'], `${path}/help`, 1, 1024),
    unit: text(item['unit'], `${path}/unit`, 0, 64),
    labels: list(item['labels'], `${path}/labels`).map((label, at) => text(label, `${path}/labels/${at}`, 1, 128)),
    histogramBuckets: list(item['histogram_buckets'] ?? [], `${path}/histogram_buckets`).map((bound, at) => {
      if (typeof bound === 'number' && Number.isFinite(bound)) return bound
      throw fault(`${path}/histogram_buckets/${at}`, `${shown(bound)} is not a finite number`)
    }),
  }
}

function isMetricType(value: unknown): value is MetricType {
  return typeof value === 'string' && types.includes(value)
}

function members(value: unknown, path: string, required: string[], optional: string[] = []): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault(path, 'it is not an object')
  const own: Record<string, unknown> = { ...value }
  for (const name of required) if (!Object.hasOwn(own, name)) throw fault(path, `the member ${name} is missing`)
  for (const name of Object.keys(own)) {
    if (![...required, ...optional].includes(name))
      throw fault(path, `the member ${shown(name)} is not part of the format`)
  }
  return own
}

function list(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw fault(path, 'it is not an array')
  return value
}

function text(value: unknown, path: string, least: number, most: number): string {
  if (typeof value !== 'string') throw fault(path, 'it is not a string')
  const length = Array.from(value).length
  if (length < least || length > most) throw fault(path, `it has ${length} characters, ${least} to ${most} are allowed`)
  return value
}

/** Enough of a wrong value to find it by. */
const SHOWN_CHARACTERS = 80

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? typeof value
  return json.length > SHOWN_CHARACTERS ? `${json.slice(0, SHOWN_CHARACTERS)}…` : json
}

function fault(path: string, reason: string): ObsError {
  return new ObsError('invalid_registry', `read the metrics registry at "${path}": ${reason}`)
}
