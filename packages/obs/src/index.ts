export { ObsError, type ObsErrorCode } from './error.ts'
export { createLog, type Log, type LogFields, type LogLevel, logLevels, type LogOptions } from './log/log.ts'
export type { Counter } from './metrics/counter.ts'
export type { Gauge } from './metrics/gauge.ts'
export type { Histogram } from './metrics/histogram.ts'
export { createMetrics, type Metrics, type MetricSource } from './metrics/metrics.ts'
export { MAX_SERIES_PER_METRIC } from './metrics/slot.ts'
export type {
  Bucket,
  CounterSeries,
  GaugeSeries,
  HistogramSeries,
  Labels,
  MetricFamily,
  MetricsSnapshot,
} from './metrics/snapshot.ts'
export { OPENMETRICS_CONTENT_TYPE, renderOpenMetrics } from './openmetrics/render.ts'
export type { MetricDeclaration, MetricsRegistry, MetricType } from './registry/declaration.ts'
export { parseRegistry } from './registry/parse.ts'
export { metricsToJson } from './report/metrics-json.ts'
export { type Report, REPORT_SCHEMA_VERSION, writeReport } from './report/report.ts'
