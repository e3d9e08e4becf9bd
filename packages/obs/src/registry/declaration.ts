/** The kinds of instrument a registry can declare, by the names that the registry format gives them. */
export type MetricType = 'counter_u64_v1' | 'gauge_f64_v1' | 'histogram_f64_v1'

/** One metric as the registry declares it. */
export interface MetricDeclaration {
  /** The name people query by: counters end in `_total`, and a unit stands before that, or at the end. */
  readonly id: string
  readonly type: MetricType
  readonly help: string
  /** An OpenMetrics unit such as `seconds` or `bytes`; empty where the metric counts things. */
  readonly unit: string
  /** Every label a series must have, in the registry's order. */
  readonly labels: readonly string[]
  /** Upper bounds in the metric's unit, strictly increasing, `+Inf` left out; empty unless a histogram. */
  readonly histogramBuckets: readonly number[]
}

/** A registry document (`x07.obs.metrics.registry@0.1.0`) after validation. */
export interface MetricsRegistry {
  readonly id: string
  readonly v: number
  readonly metrics: readonly MetricDeclaration[]
}

/** The OpenMetrics family of a metric: its id, without the `_total` that a counter's samples carry. */
export function familyName(metric: MetricDeclaration): string {
  return metric.type === 'counter_u64_v1' ? metric.id.slice(0, -TOTAL.length) : metric.id
}

/** What a counter's id ends in. */
export const TOTAL = '_total'

/** A microsecond is the finest step in which durations are counted, as in a cassette. */
const TICKS_PER_SECOND = 1_000_000

/** How many steps of a histogram make one of its unit: a million for seconds, else one. */
export function ticksPerUnit(unit: string): number {
  return unit === 'seconds' ? TICKS_PER_SECOND : 1
}
