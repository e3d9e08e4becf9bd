import { isUtf8 } from 'node:buffer'
import {
  decodeEnvelope,
  encodeEnvelope,
  extensionHeader,
  readFrame,
  readHeaders,
  type Header,
  type JsonObject,
} from '@x07-lab/msg-core'
import type { IHeaders } from 'kafkajs'
import type { HeaderPair } from './header-pair.ts'

/** A message as kafkajs sends it; it hands the very object to the partitioner, which writes the partition down. */
export interface WireMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: IHeaders
  partition?: number
  /** How many messages without a key the topic had before this one; 0 for a message with a key. */
  nth: number
}

const noHeaders: IHeaders = {}
const empty = new Uint8Array(0)

/**
 * The Kafka message of an envelope and its logical topic; bytes are borrowed from the envelope. Every header is an ordinary
 * header, in its place. What Kafka, or kafkajs, cannot say travels beside them in `x07-ext`: AMQP properties, typed values,
 * null values, bytes that would read as text, and a header of that very name.
 *
 * @throws CodecError for bytes that are not an envelope
 */
export function encodeWire(envelope: Buffer): { readonly topic: string; readonly message: WireMessage } {
  const { topic, key, value, headers, properties } = decodeEnvelope(envelope)
  return {
    topic,
    message: { key: asBuffer(key), value: asBuffer(value), headers: encodeHeaders(headers, properties), nth: 0 },
  }
}

function encodeHeaders(headers: readonly Header[], properties: JsonObject | undefined): IHeaders {
  if (headers.length === 0 && properties === undefined) return noHeaders
  const pairs = new WireHeaders()
  let exact = properties === undefined
  for (const header of headers) {
    const pair = pairOf(header)
    if (pair === undefined) exact = false
    else pairs.push(pair)
    exact &&= survives(header)
  }
  if (!exact) pairs.push({ key: extensionHeader, value: extensionOf(headers, properties) })
  // kafkajs types know headers by name only; a name's value may be a list, and the list says what it is.
  return { '': pairs as unknown as Buffer[] }
}

/**
 * kafkajs writes an object of headers: names that look like numbers first, repeated names together. A list among its values
 * is mapped to pairs and laid flat; this one maps to the pairs it already holds, in their order.
 */
class WireHeaders extends Array<HeaderPair> {
  override map<T>(): T[] {
    return this as unknown as T[]
  }
}

/** The ordinary header that other clients see, or undefined for one of the reserved name. */
function pairOf([name, value]: Header): HeaderPair | undefined {
  if (name === extensionHeader) return undefined
  if (typeof value === 'string') return { key: name, value }
  if (value instanceof Uint8Array) return { key: name, value: asBuffer(value) }
  // kafkajs fails on a null value; empty is the nearest that it can write.
  if (value === null) return { key: name, value: '' }
  return { key: name, value: typeof value.value === 'string' ? value.value : JSON.stringify(value.value) }
}

/** Whether a consumer reads back what went in: text, and bytes that do not look like text. */
function survives([name, value]: Header): boolean {
  if (typeof value === 'string') return name !== extensionHeader
  return value instanceof Uint8Array && !isUtf8(value) && name !== extensionHeader
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
