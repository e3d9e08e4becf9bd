import { encodeEnvelope, type Delivery, type Metadata, type Outcome } from '@x07-lab/msg-core'
import type { Names } from '../names.ts'
import { fromWire } from '../wire/from-wire.ts'
import type { Unacked } from './delivery-queue.ts'

const settled: Promise<void> = Promise.resolve()

/**
 * The delivery of a message from `queue`, under logical names.
 *
 * @throws DriverError `protocol` for headers or properties that are not AMQP
 */
export function deliveryOf(
  queue: string,
  item: Unacked,
  names: Names,
  metadata: DeliveryMetadata,
  settle: (outcome: Outcome) => Promise<void>,
): Delivery {
  const { fields, content } = item.message
  const topic = names.logicalExchange(fields.exchange)
  const message = fromWire(topic, item.raw, content)
  const key = topic === '' ? logicalKey(message.key, names) : message.key
  let done = false
  return {
    envelope: encodeEnvelope(key === message.key ? message : { ...message, key }),
    metadata: metadata(topic, queue, fields.redelivered),
    settle(outcome) {
      if (done) return settled
      done = true
      return settle(outcome)
    },
  }
}

/** What the broker says of a delivery, beside the message. */
export type DeliveryMetadata = (exchange: string, queue: string, redelivered: boolean) => Metadata

/** The metadata of deliveries; of those that are alike the same object, frozen, so that they are written down once. */
export function deliveryMetadata(): DeliveryMetadata {
  let last: Readonly<{ exchange: string; queue: string; redelivered: boolean }> | undefined
  return (exchange, queue, redelivered) => {
    if (last?.exchange !== exchange || last.queue !== queue || last.redelivered !== redelivered) {
      last = Object.freeze({ exchange, queue, redelivered })
    }
    return last
  }
}

/** The default exchange routes by the name of the queue. */
function logicalKey(key: Uint8Array | null, names: Names): Uint8Array | null {
  if (key === null) return null
  const name = Buffer.from(key).toString('utf8')
  const logical = names.logicalQueue(name)
  return logical === name ? key : Buffer.from(logical)
}
