import type { JsonObject } from '@x07-lab/msg-core'
import type { MetricFamily, MetricsSnapshot } from '../metrics/snapshot.ts'

/**
 * A snapshot as JSON: an array of families `{name, type, unit, help, series}`, in the snapshot's order. Counts are numbers
 * up to 2^53 - 1 and decimal text beyond; the sum of a histogram is always decimal text, since `0.1` as a double is not
 * 0.1; a gauge is a number, being a double from the start, and text where it is a whole number beyond 2^53 - 1.
 */
export function metricsToJson(snapshot: MetricsSnapshot): JsonObject[] {
  return snapshot.families.map((family) => {
    const { name, type, unit, help } = family
    return { name, type, unit, help, series: seriesToJson(family) }
  })
}

function seriesToJson(family: MetricFamily): JsonObject[] {
  if (family.type === 'counter') {
    return family.series.map(({ labels, value }) => ({ labels: { ...labels }, value: exact(value) }))
  }
  if (family.type === 'gauge') {
    return family.series.map(({ labels, value }) => ({ labels: { ...labels }, value: gaugeValue(value) }))
  }
  return family.series.map(({ labels, buckets, sum, count }) => ({
    labels: { ...labels },
    buckets: buckets.map((bucket) => ({ le: bucket.le, count: exact(bucket.count) })),
    sum,
    count: exact(count),
  }))
}

function exact(count: bigint): number | string {
  return count <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(count) : String(count)
}

function gaugeValue(value: number): number | string {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? String(BigInt(value)) : value
}
