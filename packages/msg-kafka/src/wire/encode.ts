import { isUtf8 } from 'node:buffer'
import { decodeEnvelope, encodeEnvelope, type Header, type JsonObject } from '@x07-lab/msg-core'
import { extensionHeader, readFrame, readHeaders } from '@x07-lab/msg-core/format'
import type { HeaderPair } from './header-pair.ts'

/** A message as it is sent. */
export interface WireMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly HeaderPair[]
  /** Written down by the partitioner when the message is first sent. */
  partition?: number
  /** How many messages without a key the topic had before this one; 0 for a message with a key. */
  nth: number
}

const noHeaders: readonly HeaderPair[] = []
const empty = new Uint8Array(0)

/**
 * The Kafka message of an envelope and its logical topic; bytes are borrowed from the envelope. Every header is an ordinary
 * header, in its place. What Kafka cannot say travels beside them in `x07-ext`: AMQP properties, typed values, bytes that
 * would read as text, and a header of that very name.
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
