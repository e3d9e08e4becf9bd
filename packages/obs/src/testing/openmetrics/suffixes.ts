import type { OpenMetricsType } from './types.ts'

/** What the names of a family's samples add to the family's name. */
export const sampleSuffixes: Record<OpenMetricsType, readonly string[]> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  stateset: [''],
  info: ['_info'],
  summary: ['', '_count', '_sum', '_created'],
  unknown: [''],
}
