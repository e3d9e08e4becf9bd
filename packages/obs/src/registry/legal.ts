import { ObsError } from '../error.ts'
import { unprintable } from '../openmetrics/escape.ts'
import { familyName, type MetricDeclaration, ticksPerUnit, TOTAL } from './declaration.ts'

/** OpenMetrics reserves a leading underscore, and the colon for rules that aggregate. */
const NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/

/** The names of a family's samples are the family's name with one of these; two families may share none of them. */
const suffixes: Record<MetricDeclaration['type'], readonly string[]> = {
  counter_u64_v1: ['', '_total', '_created'],
  gauge_f64_v1: [''],
  histogram_f64_v1: ['', '_bucket', '_count', '_sum', '_created'],
}

/**
 * Refuses declarations that could not be written as OpenMetrics 1.0 text, where they are declared rather than where they
 * are used.
 *
 * @throws ObsError `invalid_registry` for the first one
 */
export function refuseIllegal(metrics: readonly MetricDeclaration[]): void {
  const owners = new Map<string, string>()
  for (const metric of metrics) {
    const reason = nameFault(metric) ?? labelFault(metric) ?? bucketFault(metric)
    if (reason !== undefined)
      throw new ObsError('invalid_registry', `declare metric ${JSON.stringify(metric.id)}: ${reason}`)
    for (const suffix of suffixes[metric.type]) {
      const name = familyName(metric) + suffix
      const owner = owners.get(name)
      if (owner !== undefined) {
        const clash =
          owner === metric.id ? 'it is declared twice' : `${name} would belong to ${owner} as well, rename one of them`
        throw new ObsError('invalid_registry', `declare metric ${JSON.stringify(metric.id)}: ${clash}`)
      }
      owners.set(name, metric.id)
    }
  }
}

function nameFault({ id, type, unit, help, ...metric }: MetricDeclaration): string | undefined {
  if (!NAME.test(id)) return 'an OpenMetrics name starts with a letter and holds letters, digits and underscores'
  if (type === 'counter_u64_v1' && !(id.endsWith(TOTAL) && id.length > TOTAL.length)) {
    return `the name of a counter ends in ${TOTAL}`
  }
  const family = familyName({ id, type, unit, help, ...metric })
  if (unit !== '' && !NAME.test(unit)) return `the unit ${JSON.stringify(unit)} is not a word that a name can end in`
  if (unit !== '' && !family.endsWith(`_${unit}`)) {
    return `the unit ${unit} is not the end of its name, ${family}_${unit}${type === 'counter_u64_v1' ? TOTAL : ''} would be right`
  }
  const odd = unprintable(help)
  return odd === undefined ? undefined : `its help holds ${odd}`
}

function labelFault({ labels, type }: MetricDeclaration): string | undefined {
  for (const label of labels) {
    if (!NAME.test(label)) {
      return `label ${JSON.stringify(label)} does not start with a letter and hold letters, digits and underscores alone`
    }
    if (label === 'le' && type === 'histogram_f64_v1') return 'label le is what histograms name their buckets by'
    if (labels.indexOf(label) !== labels.lastIndexOf(label)) return `label ${label} is listed twice`
  }
  return undefined
}

function bucketFault({ type, unit, histogramBuckets: bounds }: MetricDeclaration): string | undefined {
  if (type !== 'histogram_f64_v1') return bounds.length === 0 ? undefined : 'only a histogram has histogram_buckets'
  if (bounds.length === 0) return 'a histogram needs histogram_buckets'
  const ticks = ticksPerUnit(unit)
  for (const [at, bound] of bounds.entries()) {
    if (bound < 0) return `bucket ${bound} is below 0, where a histogram of this program observes nothing`
    const previous = bounds[at - 1]
    if (previous !== undefined && bound <= previous) return `bucket ${bound} follows ${previous}, buckets increase`
    const whole = Math.round(bound * ticks)
    if (!Number.isSafeInteger(whole) || whole / ticks !== bound) {
      return `bucket ${bound} is not a whole number of ${ticks === 1 ? unit || 'steps' : 'microseconds'}, in which it counts`
    }
  }
  return undefined
}
