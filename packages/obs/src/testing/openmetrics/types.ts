/** The metric types of OpenMetrics 1.0. */
export const metricTypes = [
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'stateset',
  'info',
  'summary',
  'unknown',
] as const

/** One of {@link metricTypes}. */
export type OpenMetricsType = (typeof metricTypes)[number]

/** Text that is refused, by the line that breaks a rule. */
export class OpenMetricsError extends Error {
  override readonly name = 'OpenMetricsError'
  /** Counted from 1. */
  readonly line: number

  constructor(line: number, reason: string) {
    super(`read OpenMetrics text at line ${line}: ${reason}`)
    this.line = line
  }
}

/** Data from elsewhere, such as a trace id, attached to a sample. */
export interface OpenMetricsExemplar {
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  readonly timestamp?: number
}

/** One line with a value. */
export interface OpenMetricsSample {
  readonly line: number
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  /** The value as written, since a double may not hold it. */
  readonly text: string
  readonly value: number
  /** Seconds. */
  readonly timestamp?: number
  readonly exemplar?: OpenMetricsExemplar
}

/** One metric family with its samples, in the order of the text. */
export interface OpenMetricsFamily {
  readonly name: string
  readonly type: OpenMetricsType
  readonly unit: string
  readonly help: string
  readonly samples: readonly OpenMetricsSample[]
}

/** How strict {@link parseOpenMetrics} is. */
export interface OpenMetricsParseOptions {
  /**
   * `enforce` (default) also refuses what the specification only advises against or reserves: metadata out of the order
   * TYPE, UNIT, HELP or left out, numbers in labels that are not canonical, counts with a point, timestamps, names that
   * start with an underscore or hold a colon, escapes of characters that need none, carriage returns, a target family
   * that is not the first.
   */
  readonly recommendations?: 'enforce' | 'ignore'
}
