import { DriverError } from '@x07-lab/msg-core'
import { type Timers, oneLine } from '@x07-lab/msg-core/kit'
import type { ChannelModel } from 'amqplib'
import type { Tap } from '../wire/tap.ts'

/** One connection that stands, until it does not. */
export interface LiveConnection {
  readonly model: ChannelModel
  readonly tap: Tap
  /** What it says of itself, in one line; a broker that says nothing is called an AMQP broker. */
  readonly brokerName: string
  readonly brokerVersion: string
  /** Queues that the broker has named for this connection, by those names. */
  readonly namedQueues: Set<string>
  readonly alive: boolean
  /** Why the broker holds publishing back (a memory or disk alarm), while it does. */
  readonly blocked: string | undefined
  /**
   * Waits for the broker's answer to a request. amqplib waits for ever: when the connection ends first, for some requests,
   * and when the broker is alive enough for heartbeats but answers nothing. The first rejects, the second ends the
   * connection.
   */
  ask<T>(pending: Promise<T>): Promise<T>
  /** Called once when the connection ends, however it ends; at once where it has ended already. */
  onLost(listener: (cause: unknown) => void): void
  /**
   * Gives the connection up. The peer is told by `connection.close` and the end of the stream, and has {@link lingerMs} to end its
   * own; `cause` is what `onLost` tells, at once.
   */
  destroy(cause: unknown): void
}

export interface LiveConnectionOptions {
  /** The broker's name, for messages. */
  readonly broker: string
  /** Destroys the socket. */
  readonly abort: AbortController
  readonly timers: Timers
  readonly answerTimeoutMs: number
}

export function liveConnection(
  model: ChannelModel,
  tap: Tap,
  { broker, abort, timers, answerTimeoutMs }: LiveConnectionOptions,
): LiveConnection {
  const { product, version } = model.connection.serverProperties as Readonly<Record<string, unknown>>
  let alive = true
  let blocked: string | undefined
  let cause: unknown
  let listener: ((cause: unknown) => void) | undefined
  const { promise: gone, reject: end } = Promise.withResolvers<never>()
  // Most connections end with nobody waiting for an answer.
  gone.catch(() => undefined)
  const lost = (error: unknown): void => {
    if (!alive) return
    cause ??= error
    alive = false
    tap.end()
    letGo(model.connection, timers, abort)
    end(cause ?? new Error('Connection closed'))
    listener?.(cause)
  }
  const destroy = (reason: unknown): void => {
    if (!alive) return
    // amqplib sends it on channel 0, past what its channels have yet to send, and takes nothing more from here on.
    model.close().catch(() => undefined)
    lost(reason)
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
    namedQueues: new Set(),
    brokerName: nameOf(product) ?? 'AMQP broker',
    brokerVersion: nameOf(version) ?? '(no version)',
    get alive() {
      return alive
    },
    get blocked() {
      return blocked
    },
    async ask(pending) {
      const cancel = timers.after(answerTimeoutMs, () => {
        destroy(new DriverError('timeout', `ask ${broker}: no answer within ${answerTimeoutMs} ms`))
      })
      try {
        return await Promise.race([pending, gone])
      } finally {
        cancel()
      }
    },
    onLost(given) {
      listener = given
      if (!alive) given(cause)
    },
    destroy,
  }
}

/**
 * How long a peer has to end its side. One that lives does so at once; a broker behind a proxy lets go of the consumers only when the
 * proxy passes the end on, and not every proxy passes a reset on.
 */
export const lingerMs = 1_000

interface Stream {
  readonly destroyed: boolean
  end(): unknown
  resume(): unknown
  on(event: 'error' | 'close', listener: () => void): unknown
  removeAllListeners(event: 'readable'): unknown
}

/** Ends the stream after what is written, reads what still comes so that nothing holds the peer up, and destroys what is left. */
function letGo(connection: object, timers: Timers, abort: AbortController): void {
  const { stream } = connection as { readonly stream?: Stream }
  if (stream === undefined || stream.destroyed) {
    abort.abort()
    return
  }
  stream.on('error', () => undefined)
  stream.on(
    'close',
    timers.after(lingerMs, () => abort.abort()),
  )
  // amqplib reads no further where it met a frame that it cannot read.
  stream.removeAllListeners('readable')
  stream.end()
  stream.resume()
}

/** A broker is not trusted to name itself with control characters or at length. */
const maxNameLength = 64

function nameOf(said: unknown): string | undefined {
  if (typeof said !== 'string' || said === '') return undefined
  return oneLine(said).slice(0, maxNameLength)
}
