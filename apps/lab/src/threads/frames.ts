import type { JsonObject } from '@x07-lab/msg-core'
import type { DeliveryReport } from '../delivery/report.ts'

/** What the replay tells the thread beside it, each a frame of the pipe. */
export const frameTypes = {
  /** A replay begins; what was told before is forgotten. */
  start: 1,
  /** Number of a lane; body: `[op, key]` as JSON. */
  lane: 2,
  /** Entry, begin, end, lane, recording; body: the document. */
  entry: 3,
  /** Length of the key, -1 for none; body: key, payload. */
  message: 4,
  /** Asks for the {@link TotalsTold}. */
  totals: 5,
  /** 1 where the run waited for all that it published; asks for the {@link DeliveryTold}. */
  delivery: 6,
} as const

export interface TotalsTold {
  readonly kind: 'totals'
  readonly count: number
  readonly aggregate: JsonObject
  readonly notCanonical: number
}

export interface DeliveryTold {
  readonly kind: 'delivery'
  readonly report: DeliveryReport
}

/** What the thread tells back. */
export type Told = TotalsTold | DeliveryTold | { readonly kind: 'failed'; readonly error: unknown }
