/** Label names and values of one series, names in ascending order. */
export type Labels = Readonly<Record<string, string>>

interface FamilyHead {
  /** The OpenMetrics family name; a counter's samples add `_total`. */
  readonly name: string
  readonly help: string
  /** Empty where the metric has no unit. */
  readonly unit: string
}

/** One series of a counter. */
export interface CounterSeries {
  readonly labels: Labels
  readonly value: bigint
}

/** One series of a gauge; finite. */
export interface GaugeSeries {
  readonly labels: Labels
  readonly value: number
}

/** How many observations were at most `le`, lower buckets included. */
export interface Bucket {
  /** The bound in the family's unit in its canonical form; the last one is `+Inf`. */
  readonly le: string
  readonly count: bigint
}

/** One series of a histogram. */
export interface HistogramSeries {
  readonly labels: Labels
  readonly buckets: readonly Bucket[]
  /** The exact sum of the observations in the family's unit, a decimal: `0.1` seconds, `1024` bytes. */
  readonly sum: string
  readonly count: bigint
}

/** One metric with all its series. */
export type MetricFamily =
  | (FamilyHead & { readonly type: 'counter'; readonly series: readonly CounterSeries[] })
  | (FamilyHead & { readonly type: 'gauge'; readonly series: readonly GaugeSeries[] })
  | (FamilyHead & { readonly type: 'histogram'; readonly series: readonly HistogramSeries[] })

/**
 * All metrics at one moment, as data: families by name and series by label values, both ascending in code points. It
 * depends on what was counted alone, not on the order of events, of registry entries or of labels, nor on any clock.
 */
export interface MetricsSnapshot {
  readonly families: readonly MetricFamily[]
}
