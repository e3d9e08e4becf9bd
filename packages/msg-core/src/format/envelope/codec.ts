import { isUint8Array } from 'node:util/types'
import { CodecError } from '../codec-error.ts'
import { arePlain, extensionHeader, plainHeaders, readExtension, writeExtension } from './extension.ts'
import { locateParts, readHeaders, topicAt, writeChecked, type PlainHeaders } from './frame.ts'
import type { Message } from './message.ts'
import { utf8Text } from './text.ts'

const empty = new Uint8Array(0)

/**
 * The envelope (X7ME) of a message. What X7ME cannot say travels in the reserved header `x07-ext`, so that
 * `decodeEnvelope(encodeEnvelope(m))` equals `m` and X07 still reads a valid envelope.
 *
 * @throws CodecError 9505 for text that is not well-formed Unicode, 9506 above 2^31 - 1 bytes; TypeError for a key, value or
 *   header value of another type, which a program without types can hand over
 */
export function encodeEnvelope(message: Message): Uint8Array {
  const { topic, key, value, headers } = message
  checkBytes('key', key)
  checkBytes('value', value)
  if (!topic.isWellFormed()) throw new CodecError(9505, 'message envelope: the topic is not well-formed Unicode')
  // Nearly all messages are of this kind.
  if (key !== null && value !== null && message.properties === undefined && arePlain(headers)) {
    return writeChecked(topic, key, value, headers)
  }
  const extension = writeExtension(message)
  const plain = plainHeaders(headers)
  return writeChecked(
    topic,
    key ?? empty,
    value ?? empty,
    extension === undefined ? plain : insertSorted(plain, extension),
  )
}

/**
 * The message of an envelope. Byte arrays borrow from `envelope`.
 *
 * @throws CodecError 9504, 9505, 9507, 9508 or 9509 for bytes that are not an envelope
 */
export function decodeEnvelope(envelope: Uint8Array): Message {
  const { topicEnd, keyEnd, valueEnd } = locateParts(envelope)
  // X07 takes a topic of any bytes: what it refuses comes first, so that its number is the one told.
  const headers = readHeaders(envelope, valueEnd + 4)
  const topic = utf8Text(envelope, topicAt, topicEnd)
  if (topic === undefined) throw new CodecError(9505, 'message envelope: the topic is not UTF-8')
  const key = envelope.subarray(topicEnd + 4, keyEnd)
  const value = envelope.subarray(keyEnd + 4, valueEnd)
  const at = headers.findIndex(isExtension)
  if (at < 0) return { topic, key, value, headers }
  const extension = headers.splice(at, 1)[0]?.[1] ?? ''
  return readExtension(extension, { topic, key, value, headers })
}

/** Text, or wider numbers, would be copied as zeros, or cut to bytes, without a word. */
function checkBytes(part: string, bytes: Uint8Array | null): void {
  if (bytes === null || isUint8Array(bytes)) return
  throw new TypeError(
    `message envelope: the ${part} is neither bytes nor null; pass a Uint8Array, such as Buffer.from(text)`,
  )
}

function isExtension(header: readonly [name: string, value: string]): boolean {
  return header[0] === extensionHeader
}

function insertSorted(headers: PlainHeaders, extension: string): (readonly [name: string, value: string])[] {
  const at = headers.findIndex(([name]) => name > extensionHeader)
  return headers.toSpliced(at < 0 ? headers.length : at, 0, [extensionHeader, extension])
}
