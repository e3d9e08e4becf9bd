import type { Metadata, Outcome } from './types.ts'
import type { Json } from '../envelope/index.ts'

/**
 * How an iteration over deliveries ended: the program left it (`returned`), its signal aborted, the driver was closed or the
 * broker had no more (`closed`), or the deliveries failed.
 */
export type IterationEnd = 'returned' | 'aborted' | 'closed' | 'failed'

/** What is known of a delivery without a settle that succeeded. */
export interface UnsettledNote {
  readonly metadata: Metadata
  /** What the program said, where its settle failed. */
  readonly outcome?: Outcome
  readonly error?: string
}

/** Reads the response of an iteration's entry; undefined for other bytes. */
export function readIterationEnd(bytes: Uint8Array): IterationEnd | undefined {
  const end = (parse(bytes) as { end?: unknown } | undefined)?.end
  return end === 'returned' || end === 'aborted' || end === 'closed' || end === 'failed' ? end : undefined
}

/** Reads the response of an unsettled delivery's entry. */
export function readUnsettledNote(bytes: Uint8Array): UnsettledNote {
  const note = parse(bytes)
  if (typeof note !== 'object' || note === null || Array.isArray(note)) return { metadata: {} }
  const { metadata, outcome, error } = note as { metadata?: Json; outcome?: Json; error?: Json }
  const flat = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
  return {
    metadata: flat ? (metadata as Metadata) : {},
    ...(outcome === 'ack' || outcome === 'reject' || outcome === 'discard' ? { outcome } : {}),
    ...(typeof error === 'string' ? { error } : {}),
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch {
    return undefined
  }
}
