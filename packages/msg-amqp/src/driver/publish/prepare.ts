import { decodeEnvelope, DriverError, type JsonObject, type PublishResult } from '@x07-lab/msg-core'
import type { GivenBy } from '../config/credentials.ts'
import type { Names } from '../names.ts'
import { routingKeyText, toWire, type WireMessage } from '../wire/to-wire.ts'
import { publishTo } from './frames.ts'
import type { PendingPublish } from './pending.ts'

/** What a message must keep to, known before it is sent. */
export interface PublishRules {
  readonly names: Names
  readonly endpoint: string
  readonly topologyId: string
  readonly maxBodyBytes: number
  /** Whether that bound is a profile's, or what a broker that was given by a URL takes at most. */
  readonly givenBy: GivenBy
}

/**
 * Makes an envelope ready to be sent. The result borrows from the envelope until the publish is answered.
 *
 * @throws CodecError for bytes that are not an envelope; DriverError `too_large`, or `not_found` for a topic without exchange
 */
export function prepare(
  envelope: Uint8Array,
  rules: PublishRules,
  resolve: (result: PublishResult) => void,
  reject: (error: unknown) => void,
): PendingPublish {
  const { names, endpoint, topologyId, maxBodyBytes } = rules
  const message = decodeEnvelope(envelope)
  const { topic } = message
  const size = message.value?.length ?? 0
  if (size > maxBodyBytes) {
    throw new DriverError(
      'too_large',
      `${publishTo(topic)}: the body has ${size} bytes, ${
        rules.givenBy === 'profile'
          ? `the profile of ${endpoint} allows ${maxBodyBytes}; shorten it, or raise limits.max_body_bytes`
          : `a broker that is given by a URL at most ${maxBodyBytes}; shorten it, or give a profile with limits.max_body_bytes`
      }`,
    )
  }
  if (!names.hasExchange(topic)) {
    throw new DriverError(
      'not_found',
      `publish to ${topic}: topology ${topologyId} declares no such exchange, only ${names.exchanges.join(', ')}`,
    )
  }
  const wire = toWire(message)
  return {
    topic,
    exchange: names.physicalExchange(topic),
    // The default exchange routes by the name of the queue.
    routingKey: topic === '' ? names.physicalQueue(routingKeyText(wire.routingKey)) : wire.routingKey,
    envelope,
    wire,
    bodyBytes: size,
    sent: 0,
    suspect: false,
    doubt: doubtOf(message.properties),
    returned: undefined,
    answered: false,
    abortables: undefined,
    resolve,
    reject,
  }
}

/** Milliseconds of an expiration that every RabbitMQ takes; newer ones take more. */
const longestExpirationMs = 0xffff_ffff

/**
 * Properties over which RabbitMQ closes the channel, as text: an expiration that is not one, and the id of a user who may not be the
 * one that is logged in. Undefined for most messages.
 */
function doubtOf(properties: JsonObject | undefined): string | undefined {
  if (properties === undefined) return undefined
  const { expiration, userId } = properties
  const isOdd =
    expiration !== undefined &&
    !(typeof expiration === 'string' && /^\d+$/.test(expiration) && Number(expiration) <= longestExpirationMs)
  return isOdd || userId !== undefined ? JSON.stringify([isOdd ? expiration : null, userId ?? null]) : undefined
}

/** What goes on the wire, or went. */
export function wireOf({ wire, envelope }: PendingPublish): WireMessage {
  return wire ?? toWire(decodeEnvelope(envelope))
}
