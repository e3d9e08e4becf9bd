import type { Outcome } from './driver.ts'

/**
 * What the recording and the replaying driver tell of each call, with the very numbers that stand in the cassette: metrics
 * made from them are the same in both. One tick is one microsecond.
 */
export interface DriverObserver {
  /** A publish was confirmed or refused `ticks` after the call. */
  published(status: 'confirmed' | 'refused', envelope: Uint8Array, ticks: number): void
  /** A delivery was settled `ticks` after it was handed over. */
  settled(outcome: Outcome, envelope: Uint8Array, ticks: number): void
  /** A publish, a settle or the deliveries failed. */
  failed(call: 'publish' | 'settle' | 'deliveries', ticks: number): void
}
