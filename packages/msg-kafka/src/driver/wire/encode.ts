import { isUtf8 } from 'node:buffer'
import { decodeEnvelope, DriverError, type Header, type Json, type JsonObject } from '@x07-lab/msg-core'
import { extensionHeader } from '@x07-lab/msg-core/format'
import { asBuffer } from '@x07-lab/msg-core/kit'
import { extensionOf, pairOf, readExtension } from './extension.ts'
import type { KafkaTopicSettings } from '../options.ts'
import type { HeaderPair } from './header-pair.ts'

/** A message as it is sent. */
export interface WireMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly HeaderPair[]
  /** Where the publisher wants it, or, written down by the partitioner when it is sent, where it goes. */
  partition?: number
  /** The publisher chose the partition. */
  readonly fixed?: boolean
  /** How many partitions the topic has, where the one that the publisher chose is not among them. */
  partitionCount?: number
  /** Milliseconds since 1970; undefined for the time of sending. */
  readonly timestamp?: number
  /** How many messages without a key the topic had before this one; 0 for a message with a key. */
  nth: number
  /** Of the first message of a batch: settles, without a word, when its broker has answered the request or failed. */
  underWay?: Promise<void>
  /** Of the first message of a batch that is written: its offset, -1 where the broker does not know it any more. */
  answered?: string
}

const noHeaders: readonly HeaderPair[] = []

/**
 * The Kafka message of an envelope and its logical topic; bytes are borrowed from the envelope. Every header is an ordinary
 * header, in its place. The properties `partition` and `timestamp` are the record's own. What Kafka cannot say travels beside
 * them in `x07-ext`: AMQP properties, typed values, bytes that would read as text, and a header of that very name.
 *
 * @throws CodecError for bytes that are not an envelope; DriverError `invalid_config` for a partition or timestamp that is not
 *   one
 */
export function encodeWire(
  envelope: Buffer,
  settings?: ReadonlyMap<string, Pick<KafkaTopicSettings, 'partition' | 'timestamp'>>,
): { readonly topic: string; readonly message: WireMessage } {
  const { topic, key, value, headers, properties } = decodeEnvelope(envelope)
  const { own, rest } = properties === undefined ? plain : splitProperties(properties)
  const given = settings?.get(topic)
  const chosen = given === undefined ? own : withSettings(own, given)
  return {
    topic,
    message: { key: asBuffer(key), value: asBuffer(value), headers: encodeHeaders(headers, rest), nth: 0, ...chosen },
  }
}

/** What the message says comes first. */
function withSettings(own: Own, given: Pick<KafkaTopicSettings, 'partition' | 'timestamp'>): Own {
  const { partition = given.partition, timestamp = given.timestamp } = own
  return {
    fixed: partition !== undefined,
    ...(partition !== undefined && { partition }),
    ...(timestamp !== undefined && { timestamp }),
  }
}

type Own = Pick<WireMessage, 'fixed' | 'partition' | 'timestamp'>
interface Split {
  readonly own: Own
  readonly rest?: JsonObject
}

const plain: Split = { own: { fixed: false } }

/** A text from here on is in milliseconds (March 1973); a smaller one is the AMQP property, a text of seconds. */
const firstMilliseconds = 100_000_000_000

/** Takes out of the properties what is a Kafka record's own. */
function splitProperties({ partition, timestamp, ...rest }: JsonObject): Split {
  const ms = timestamp === undefined ? undefined : millisecondsOf(timestamp)
  const others = timestamp === undefined || ms !== undefined ? rest : { ...rest, timestamp }
  if (partition !== undefined && !isWhole(partition, 0x7fff_ffff)) {
    throw invalid(`property partition is ${JSON.stringify(partition)}, expected a whole number from 0`)
  }
  return {
    own: {
      fixed: partition !== undefined,
      ...(partition !== undefined && { partition }),
      ...(ms !== undefined && { timestamp: ms }),
    },
    ...(Object.keys(others).length > 0 && { rest: others }),
  }
}

/** Of a number, or of decimal text, as a delivery's metadata has it; undefined for text of seconds. */
function millisecondsOf(timestamp: Json): number | undefined {
  const isText = typeof timestamp === 'string' && /^\d{1,20}$/.test(timestamp)
  const ms = isText ? Number(timestamp) : timestamp
  if (isText && Number(timestamp) < firstMilliseconds) return undefined
  if (isWhole(ms, Number.MAX_SAFE_INTEGER)) return ms
  throw invalid(`property timestamp is ${JSON.stringify(timestamp)}, expected milliseconds since 1970`)
}

function isWhole(value: Json, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
}

function invalid(reason: string): DriverError {
  return new DriverError('invalid_config', `publish: ${reason}`)
}

function encodeHeaders(headers: readonly Header[], properties: JsonObject | undefined): readonly HeaderPair[] {
  if (headers.length === 0 && properties === undefined) return noHeaders
  if (properties === undefined && headers.every(survives)) return headers.map(nativePair)
  const shown = headers.flatMap((header) => pairOf(header) ?? [])
  return [...shown, { key: extensionHeader, value: extensionOf(headers, properties) }]
}

function nativePair([name, value]: Header): HeaderPair {
  return { key: name, value: value instanceof Uint8Array ? asBuffer(value) : (value as string | null) }
}

/**
 * Whether a consumer reads back what went in: text, null, and bytes that do not look like text. A header of the reserved name
 * is somebody else's where no driver could have written it, and stays as it is.
 */
function survives([name, value]: Header): boolean {
  if (typeof value === 'string') return name !== extensionHeader || readExtension(value) === undefined
  return value === null || (value instanceof Uint8Array && !isUtf8(value))
}
