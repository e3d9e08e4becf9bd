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

  /**
   * Begins a transaction: what is published in it, and the deliveries that it acknowledges, count together or not at all.
   * One at a time. Only brokers that have such transactions offer it (Kafka; not AMQP's, which promise less).
   *
   * @throws DriverError `invalid_config` where the driver was opened without what it takes, `protocol` while another is under
   *   way
   */
  transaction?(options?: WaitOptions): Promise<Transaction>

  /**
   * Asks the broker whether there is something that may still be delivered here. Never throws: who cannot tell says `unknown`. A
   * message under way may be missed: two times `nothing` with no delivery between them mean that there is nothing.
   */
  remaining?(): Promise<Remaining>

  /** Waits for open confirms and settles, then lets go of every resource. Idempotent; a second call awaits the first. */
  close(): Promise<void>
}

/**
 * `nothing`: all that was published is confirmed, all that was delivered is settled, and what is consumed is empty, with nobody else
 * who holds messages of it. `something`: not so. `unknown`: somebody else has a part in it, or the broker did not say.
 */
export type Remaining = 'nothing' | 'something' | 'unknown'

/** A transaction under way. Disposing of one that has not ended aborts it. */
export interface Transaction extends AsyncDisposable {
  /** As {@link Driver.publish}. Confirmed means written; readers see it when the transaction commits. */
  publish(envelope: Uint8Array, options?: WaitOptions): Promise<PublishResult>

  /**
   * Acknowledges a delivery when the transaction commits; when it is aborted, the delivery comes again. In place of
   * {@link Delivery.settle}.
   */
  ack(delivery: Delivery): void

  /**
   * Ends the transaction with all of it, once its publishes are answered.
   *
   * @throws DriverError where the broker refused it: abort it then
   */
  commit(): Promise<void>

  /** Ends the transaction with nothing of it. */
  abort(): Promise<void>
}
