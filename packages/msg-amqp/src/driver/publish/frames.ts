import { DriverError } from '@x07-lab/msg-core'
import { directReplyTo } from '@x07-lab/msg-core/format'
import {
  ByteWriter,
  frameOverheadBytes,
  methodId,
  writeContentHeader,
  writeFrame,
  type Text,
} from '../../protocol/index.ts'
import { routingKeyText, type WireMessage } from '../wire/to-wire.ts'

const basicPublish = methodId('basic.publish')
/** Bit 0: the broker gives back what no queue takes. Bit 1, immediate, is not known to RabbitMQ. */
const mandatory = 1

/**
 * Names of direct reply-to, which are of no queue: RabbitMQ delivers a reply, and gives it back as well where it is mandatory.
 * See https://www.rabbitmq.com/docs/direct-reply-to#limitations.
 */
const replyPrefix = `${directReplyTo}.`

/** What method, exchange, routing key and an ordinary content header take: a small message is written in one piece. */
const expectedHeadBytes = 512
/** Bodies above this are written frame by frame. */
const singlePieceBytes = 16_384

/** Where a message goes. */
export interface Addressed {
  /** As the broker knows it. */
  readonly exchange: string
  /** As the broker knows it, where it is a queue's name. */
  readonly routingKey: Text
  /** The logical topic, for messages. */
  readonly topic: string
}

/**
 * The frames of a publish: method, content header, body in as many frames as `frameMax` asks for. Each piece holds whole frames,
 * since amqplib may write those of other channels between two pieces.
 *
 * @param frameMax what the peers agreed on, 0 for no bound
 * @throws DriverError `too_large` for properties and headers that do not fit into one frame
 */
export function publishFrames(
  channel: number,
  frameMax: number,
  { exchange, routingKey, topic }: Addressed,
  { properties, body }: WireMessage,
): readonly Buffer[] {
  const whole = body.length <= singlePieceBytes
  const writer = new ByteWriter(expectedHeadBytes + (whole ? body.length : 0))
  writeFrame(writer, 'method', channel, () => {
    writer.u32(basicPublish)
    writer.u16(0)
    writer.shortString(exchange, 'an exchange name')
    writer.shortString(routingKey, 'a routing key')
    writer.u8(exchange === '' && routingKeyText(routingKey).startsWith(replyPrefix) ? 0 : mandatory)
  })
  const headerAt = writer.length
  writeFrame(writer, 'header', channel, () => writeContentHeader(writer, properties, body.length))
  const headerBytes = writer.length - headerAt
  if (frameMax > 0 && headerBytes > frameMax) {
    throw new DriverError(
      'too_large',
      `${publishTo(topic)}: properties and headers take ${headerBytes} bytes, the broker takes ${frameMax} in one frame (frame_max); ` +
        'put less into the headers',
    )
  }
  const room = frameMax === 0 ? body.length : frameMax - frameOverheadBytes
  const rest: Buffer[] = []
  for (let at = 0; at < body.length; at += room) {
    const part = body.subarray(at, at + room)
    const out = whole ? writer : new ByteWriter(part.length + frameOverheadBytes)
    writeFrame(out, 'body', channel, () => out.raw(part))
    if (!whole) rest.push(out.result())
  }
  return [writer.result(), ...rest]
}

/** The beginning of a message about a publish. */
export function publishTo(topic: string): string {
  return `publish to ${topic === '' ? 'the default exchange' : topic}`
}
