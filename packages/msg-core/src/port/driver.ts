/**
 * The driver port: all that a pipeline knows of a broker. A third driver implements {@link Driver}, passes the driver
 * suite of `@x07-lab/msg-core/testing`, and is done.
 */

import type { Metadata, Outcome, Wire } from '../format/record/types.ts'

export type { Metadata, Outcome, Wire } from '../format/record/types.ts'

/** Confirmed: the broker has it, as safely as the contract asks. Refused: the broker said no; trying again may help. */
export type PublishResult =
  | { readonly status: 'confirmed'; readonly answer: Metadata }
  | { readonly status: 'refused'; readonly reason: string }

/** One message handed to the program. Until it is settled the broker counts it as not processed. */
export interface Delivery {
  /** The X7ME envelope; valid as long as the delivery is. */
  readonly envelope: Uint8Array
  readonly metadata: Metadata
  /**
   * Settles once; a second call does nothing. After `reject` the message is delivered again, in its place: nothing behind
   * it that has not been handed out yet overtakes it.
   *
   * @throws DriverError when the connection was lost before the broker could be told
   */
  settle(outcome: Outcome): Promise<void>
}

/** Options of every call that may wait. */
export interface WaitOptions {
  readonly signal?: AbortSignal
}

export interface Driver extends AsyncDisposable {
  readonly wire: Wire
  /** The arch profile id, by which cassettes name this broker. */
  readonly endpoint: string

  /** Creates what the contract declares (topics, exchanges, queues, bindings) where it is missing. Safe to repeat. */
  ensureTopology(options?: WaitOptions): Promise<void>

  /**
   * Publishes one X7ME envelope and resolves when the broker confirmed or refused it. Calls may overlap; messages leave in
   * the order of the calls. The envelope is borrowed until then: it must not change. While too much is unconfirmed the promise only resolves later: a caller that bounds its open
   * calls has backpressure.
   *
   * @throws DriverError `too_large` above the profile's limit, `connection_lost` or `timeout` once retries are used up,
   *   `closed` after close
   */
  publish(envelope: Uint8Array, options?: WaitOptions): Promise<PublishResult>

  /**
   * Messages as the broker delivers them, until the signal aborts (which ends the iteration without an error) or the
   * driver closes. One iteration at a time. A delivery handed out and not settled when the iteration ends stays settleable
   * until close.
   *
   * @throws DriverError `connection_lost` once retries are used up, `cancelled` when the broker ended the consumer,
   *   `timeout` when a consumer has silently stopped
   */
  deliveries(options?: WaitOptions): AsyncIterable<Delivery>

  /** Waits for open confirms and settles, then lets go of every resource. Idempotent; a second call awaits the first. */
  close(): Promise<void>
}
