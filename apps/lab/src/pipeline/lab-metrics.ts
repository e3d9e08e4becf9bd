import type { DriverObserver } from '@x07-lab/msg-core/driver'
import { createMetrics, ObsError, type Metrics } from '@x07-lab/obs'
import { broken, readRegistry } from '../contracts.ts'

/** The instruments of a run and who feeds them. */
export interface LabMetrics {
  readonly metrics: Metrics
  /** Fed by the recording or the replaying driver, with the cassette's own numbers. */
  readonly observer: DriverObserver
  readonly duplicate: () => void
}

/**
 * The instruments that the registry under `root` declares.
 *
 * @throws UserError where the registry cannot be read, or lacks what is measured here
 */
export async function openLabMetrics(root: string): Promise<LabMetrics> {
  const { file, document } = await readRegistry(root)
  try {
    return createLabMetrics(document)
  } catch (cause) {
    if (!(cause instanceof ObsError)) throw cause
    throw broken(file, cause.message, cause)
  }
}

/** @param registry the parsed `arch/obs/metrics/registry.x07metrics.json` */
export function createLabMetrics(registry: unknown): LabMetrics {
  const metrics = createMetrics(registry)
  const produced = metrics.counter('lab_messages_produced_total')
  const consumed = {
    ack: metrics.counter('lab_messages_consumed_total', { outcome: 'ack' }),
    reject: metrics.counter('lab_messages_consumed_total', { outcome: 'reject' }),
  }
  const duplicated = metrics.counter('lab_messages_duplicated_total')
  const bytesProduced = metrics.counter('lab_payload_bytes_total', { direction: 'produced' })
  const bytesConsumed = metrics.counter('lab_payload_bytes_total', { direction: 'consumed' })
  const confirmLatency = metrics.histogram('lab_publish_confirm_latency_seconds')
  const processingLatency = metrics.histogram('lab_processing_latency_seconds')
  return {
    metrics,
    observer: {
      published(status, envelope, ticks) {
        if (status === 'refused') return
        produced.inc()
        bytesProduced.inc(payloadLength(envelope))
        confirmLatency.observe(ticks)
      },
      settled(outcome, envelope, ticks) {
        // Of the two outcomes that are not an ack the registry knows one; this program discards nothing.
        consumed[outcome === 'ack' ? 'ack' : 'reject'].inc()
        bytesConsumed.inc(payloadLength(envelope))
        processingLatency.observe(ticks)
      },
      // A failure shows in the exit code and the log; the registry counts messages.
      failed() {},
    },
    duplicate: () => duplicated.inc(),
  }
}

/** Length of an envelope's value, found by skipping topic and key; bytes that are no envelope count whole. */
function payloadLength(envelope: Uint8Array): number {
  const keyAt = 16 + u32(envelope, 12)
  const valueAt = keyAt + 4 + u32(envelope, keyAt)
  return valueAt + 4 > envelope.length ? envelope.length : u32(envelope, valueAt)
}

/** Behind the end there are only zeros. */
function u32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)
  return low + (bytes[at + 3] ?? 0) * 0x100_0000
}
