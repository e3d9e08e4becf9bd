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
  let rest: Buffer = Buffer.alloc(0)
  /** Bytes of a frame of no interest that are still to come. */
  let skip = 0
  const announced = new Map<number, Announced>()
  const ready = new Map<number, Queue>()

  const method = (channel: number, payload: Buffer): void => {
    const id = payload.length < 4 ? 0 : payload.readUInt32BE(0)
    if (id === basicDeliver) announced.set(channel, readDeliver(payload))
    else if (id === channelOpenOk) ready.delete(channel)
  }
  const header = (channel: number, payload: Buffer): void => {
    // A returned message has a content header too, but nothing announced a delivery.
    const delivery = announced.get(channel)
    if (delivery === undefined) return
    announced.delete(channel)
    const queue = ready.get(channel) ?? { items: [], head: 0 }
    ready.set(channel, queue)
    queue.items.push({ ...delivery, properties: payload.subarray(12) })
  }

  return {
    feed(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let at = Math.min(skip, bytes.length)
      skip -= at
      while (bytes.length - at >= frameHeaderBytes) {
        const type = bytes[at]
        const end = at + frameHeaderBytes + bytes.readUInt32BE(at + 3)
        if (type === methodFrame || type === headerFrame) {
          if (bytes.length < end + frameEndBytes) break
          const payload = bytes.subarray(at + frameHeaderBytes, end)
          if (type === methodFrame) method(bytes.readUInt16BE(at + 1), payload)
          else header(bytes.readUInt16BE(at + 1), payload)
        }
        at = end + frameEndBytes
        if (at > bytes.length) {
          skip = at - bytes.length
          at = bytes.length
        }
      }
      rest = bytes.subarray(at)
    },
    next(channel, deliveryTag) {
      const queue = ready.get(channel)
      const item = queue?.items[queue.head]
      if (queue === undefined || item === undefined || item.deliveryTag !== deliveryTag) {
        throw new DriverError(
          'protocol',
          `read delivery ${deliveryTag}: its content header was not seen on the connection`,
        )
      }
      queue.head++
      if (queue.head === queue.items.length) {
        queue.items = []
        queue.head = 0
      }
      return item
    },
  }
}

interface Queue {
  items: RawDelivery[]
  head: number
}

type Announced = Omit<RawDelivery, 'properties'>

/**
 * basic.deliver := u32 class and method | shortstr consumer-tag | u64 delivery-tag | u8 redelivered | shortstr exchange |
 * shortstr routing-key
 */
function readDeliver(payload: Buffer): Announced {
  let at = 5 + (payload[4] ?? 0)
  const deliveryTag = Number(payload.readBigUInt64BE(at))
  at += 9
  at += 1 + (payload[at] ?? 0)
  return { deliveryTag, routingKey: payload.subarray(at + 1, at + 1 + (payload[at] ?? 0)) }
}
