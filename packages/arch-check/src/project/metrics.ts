import type { Document } from '../x07/document/document.ts'
import type { Finding } from '../finding.ts'
import type { RegistryFile } from './contract-values.ts'
import { accepted, enforced, findingAt, type OwnRuleInput } from './input.ts'

type Metric = RegistryFile['metrics'][number]

/** A MetricFamily name of OpenMetrics 1.0 without the colon, which is for recording rules. */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** Suffixes a sample gets by its type; a family that ends in another type's would collide with it. */
const SUFFIXES = ['_total', '_created', '_bucket', '_sum', '_count', '_info']

/** Metrics that cannot be written as OpenMetrics 1.0, or that a reader would misunderstand. */
export function checkMetrics({ model, context, manifest }: OwnRuleInput): Finding[] {
  const document = model.obs?.registry
  const registry = accepted<RegistryFile>(context, document)
  if (document === undefined || registry === undefined) return []
  const findings = registry.metrics.flatMap((metric, at) => {
    const pointer = `/metrics/${at}`
    return [
      ...checkName(document, metric, pointer),
      ...checkLabels(document, metric, pointer),
      ...checkBuckets(document, metric, pointer),
    ]
  })
  return enforced(manifest.contracts_v1?.obs?.enforce, findings)
}

function checkName(document: Document, metric: Metric, pointer: string): Finding[] {
  const place = `${pointer}/id`
  const data = { metric: metric.id }
  const bad = (message: string): Finding[] => [
    findingAt('E_ARCH_OBS_METRIC_NAME_INVALID', document, place, `the metric ${metric.id} ${message}`, { data }),
  ]
  if (!NAME.test(metric.id))
    return bad('has a name OpenMetrics refuses: letters, digits and underscores, no digit first')
  const counter = metric.type === 'counter_u64_v1'
  if (counter && !metric.id.endsWith('_total')) {
    const message = `the counter ${metric.id} must be called ${metric.id}_total`
    return [findingAt('E_ARCH_OBS_COUNTER_NAME_NOT_TOTAL', document, place, message, { data })]
  }
  const family = counter ? metric.id.slice(0, -'_total'.length) : metric.id
  const suffix = SUFFIXES.find((candidate) => family.endsWith(candidate))
  if (suffix !== undefined) return bad(`ends in ${suffix}, which OpenMetrics keeps for samples of another type`)
  if (metric.unit !== '' && !family.endsWith(`_${metric.unit}`)) {
    const message = `the metric ${metric.id} has the unit ${metric.unit}, so its name must end in _${metric.unit}${counter ? '_total' : ''}`
    return [
      findingAt('E_ARCH_OBS_METRIC_UNIT_SUFFIX', document, place, message, { data: { ...data, unit: metric.unit } }),
    ]
  }
  return []
}

function checkLabels(document: Document, metric: Metric, pointer: string): Finding[] {
  const seen = new Set<string>()
  return metric.labels.flatMap((label, at) => {
    const place = `${pointer}/labels/${at}`
    const data = { metric: metric.id, label }
    if (seen.size === seen.add(label).size) {
      return [
        findingAt(
          'E_ARCH_OBS_LABEL_DUPLICATE',
          document,
          place,
          `the metric ${metric.id} has the label ${label} twice`,
          { data },
        ),
      ]
    }
    const reserved =
      label.startsWith('__') || (label === 'le' && metric.type === 'histogram_f64_v1') || label === 'quantile'
    if (!reserved) return []
    const message = `the metric ${metric.id} has the label ${label}, which OpenMetrics keeps for itself`
    return [findingAt('E_ARCH_OBS_LABEL_RESERVED', document, place, message, { data })]
  })
}

function checkBuckets(document: Document, metric: Metric, pointer: string): Finding[] {
  const buckets = metric.histogram_buckets
  const data = { metric: metric.id }
  if (metric.type !== 'histogram_f64_v1') {
    if (buckets === undefined) return []
    const message = `${metric.id} is no histogram and must not have histogram_buckets`
    return [findingAt('E_ARCH_OBS_BUCKETS_UNEXPECTED', document, `${pointer}/histogram_buckets`, message, { data })]
  }
  if (buckets === undefined || buckets.length === 0) {
    return [
      findingAt('E_ARCH_OBS_BUCKETS_MISSING', document, pointer, `the histogram ${metric.id} needs histogram_buckets`, {
        data,
      }),
    ]
  }
  const at = buckets.findIndex((bound, index) => index > 0 && bound <= (buckets[index - 1] ?? bound))
  if (at === -1) return []
  const message = `the buckets of ${metric.id} do not increase at ${buckets[at] ?? ''}`
  return [
    findingAt('E_ARCH_OBS_BUCKETS_NOT_INCREASING', document, `${pointer}/histogram_buckets/${at}`, message, { data }),
  ]
}
