import type { JsonObject } from '@x07-lab/msg-core'
import type { MetricsSnapshot } from '../metrics/snapshot.ts'
import { canonicalBytes } from './canonical.ts'
import { metricsToJson } from './metrics-json.ts'

/** The version of the reports that {@link writeReport} writes; `schemas/report.schema.json` describes it. */
export const REPORT_SCHEMA_VERSION = 'x07.lab.report@0.1.0'

/** What a run came to. */
export interface Report {
  readonly schema_version: typeof REPORT_SCHEMA_VERSION
  /** What went in: seed and number of messages, or the digest of an input file. Nothing that names a machine or a moment. */
  readonly inputs: JsonObject
  /** What was computed from it. */
  readonly aggregate: JsonObject
  /** What was measured on the way. */
  readonly metrics: MetricsSnapshot
}

/**
 * A report as RFC 8785 bytes: the same report gives the same bytes, and no line feed ends them.
 *
 * @throws ObsError `invalid_report` where `inputs` or `aggregate` holds what JSON or RFC 8785 would change in silence:
 *   `undefined`, a class instance, an integer beyond 2^53 - 1, a number that is not finite, half of a surrogate pair
 */
export function writeReport(report: Report): Uint8Array {
  return canonicalBytes({
    schema_version: report.schema_version,
    inputs: report.inputs,
    aggregate: report.aggregate,
    metrics: metricsToJson(report.metrics),
  })
}
