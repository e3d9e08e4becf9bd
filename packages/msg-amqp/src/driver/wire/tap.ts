import { DriverError } from '@x07-lab/msg-core'
import { frameHeaderBytes, headerFrame, methodFrame } from '../../protocol/index.ts'

/** The bytes behind one delivery or returned message, which amqplib's decoder would round, reorder, replace or refuse. */
export interface RawDelivery {
  readonly deliveryTag: number
  readonly routingKey: Buffer
  /** Property flags and list of the content header. */
  readonly properties: Buffer
}

/** Takes the properties out of what a connection reads, and keeps them until they are asked for. */
export interface Tap {
  /** The delivery with this tag; amqplib hands the deliveries of a channel over in the order of the wire, so does this. */
  next(channel: number, deliveryTag: number): RawDelivery
  /** The properties of the returned message that amqplib hands over now. */
  nextReturned(channel: number): Buffer
  /** The connection is given up: what still comes is read by nobody. */
  end(): void
}

/** What is used of a connection inside amqplib 2.3.1, which pins it: see the README's word on the exact version. */
interface TappedConnection {
  readonly stream: { read(size?: number): Buffer | null }
  /** Bytes read from the stream and not yet parsed. */
  rest: Buffer
  /** Largest frame that the peers agreed on. */
  readonly frameMax: number
}

const frameEndBytes = 1
/** Class 60 (basic), methods 60 (deliver) and 50 (return). */
const basicDeliver = 0x003c_003c
const basicReturn = 0x003c_0032
/** Class 20 (channel), method 11 (open-ok): the number is in use anew. */
const channelOpenOk = 0x0014_000b
/** Of a content header: class, weight, body size; the property flags come after them. */
const flagsAt = 12

/**
 * Stands between the socket of an open amqplib connection and its parser. Frames are `u8 type | u16 channel | u32 size | payload
 * | 0xCE`. Of a delivered or returned message the property flags are kept and set to zero: amqplib then reads no property, so
 * that a header that it cannot read does not stop the connection.
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
  const { stream } = connection
  const filter = frameFilter(connection.frameMax)
  connection.rest = filter.feed(connection.rest)
  const read = stream.read.bind(stream)
  stream.read = (size) => {
    // Of a frame that is not whole yet nothing is passed on; amqplib waits for more only when it is told that there is nothing.
    for (let chunk = read(size); chunk !== null; chunk = read(size)) {
      const passed = filter.feed(chunk)
      if (passed.length > 0) return passed
    }
    return null
  }
  return filter
}

function isTappable(connection: object): connection is TappedConnection {
  const { stream, rest, frameMax } = connection as Partial<TappedConnection>
  return typeof stream?.read === 'function' && Buffer.isBuffer(rest) && typeof frameMax === 'number'
}

const nothing = Buffer.alloc(0)

/**
 * The filter behind {@connection tapConnection}: takes bytes cut anywhere, gives those to pass on. Changes the bytes it is given.
 *
 * @param frameMax a longer frame is an error at once, where amqplib would wait for what it announces: nothing else would be read
 *   meanwhile, and the broker's heartbeats would keep the connection
 */
export function frameFilter(frameMax = Infinity): Tap & { feed(chunk: Buffer): Buffer } {
  /** The beginning of a method or header frame. */
  let held: Buffer[] = []
  let heldBytes = 0
  /** What must be there before the held bytes are looked at again. */
  let wanted = frameHeaderBytes
  /** Bytes of a frame of no interest that are still to come. */
  let skip = 0
  let ended = false
  const channels = new Map<number, Channel>()

  const channelOf = (number: number): Channel => {
    let channel = channels.get(number)
    if (channel === undefined) {
      channel = { announced: undefined, ready: [], head: 0, returned: [] }
      channels.set(number, channel)
    }
    return channel
  }
  const method = (number: number, bytes: Buffer, start: number, end: number): void => {
    const id = end - start < 4 ? 0 : bytes.readUInt32BE(start)
    if (id === basicDeliver) channelOf(number).announced = readDeliver(bytes, start)
    else if (id === basicReturn) channelOf(number).announced = 'return'
    else if (id === channelOpenOk) channels.delete(number)
  }
  const header = (number: number, bytes: Buffer, start: number, end: number): void => {
    const channel = channels.get(number)
    const announced = channel?.announced
    if (channel === undefined || announced === undefined || end - start < flagsAt + 2) return
    channel.announced = undefined
    if (announced === 'return') channel.returned.push(takeProperties(bytes, start + flagsAt, end))
    else channel.ready.push({ ...announced, properties: takeProperties(bytes, start + flagsAt, end) })
  }

  return {
    feed(chunk) {
      if (ended) return chunk
      if (heldBytes > 0) {
        held.push(chunk)
        heldBytes += chunk.length
        if (heldBytes < wanted) return nothing
      }
      const bytes = heldBytes > 0 ? Buffer.concat(held, heldBytes) : chunk
      let at = Math.min(skip, bytes.length)
      skip -= at
      wanted = frameHeaderBytes
      while (bytes.length - at >= frameHeaderBytes) {
        const type = bytes[at]
        const start = at + frameHeaderBytes
        const length = bytes.readUInt32BE(at + 3)
        if (length > frameMax) {
          throw new DriverError(
            'connection_lost',
            `read a frame of type ${type}: length ${length} exceeds frame_max ${frameMax}; bytes were lost or changed on the way`,
          )
        }
        const end = start + length
        if (type === methodFrame || type === headerFrame) {
          if (bytes.length < end + frameEndBytes) {
            wanted = end + frameEndBytes - at
            break
          }
          if (type === methodFrame) method(bytes.readUInt16BE(at + 1), bytes, start, end)
          else header(bytes.readUInt16BE(at + 1), bytes, start, end)
        }
        at = end + frameEndBytes
        if (at > bytes.length) {
          skip = at - bytes.length
          at = bytes.length
        }
      }
      heldBytes = bytes.length - at
      held = heldBytes === 0 ? [] : [bytes.subarray(at)]
      return heldBytes === 0 ? bytes : bytes.subarray(0, at)
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
    nextReturned: (number) => channels.get(number)?.returned.shift() ?? noProperties,
    end() {
      ended = true
      held = []
      heldBytes = 0
    },
  }
}

const noProperties = Buffer.alloc(2)

/** What was seen of a channel: a message whose content header is to come, and those that are whole, first in, first out. */
interface Channel {
  announced: Announced | 'return' | undefined
  readonly ready: RawDelivery[]
  head: number
  readonly returned: Buffer[]
}

type Announced = Omit<RawDelivery, 'properties'>

/** A copy of flags and list; the flags are zero then. Copied, since a borrowed slice would keep the whole read in memory. */
function takeProperties(bytes: Buffer, start: number, end: number): Buffer {
  const taken = Buffer.allocUnsafe(end - start)
  bytes.copy(taken, 0, start, end)
  bytes.writeUInt16BE(0, start)
  return taken
}

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
