import { readContract } from '@x07-lab/msg-core/json'
import { ObsError } from '../error.ts'
import type { MetricsRegistry } from './declaration.ts'
import { refuseIllegal } from './legal.ts'
import { registryDocumentForm } from './registry.generated.ts'

/**
 * Reads a registry document, parsed from JSON, into declarations that instruments can be made from.
 *
 * @throws ObsError `invalid_registry` for the first fault, by its field: a wrong shape, an unknown field, or what OpenMetrics
 *   1.0 could not carry (name, unit, labels, buckets, families that collide)
 */
export function parseRegistry(document: unknown): MetricsRegistry {
  const { id, v, metrics } = readContract(
    registryDocumentForm,
    document,
    (problem) => new ObsError('invalid_registry', `read metrics registry: ${problem}`),
  )
  const declared = metrics.map(({ histogram_buckets: histogramBuckets = [], ...metric }) => ({
    ...metric,
    histogramBuckets,
  }))
  refuseIllegal(declared)
  return { id, v, metrics: declared }
}
