import { DriverError } from '@x07-lab/msg-core'

/** The exact bytes behind one delivery, which amqplib's decoder would round, reorder or replace. Borrowed from the socket. */
export interface RawDelivery {
  readonly deliveryTag: number
  readonly routingKey: Buffer
  /** Property flags and list of the content header. */
  readonly properties: Buffer
}

/** Sees every byte a connection reads, and keeps the raw parts of deliveries until they are asked for. */
export interface Tap {
  /** The delivery with this tag; amqplib hands the deliveries of a channel over in the order of the wire, so does this. */
  next(channel: number, deliveryTag: number): RawDelivery
}

/** What is used of a connection inside amqplib 2.3.1, which pins it: see the README's word on the exact version. */
interface TappedConnection {
  readonly stream: { read(size?: number): Buffer | null }
  /** Bytes read from the stream and not yet parsed. */
  readonly rest: Buffer
}

const frameHeaderBytes = 7
const frameEndBytes = 1
const methodFrame = 1
const headerFrame = 2
/** Class 60 (basic), method 60 (deliver). */
const basicDeliver = 0x003c_003c
/** Class 20 (channel), method 11 (open-ok): the number is in use anew. */
const channelOpenOk = 0x0014_000b

/**
 * Reads along on an open amqplib connection. Frames are `u8 type | u16 channel | u32 size | payload | 0xCE`; only the
 * method frame of a delivery and the content header after it are looked into.
 *
 * @throws DriverError `protocol` when the connection is not built as this client version builds it
 */
export function tapConnection(connection: object): Tap {
  if (!isTappable(connection)) {
    throw new DriverError(
      'protocol',
      'open broker: this version of amqplib keeps its socket elsewhere; use the pinned one',
    )
  }
  const { stream, rest } = connection
  const scanner = frameScanner()
  scanner.feed(rest)
  const read = stream.read.bind(stream)
  stream.read = (size) => {
    const chunk = read(size)
    if (chunk !== null) scanner.feed(chunk)
    return chunk
  }
  return scanner
}

function isTappable(connection: object): connection is TappedConnection {
  const { stream, rest } = connection as { readonly stream?: { readonly read?: unknown }; readonly rest?: unknown }
  return typeof stream?.read === 'function' && Buffer.isBuffer(rest)
}

/** The scanner behind {@link tapConnection}: frames may be cut anywhere between two chunks. */
export function frameScanner(): Tap & { feed(chunk: Buffer): void } {
  let rest: Buffer = nothing
  /** Bytes of a frame of no interest that are still to come. */
  let skip = 0
  const channels = new Map<number, Channel>()

  const channelOf = (number: number): Channel => {
    let channel = channels.get(number)
    if (channel === undefined) {
      channel = { announced: undefined, ready: [], head: 0 }
      channels.set(number, channel)
    }
    return channel
  }
  const method = (channel: number, bytes: Buffer, start: number, end: number): void => {
    const id = end - start < 4 ? 0 : bytes.readUInt32BE(start)
    if (id === basicDeliver) channelOf(channel).announced = readDeliver(bytes, start)
    else if (id === channelOpenOk) channels.delete(channel)
  }
  const header = (number: number, bytes: Buffer, start: number, end: number): void => {
    // A returned message has a content header too, but nothing announced a delivery.
    const channel = channels.get(number)
    if (channel?.announced === undefined) return
    const { deliveryTag, routingKey } = channel.announced
    channel.announced = undefined
    channel.ready.push({ deliveryTag, routingKey, properties: bytes.subarray(start + 12, end) })
  }

  return {
    feed(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let at = Math.min(skip, bytes.length)
      skip -= at
      while (bytes.length - at >= frameHeaderBytes) {
        const type = bytes[at]
        const start = at + frameHeaderBytes
        const end = start + bytes.readUInt32BE(at + 3)
        if (type === methodFrame || type === headerFrame) {
          if (bytes.length < end + frameEndBytes) break
          if (type === methodFrame) method(bytes.readUInt16BE(at + 1), bytes, start, end)
          else header(bytes.readUInt16BE(at + 1), bytes, start, end)
        }
        at = end + frameEndBytes
        if (at > bytes.length) {
          skip = at - bytes.length
          at = bytes.length
        }
      }
      rest = at === bytes.length ? nothing : bytes.subarray(at)
    },
    next(number, deliveryTag) {
      const channel = channels.get(number)
      const item = channel?.ready[channel.head]
      if (channel === undefined || item === undefined || item.deliveryTag !== deliveryTag) {
        throw new DriverError(
          'protocol',
          `read delivery ${deliveryTag}: its content header was not seen on the connection`,
        )
      }
      channel.head++
      if (channel.head === channel.ready.length) {
        channel.ready.length = 0
        channel.head = 0
      }
      return item
    },
  }
}

const nothing = Buffer.alloc(0)

/** What was seen of a channel: a delivery whose content header is to come, and those that are whole, first in, first out. */
interface Channel {
  announced: Announced | undefined
  readonly ready: RawDelivery[]
  head: number
}

type Announced = Omit<RawDelivery, 'properties'>

/**
 * basic.deliver := u32 class and method | shortstr consumer-tag | u64 delivery-tag | u8 redelivered | shortstr exchange |
 * shortstr routing-key
 */
function readDeliver(bytes: Buffer, start: number): Announced {
  let at = start + 5 + (bytes[start + 4] ?? 0)
  const deliveryTag = bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
  at += 9
  at += 1 + (bytes[at] ?? 0)
  return { deliveryTag, routingKey: bytes.subarray(at + 1, at + 1 + (bytes[at] ?? 0)) }
}
