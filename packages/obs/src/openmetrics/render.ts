import type { Labels, MetricFamily, MetricsSnapshot } from '../metrics/snapshot.ts'
import { escapeText } from './escape.ts'
import { canonicalFloat } from './number.ts'

/** What an HTTP server says of {@link renderOpenMetrics} text. */
export const OPENMETRICS_CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/**
 * A snapshot as OpenMetrics 1.0 text: per family TYPE, UNIT, HELP, then its samples; `# EOF` and one line feed at the end.
 * The same snapshot gives the same text: no timestamps, no `_created`, no exemplars.
 *
 * @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export function renderOpenMetrics(snapshot: MetricsSnapshot): string {
  return [...snapshot.families.flatMap(familyLines), '# EOF', ''].join('\n')
}

function familyLines(family: MetricFamily): string[] {
  const { name, type, unit, help } = family
  const lines = [`# TYPE ${name} ${type}`]
  if (unit !== '') lines.push(`# UNIT ${name} ${unit}`)
  lines.push(`# HELP ${name} ${escapeText(help)}`, ...sampleLines(family))
  return lines
}

function sampleLines(family: MetricFamily): string[] {
  const { name } = family
  if (family.type === 'counter') {
    return family.series.map(({ labels, value }) => `${name}_total${labelSet(labels)} ${value}`)
  }
  if (family.type === 'gauge') {
    return family.series.map(({ labels, value }) => `${name}${labelSet(labels)} ${canonicalFloat(value)}`)
  }
  return family.series.flatMap(({ labels, buckets, sum, count }) => [
    ...buckets.map(({ le, count: upTo }) => `${name}_bucket${labelSet(labels, le)} ${upTo}`),
    `${name}_sum${labelSet(labels)} ${sum}`,
    `${name}_count${labelSet(labels)} ${count}`,
  ])
}

/** The `le` of a bucket stands last, after the labels that all samples of the series share. */
function labelSet(labels: Labels, le?: string): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value)}"`)
  if (le !== undefined) pairs.push(`le="${le}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
