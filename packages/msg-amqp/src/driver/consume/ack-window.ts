import type { Channel, ConsumeMessage } from 'amqplib'

/** The settles of one consuming channel, gathered into as few frames as AMQP allows. */
export interface AckWindow {
  /** The channel takes nothing any more; the broker delivers again what is not settled. */
  readonly ended: boolean
  /** Deliveries of the channel that were settled. */
  readonly settled: number
  /** Takes an ack; it goes out within this turn of the event loop. */
  ack(message: ConsumeMessage): void
  /** Gives a message back at once: to the queue, or (without `requeue`) to its dead-letter exchange. */
  nack(message: ConsumeMessage, requeue: boolean): void
  /** Sends what is gathered. */
  flush(): void
  /** The channel is gone: nothing is sent any more. */
  end(): void
}

/**
 * Delivery tags count from 1 on each channel. All acks up to the lowest tag that is still open go out as one `multiple` ack;
 * acks above a gap go out one by one, so that `multiple` never covers a message that is not done.
 *
 * @param maxGathered acks to gather at most before they are sent
 */
export function ackWindow(channel: Pick<Channel, 'ack' | 'nack'>, maxGathered: number): AckWindow {
  /** Acked and not sent, by tag. */
  const gathered = new Map<number, ConsumeMessage>()
  /** Settled and sent, above the lowest open tag. */
  const sent = new Set<number>()
  let lowest = 1
  let scheduled: NodeJS.Immediate | undefined
  let ended = false
  let settled = 0

  const end = (): void => {
    ended = true
    clearImmediate(scheduled)
    gathered.clear()
  }
  /** A channel that closes throws for what is sent on it; what it leaves unsettled comes again. */
  const send = (frame: () => void): void => {
    try {
      frame()
    } catch {
      end()
    }
  }
  const flush = (): void => {
    clearImmediate(scheduled)
    scheduled = undefined
    let last: ConsumeMessage | undefined
    for (;;) {
      const message = gathered.get(lowest)
      if (message !== undefined) {
        last = message
        gathered.delete(lowest)
      } else if (!sent.delete(lowest)) break
      lowest++
    }
    if (last !== undefined) {
      const upTo = last
      send(() => channel.ack(upTo, true))
    }
    for (const [tag, message] of gathered) {
      if (ended) return
      send(() => channel.ack(message))
      sent.add(tag)
    }
    gathered.clear()
  }

  return {
    get ended() {
      return ended
    },
    get settled() {
      return settled
    },
    ack(message) {
      if (ended) return
      settled++
      gathered.set(message.fields.deliveryTag, message)
      if (gathered.size >= maxGathered) flush()
      else scheduled ??= setImmediate(flush)
    },
    nack(message, requeue) {
      if (ended) return
      settled++
      send(() => channel.nack(message, false, requeue))
      sent.add(message.fields.deliveryTag)
    },
    flush,
    end,
  }
}
