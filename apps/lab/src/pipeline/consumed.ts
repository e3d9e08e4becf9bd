import { CodecError, decodeEnvelope } from '@x07-lab/msg-core'

/** What the pipeline needs of a delivered message. */
export interface Consumed {
  readonly key: Uint8Array | null
  readonly payload: Uint8Array
  /** Undefined where the message has none: then nothing can tell it from a repetition. */
  readonly id: string | undefined
}

const none = new Uint8Array(0)

/**
 * Reads a delivered envelope. Bytes that are no envelope (X07's own fixtures hold such) are a payload without a key.
 */
export function readConsumed(envelope: Uint8Array): Consumed {
  try {
    const { key, value, headers } = decodeEnvelope(envelope)
    let id: string | undefined
    for (const [name, text] of headers) if (name === 'message-id' && typeof text === 'string') id = text
    return { key, payload: value ?? none, id }
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    return { key: null, payload: envelope, id: undefined }
  }
}
