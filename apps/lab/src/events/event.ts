import { encodeEnvelope, type JsonObject } from '@x07-lab/msg-core'

/** One event on its way to the broker. */
export interface LabEvent {
  /** Running number from 0; becomes the message id. */
  readonly n: number
  /** Events of one key stay in order; null for none. */
  readonly key: string | null
  /** RFC 8785 text. */
  readonly payload: string
}

/** Places, in messages, from which a source can give them again. */
export const againStep = 65_536

/** Where the events of a run come from. */
export interface EventSource {
  /** How many there will be, where that is known beforehand. */
  readonly total: number | undefined
  /** What the report says of the input once every event was read. */
  describe(): JsonObject
  /** What a person should hear of the input once every event was read; undefined where that is nothing. */
  remark?(): string | undefined
  /** The messages, as envelopes, in order. May be read once. Waiting for the next ends with `aborted` when the signal aborts. */
  envelopes(signal?: AbortSignal): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /**
   * Messages that were given before, made anew; where the source can do that.
   *
   * @param from the number of the first; a multiple of {@link againStep}
   */
  again?(from: number, count: number): Iterable<Uint8Array>
}

/** The message of an event: canonical JSON, marked as such, with its number as message id. */
export function envelopeOf(topic: string, event: LabEvent): Uint8Array {
  return encodeEnvelope({
    topic,
    key: event.key === null ? null : Buffer.from(event.key),
    value: Buffer.from(event.payload),
    headers: [
      ['content-type', 'application/json'],
      ['message-id', String(event.n)],
    ],
  })
}
