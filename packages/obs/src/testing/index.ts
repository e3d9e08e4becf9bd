export { parseOpenMetrics } from './openmetrics/parse.ts'
export {
  metricTypes,
  OpenMetricsError,
  type OpenMetricsExemplar,
  type OpenMetricsFamily,
  type OpenMetricsParseOptions,
  type OpenMetricsSample,
  type OpenMetricsType,
} from './openmetrics/types.ts'
