import { apiKeys, apiName, findApi } from './apis.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { ProtocolError } from './protocol-error.ts'

/**
 * The header of a request:
 *
 *     int16 API key | int16 version | int32 correlation id | int16 length, client id (length -1 for null)
 *     flexible versions: tagged fields
 */
export interface RequestHeader {
  readonly apiKey: number
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
}

/** A request and the bytes of its body, borrowed from the frame. */
export interface RequestFrame extends RequestHeader {
  readonly body: Buffer
}

/** Whether the headers of this version carry tagged fields; unknown APIs count as they were before flexible versions. */
export function isFlexible(apiKey: number, version: number): boolean {
  return version >= (findApi(apiKey)?.flexibleFrom ?? Infinity)
}

/** @throws ProtocolError for a frame that is not a request */
export function decodeRequest(frame: Uint8Array): RequestFrame {
  const reader = new ByteReader(frame)
  const apiKey = reader.int16()
  const version = reader.int16()
  const correlationId = reader.int32()
  const length = reader.int16()
  if (length < -1) throw new ProtocolError('invalid', `read a client id: length ${length} is not allowed`)
  const clientId = length < 0 ? null : reader.take(length).toString()
  if (isFlexible(apiKey, version)) skipTags(reader)
  return { apiKey, version, correlationId, clientId, body: reader.take(reader.left) }
}

/** A request as a frame, its size before it. */
export function encodeRequest(header: RequestHeader, body: Uint8Array): Buffer {
  const writer = new ByteWriter(body.length + 64)
  writer.int32(0)
  writer.int16(header.apiKey)
  writer.int16(header.version)
  writer.int32(header.correlationId)
  if (header.clientId === null) writer.int16(-1)
  else {
    const clientId = Buffer.from(header.clientId)
    writer.int16(clientId.length)
    writer.raw(clientId)
  }
  if (isFlexible(header.apiKey, header.version)) writer.uvarint(0)
  writer.raw(body)
  return sized(writer)
}

/** The correlation id with which a response begins. @throws ProtocolError for a frame of less than four bytes */
export function correlationIdOf(frame: Uint8Array): number {
  return new ByteReader(frame).int32()
}

/** The body of a response to a request of this API and version, borrowed. @throws ProtocolError */
export function responseBody(
  { apiKey, version }: Pick<RequestHeader, 'apiKey' | 'version'>,
  frame: Uint8Array,
): Buffer {
  const reader = new ByteReader(frame, 4)
  if (hasTags(apiKey, version)) skipTags(reader)
  return reader.take(reader.left)
}

/** A response as a frame, its size before it. */
export function encodeResponse(
  { apiKey, version, correlationId }: Pick<RequestHeader, 'apiKey' | 'version' | 'correlationId'>,
  body: Uint8Array,
): Buffer {
  const writer = new ByteWriter(body.length + 9)
  writer.int32(0)
  writer.int32(correlationId)
  if (hasTags(apiKey, version)) writer.uvarint(0)
  writer.raw(body)
  return sized(writer)
}

/** An answer to ApiVersions never has them, so that a client of any age can read which versions there are. */
function hasTags(apiKey: number, version: number): boolean {
  return apiKey !== apiKeys.ApiVersions && isFlexible(apiKey, version)
}

function skipTags(reader: ByteReader): void {
  const count = reader.uvarint()
  for (let nth = 0; nth < count; nth++) {
    reader.uvarint()
    reader.take(reader.uvarint())
  }
}

function sized(writer: ByteWriter): Buffer {
  const frame = writer.finish()
  frame.writeInt32BE(frame.length - 4, 0)
  return frame
}

/** Most bytes of a client id that {@link looksLikeRequest} takes for one. */
const longestClientId = 4096

/**
 * Whether a conversation that begins with these bytes is Kafka's: a size, a known API key and version, a client id that is
 * text and fits the frame. `more` where the bytes are too few to tell; at most 14 are looked at.
 */
export function looksLikeRequest(bytes: Uint8Array): 'yes' | 'no' | 'more' {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length >= 4) {
    const size = view.readInt32BE(0)
    if (size < 10 || size > maxFrameBytes) return 'no'
  } else if (view.length > 0 && view[0]! > 0x3f) return 'no'
  if (view.length >= 8) {
    const api = findApi(view.readInt16BE(4))
    const version = view.readInt16BE(6)
    // A client of a later time may ask for a version of ApiVersions that is not in the tables.
    if (api === undefined || version < 0 || version > api.maxVersion + 16) return 'no'
  }
  if (view.length < 14) return 'more'
  const length = view.readInt16BE(12)
  return length < -1 || length > longestClientId || length > view.readInt32BE(0) - 10 ? 'no' : 'yes'
}

/** Most bytes of one frame; Kafka's own default limit of a request is 100 MiB, of a fetch answer 50 MiB and a batch. */
export const maxFrameBytes = 256 * 1024 * 1024

/** How a request is called in messages: `Fetch v11`. */
export function describeRequest({ apiKey, version }: Pick<RequestHeader, 'apiKey' | 'version'>): string {
  return `${apiName(apiKey)} v${version}`
}
