import { DriverError } from '@x07-lab/msg-core'
import type { Channel } from 'amqplib'
import type { LiveConnection } from '../connection/live-connection.ts'
import { ackWindow, type AckWindow } from './ack-window.ts'

/** The channel of one consumer. */
export interface ConsumerChannel {
  readonly connection: LiveConnection
  readonly channel: Channel
  /** The channel's number on its connection. */
  readonly number: number
  readonly acks: AckWindow
  /** The consumer's tag, while it consumes. */
  tag: string | undefined
  /** basic.consume was sent, so that the broker may have made a consumer. */
  consumeSent: boolean
  /** Deliveries that have come. */
  received: number
}

/** basic.qos counts in 16 bits; 0 would mean no bound. */
const prefetchMax = 65_535

/** @param closed told once when the channel has ended: with what ended it, or without where its connection went */
export async function openConsumerChannel(
  connection: LiveConnection,
  { prefetchCount, maxPollItems }: { readonly prefetchCount: number; readonly maxPollItems: number },
  closed: (consuming: ConsumerChannel, error: Error | undefined) => void,
): Promise<ConsumerChannel> {
  const channel = await connection.ask(connection.model.createChannel())
  const consuming: ConsumerChannel = {
    connection,
    channel,
    number: channelNumber(channel),
    acks: ackWindow(channel, maxPollItems),
    tag: undefined,
    consumeSent: false,
    received: 0,
  }
  let error: Error | undefined
  channel.on('error', (cause) => {
    error = cause
    // It takes nothing from here on, though the broker's answer to its close is still to come.
    consuming.acks.end()
  })
  channel.on('close', () => closed(consuming, error))
  await connection.ask(channel.prefetch(prefetchOf(prefetchCount)))
  return consuming
}

/** What to ask of the channel for a prefetch of the contract. */
export function prefetchOf(count: number): number {
  return Math.min(count, prefetchMax)
}

/** amqplib 2.3.1 keeps the number of a channel out of its types. */
function channelNumber(channel: object): number {
  if ('ch' in channel && typeof channel.ch === 'number') return channel.ch
  throw new DriverError(
    'protocol',
    'open a channel: this version of amqplib keeps its number elsewhere; use the pinned one',
  )
}
