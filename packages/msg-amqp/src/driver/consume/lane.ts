import { DriverError } from '@x07-lab/msg-core'
import type { Channel } from 'amqplib'
import type { Link } from '../connection/link.ts'
import { ackWindow, type AckWindow } from './ack-window.ts'

/** A consuming channel with its acks, and the tags of the consumers on it by logical queue. */
export interface Lane {
  readonly link: Link
  readonly channel: Channel
  /** The channel's number on its connection. */
  readonly number: number
  readonly acks: AckWindow
  readonly tags: Map<string, string>
}

/** basic.qos counts in 16 bits; 0 would mean no bound. */
const prefetchMax = 65_535

/** @param closed told once when the channel ends: with the broker's error, or without one when its connection went */
export async function openLane(
  link: Link,
  { prefetchCount, maxPollItems }: { readonly prefetchCount: number; readonly maxPollItems: number },
  closed: (lane: Lane, error: Error | undefined) => void,
): Promise<Lane> {
  const channel = await link.ask(link.model.createChannel())
  const lane: Lane = {
    link,
    channel,
    number: channelNumber(channel),
    acks: ackWindow(channel, maxPollItems),
    tags: new Map(),
  }
  let error: Error | undefined
  channel.on('error', (cause) => {
    error = cause
  })
  channel.on('close', () => closed(lane, error))
  await link.ask(channel.prefetch(prefetchOf(prefetchCount)))
  return lane
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
