import { isUtf8 } from 'node:buffer'
import { decodeEnvelope, DriverError, encodeEnvelope, type Header, type Json, type JsonObject } from '@x07-lab/msg-core'
import { extensionHeader, readFrame, readHeaders } from '@x07-lab/msg-core/format'
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
}

const noHeaders: readonly HeaderPair[] = []
const empty = new Uint8Array(0)

/**
 * The Kafka message of an envelope and its logical topic; bytes are borrowed from the envelope. Every header is an ordinary
 * header, in its place. The properties `partition` and `timestamp` are the record's own. What Kafka cannot say travels beside
 * them in `x07-ext`: AMQP properties, typed values, bytes that would read as text, and a header of that very name.
 *
 * @throws CodecError for bytes that are not an envelope; DriverError `invalid_config` for a partition or timestamp that is not
 *   one
 */
export function encodeWire(envelope: Buffer): { readonly topic: string; readonly message: WireMessage } {
  const { topic, key, value, headers, properties } = decodeEnvelope(envelope)
  const { own, rest } = properties === undefined ? plain : splitProperties(properties)
  return {
    topic,
    message: { key: asBuffer(key), value: asBuffer(value), headers: encodeHeaders(headers, rest), nth: 0, ...own },
  }
}

type Own = Pick<WireMessage, 'fixed' | 'partition' | 'timestamp'>
interface Split {
  readonly own: Own
  readonly rest?: JsonObject
}

const plain: Split = { own: { fixed: false } }

/** A timestamp from here on is in milliseconds (March 1973); a smaller one is the AMQP property, which is in seconds. */
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

/** Of a number, or of decimal text, as a delivery's metadata has it; undefined for seconds. */
function millisecondsOf(timestamp: Json): number | undefined {
  const ms = typeof timestamp === 'string' && /^\d{1,20}$/.test(timestamp) ? Number(timestamp) : timestamp
  if (typeof ms === 'number' && ms >= 0 && ms < firstMilliseconds) return undefined
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
  const pairs: HeaderPair[] = []
  let exact = properties === undefined
  for (const header of headers) {
    const pair = pairOf(header)
    if (pair === undefined) exact = false
    else pairs.push(pair)
    exact &&= survives(header)
  }
  if (!exact) pairs.push({ key: extensionHeader, value: extensionOf(headers, properties) })
  return pairs
}

/** The ordinary header that other clients see, or undefined for one of the reserved name. */
function pairOf([name, value]: Header): HeaderPair | undefined {
  if (name === extensionHeader) return undefined
  if (value === null || typeof value === 'string') return { key: name, value }
  if (value instanceof Uint8Array) return { key: name, value: asBuffer(value) }
  return { key: name, value: typeof value.value === 'string' ? value.value : JSON.stringify(value.value) }
}

/** Whether a consumer reads back what went in: text, null, and bytes that do not look like text. */
function survives([name, value]: Header): boolean {
  if (name === extensionHeader) return false
  return value === null || typeof value === 'string' || (value instanceof Uint8Array && !isUtf8(value))
}

/** The extension as the codec writes it: into an envelope that holds nothing else. */
function extensionOf(headers: readonly Header[], properties: JsonObject | undefined): string {
  const envelope = encodeEnvelope({ topic: '', key: empty, value: empty, headers, ...(properties && { properties }) })
  return readHeaders(readFrame(envelope).headers).find(([name]) => name === extensionHeader)?.[1] ?? '{}'
}

function asBuffer(bytes: Uint8Array): Buffer
function asBuffer(bytes: Uint8Array | null): Buffer | null
function asBuffer(bytes: Uint8Array | null): Buffer | null {
  if (bytes === null || Buffer.isBuffer(bytes)) return bytes
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
