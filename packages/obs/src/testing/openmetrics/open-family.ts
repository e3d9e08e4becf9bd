import type { Descriptor } from './line.ts'
import type { OpenMetricsSample, OpenMetricsType } from './types.ts'

/** A family while its lines come in. */
export interface OpenFamily {
  readonly name: string
  /** The line of its first mention. */
  readonly line: number
  /** The kinds of its metadata lines, in order. */
  readonly described: Descriptor['kind'][]
  type?: OpenMetricsType
  unit?: string
  help?: string
  readonly samples: OpenMetricsSample[]
}
