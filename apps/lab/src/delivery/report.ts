import { canonicalJsonBytes } from '@x07-lab/msg-core/format'
import type { PublishStatus, Settled } from './act.ts'
import type { DeliveryFinding } from './finding.ts'
import type { LogSummary } from './log-messages.ts'

const schemaVersion = 'x07.lab.delivery@0.1.0'

/** What the deliveries of a run were. */
export interface DeliveryCounts {
  total: number
  /** The first one of a message that was published in this run. */
  first: number
  /** Again, and marked so. */
  redelivered: number
  /** Again, and allowed: the publish was sent more than once or failed, or the recording does not mark what comes again. */
  repeated: number
  /** The same message to another consumer. */
  copies: number
  /** Messages that nobody published in this run. */
  of_others: number
  /** Messages whose last delivery was not settled. */
  open: number
}

/** What a run was to the broker, and what was wrong with it. */
export interface DeliveryReport {
  readonly schema_version: typeof schemaVersion
  /** No rule was broken. */
  readonly ok: boolean
  /** Whether the run waited for every message that it published: then one that did not come is a finding. */
  readonly complete: boolean
  readonly publishes: Readonly<Record<PublishStatus, number>>
  readonly deliveries: Readonly<DeliveryCounts>
  readonly settles: Readonly<Record<Settled, number>>
  /** Confirmed publishes that were not delivered when the recording ended, and may come yet. */
  readonly pending: number
  /** CRC-32 over those of the messages, in the order in which their deliveries ended: eight hex digits. */
  readonly sequence: string
  /** Partitions, by name. */
  readonly logs: readonly LogSummary[]
  /** The first 1,000, by entry. */
  readonly findings: readonly DeliveryFinding[]
  /** How often each rule was broken. */
  readonly broken: Readonly<Record<string, number>>
}

export function deliveryReport(parts: Omit<DeliveryReport, 'schema_version' | 'ok'>): DeliveryReport {
  return { schema_version: schemaVersion, ok: parts.findings.length === 0, ...parts }
}

/** What a run's outcome says of its deliveries. */
export type DeliverySummary = Pick<DeliveryReport, 'ok' | 'findings' | 'broken'>

export function summaryOf({ ok, findings, broken }: DeliveryReport): DeliverySummary {
  return { ok, findings, broken }
}

/** The bytes of `delivery.json`: RFC 8785. */
export function deliveryBytes(report: DeliveryReport): Uint8Array {
  return canonicalJsonBytes(JSON.parse(JSON.stringify(report)))
}
