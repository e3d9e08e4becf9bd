import type { Delivery, Metadata, Outcome } from '../index.ts'

/** What all deliveries of a replay share. One object for all: nothing more is made for each. */
export interface PlayedDeliveries {
  readonly readMetadata: (ack: Uint8Array) => Metadata
  /** Lets happen what the settle of an entry's delivery causes. */
  readonly settles: (entry: number) => void
}

/** A replayed settle is done at once. */
const settled: Promise<void> = Promise.resolve()

/**
 * A recorded delivery as the program gets it.
 *
 * @param onSettle called for the first settle, after what it causes has happened; throws what the recorded settle failed with
 */
export function playedDelivery(
  source: PlayedDeliveries,
  entry: number,
  envelope: Uint8Array,
  ack: Uint8Array,
  onSettle: (envelope: Uint8Array, outcome: Outcome) => void,
): Delivery {
  let done = false
  let metadata: Metadata | undefined
  return {
    envelope,
    // Parsed when it is looked at.
    get metadata() {
      return (metadata ??= source.readMetadata(ack))
    },
    settle: (outcome) => {
      if (done) return settled
      done = true
      source.settles(entry)
      try {
        onSettle(envelope, outcome)
        return settled
      } catch (error) {
        return Promise.reject(error)
      }
    },
  }
}
