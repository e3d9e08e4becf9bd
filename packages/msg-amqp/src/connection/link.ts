import type { ChannelModel } from 'amqplib'
import type { Tap } from '../wire/tap.ts'

/** One connection that stands, until it does not. */
export interface Link {
  readonly model: ChannelModel
  readonly tap: Tap
  readonly brokerVersion: string
  readonly alive: boolean
  /** Why the broker holds publishing back (a memory or disk alarm), while it does. */
  readonly blocked: string | undefined
  /** Waits for an answer that amqplib never gives, nor refuses, when the connection ends first: then rejects. */
  answer<T>(pending: Promise<T>): Promise<T>
  /** Called once when the connection ends, however it ends; at once where it has ended already. */
  onLost(listener: (cause: unknown) => void): void
  /** Ends the connection without a word to the broker; `cause` is what `onLost` tells. */
  destroy(cause: unknown): void
}

/** @param abort destroys the socket */
export function linkOf(model: ChannelModel, tap: Tap, abort: AbortController): Link {
  const brokerVersion = model.connection.serverProperties.version
  let alive = true
  let blocked: string | undefined
  let cause: unknown
  let listener: ((cause: unknown) => void) | undefined
  const gone = Promise.withResolvers<void>()
  const lost = (error: unknown): void => {
    cause ??= error
    if (!alive) return
    alive = false
    // After a heartbeat timeout amqplib only half-closes the socket, which a silent peer never answers.
    abort.abort()
    gone.resolve()
    listener?.(cause)
  }
  // An error is always followed by a close; it is kept because the close after it does not repeat every cause.
  model.on('error', (error) => {
    cause ??= error
  })
  model.on('close', (error) => lost(error))
  model.on('blocked', (reason) => {
    blocked = reason
  })
  model.on('unblocked', () => {
    blocked = undefined
  })
  return {
    model,
    tap,
    brokerVersion,
    get alive() {
      return alive
    },
    get blocked() {
      return blocked
    },
    answer: (pending) =>
      Promise.race([
        pending,
        gone.promise.then(() => {
          throw new Error('Connection closed before it answered', { cause })
        }),
      ]),
    onLost(given) {
      listener = given
      if (!alive) given(cause)
    },
    destroy(reason) {
      cause ??= reason
      abort.abort()
    },
  }
}
