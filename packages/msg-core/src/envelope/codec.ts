import { CodecError } from '../codec-error.ts'
import { extensionHeader, plainHeaders, readExtension, writeExtension } from './extension.ts'
import { decodeUtf8, readFrame, readHeaders, writeFrame } from './frame.ts'
import type { Message } from './message.ts'

const empty = new Uint8Array(0)

/**
 * The envelope (X7ME) of a message. What X7ME cannot say travels in the reserved header `x07-ext`, so that
 * `decodeEnvelope(encodeEnvelope(m))` equals `m` and X07 still reads a valid envelope.
 *
 * @throws CodecError 9504 for an empty header name, 9505 for text that is not well-formed Unicode, 9506 above 2^31 - 1 bytes
 */
export function encodeEnvelope(message: Message): Uint8Array {
  if (!message.topic.isWellFormed())
    throw new CodecError(9505, 'message envelope: the topic is not well-formed Unicode')
  const extension = writeExtension(message)
  const headers = plainHeaders(message.headers)
  return writeFrame(
    Buffer.from(message.topic),
    message.key ?? empty,
    message.value ?? empty,
    extension === undefined ? headers : insertSorted(headers, extension),
  )
}

/**
 * The message of an envelope. Byte arrays borrow from `envelope`.
 *
 * @throws CodecError 9504, 9505, 9507, 9508 or 9509 for bytes that are not an envelope
 */
export function decodeEnvelope(envelope: Uint8Array): Message {
  const frame = readFrame(envelope)
  const topic = decodeUtf8(frame.topic)
  if (topic === undefined) throw new CodecError(9505, 'message envelope: the topic is not UTF-8')
  const headers = readHeaders(frame.headers)
  const at = headers.findIndex(([name]) => name === extensionHeader)
  if (at < 0) return { topic, key: frame.key, value: frame.value, headers }
  const extension = headers.splice(at, 1)[0]?.[1] ?? ''
  return readExtension(extension, { topic, key: frame.key, value: frame.value, headers })
}

function insertSorted(headers: readonly [string, string][], extension: string): [string, string][] {
  const at = headers.findIndex(([name]) => name > extensionHeader)
  return headers.toSpliced(at < 0 ? headers.length : at, 0, [extensionHeader, extension])
}
