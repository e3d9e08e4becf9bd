import { DriverError } from '@x07-lab/msg-core'
import type { ConfirmChannel } from 'amqplib'

/** A confirm channel that takes frames as they are. */
export interface RawChannel {
  readonly number: number
  /** Largest frame that the peers agreed on; 0 for no bound. */
  readonly frameMax: number
  /** False once the channel closes: what is written then is lost. */
  readonly open: boolean
  /**
   * Writes the frames of one publish, each piece whole frames; `confirmed` is told the broker's answer.
   *
   * @returns false when amqplib's buffer is full; `drain` tells when it is not
   */
  write(pieces: readonly Buffer[], confirmed: (error: unknown) => void): boolean
}

/** What is used of a channel inside amqplib 2.3.1, which pins it. */
interface Internals {
  readonly ch: number
  readonly connection: {
    readonly frameMax: number
    sentSinceLastCheck: boolean
    readonly channels: readonly ({ readonly buffer: { write(bytes: Buffer): boolean } } | null)[]
  }
  pushConfirmCallback(confirmed: (error: unknown) => void): void
}

/**
 * Publishes past amqplib's encoder, which guesses types, reorders names and knows fewer properties than AMQP has.
 *
 * @throws DriverError `protocol` when the channel is not built as this client version builds it
 */
export function rawChannel(channel: ConfirmChannel): RawChannel {
  if (!isRaw(channel)) {
    throw new DriverError(
      'protocol',
      'open a channel: this version of amqplib keeps its frames elsewhere; use the pinned one',
    )
  }
  const { connection, ch } = channel
  return {
    number: ch,
    frameMax: connection.frameMax,
    get open() {
      // A channel that closes gets functions of its own that throw.
      return !Object.hasOwn(channel, 'sendMessage') && connection.channels[ch] != null
    },
    write(pieces, confirmed) {
      const buffer = connection.channels[ch]?.buffer
      if (buffer === undefined) throw new Error('Channel closed')
      channel.pushConfirmCallback(confirmed)
      connection.sentSinceLastCheck = true
      let room = true
      for (const piece of pieces) room = buffer.write(piece)
      return room
    },
  }
}

function isRaw(channel: object): channel is Internals {
  const { ch, connection, pushConfirmCallback } = channel as Partial<Internals>
  return (
    typeof ch === 'number' &&
    typeof pushConfirmCallback === 'function' &&
    typeof connection?.frameMax === 'number' &&
    typeof connection.channels?.[ch]?.buffer.write === 'function'
  )
}
