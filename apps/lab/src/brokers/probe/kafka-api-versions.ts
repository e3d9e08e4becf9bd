import { exchange, MAX_ANSWER_BYTES, type Probe } from './exchange.ts'

/** Kafka protocol guide, "ApiVersions": the one request that every broker since 0.10 answers whatever its version. */
const API_VERSIONS_KEY = 18
const CORRELATION_ID = 0x7807_0001
const CLIENT_ID = 'x07-lab'
/** A broker that dislikes the version still answers, with this code and the versions it has. */
const UNSUPPORTED_VERSION = 35
/** size, correlation id, error code, array length. */
const ANSWER_HEADER_BYTES = 14
/** api key, lowest and highest version. */
const ANSWER_ENTRY_BYTES = 6

/** Asks `host:port` for the API versions it speaks (version 0 of the request). Never throws. */
export function probeKafka(host: string, port: number, timeoutMs?: number): Promise<Probe> {
  return exchange(host, port, apiVersionsRequest(), readApiVersions, timeoutMs)
}

/** size i32, api key i16, version i16, correlation id i32, client id (i16 length, bytes). */
export function apiVersionsRequest(): Uint8Array {
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + CLIENT_ID.length)
  request.writeInt32BE(request.length - 4, 0)
  request.writeInt16BE(API_VERSIONS_KEY, 4)
  request.writeInt16BE(0, 6)
  request.writeInt32BE(CORRELATION_ID, 8)
  request.writeInt16BE(CLIENT_ID.length, 12)
  request.write(CLIENT_ID, 14, 'latin1')
  return request
}

/** size i32, correlation id i32, error i16, array of (key i16, min i16, max i16). */
export function readApiVersions(received: Uint8Array): Probe | undefined {
  const view = new DataView(received.buffer, received.byteOffset, received.byteLength)
  if (received.length < 8) return undefined
  const size = view.getInt32(0)
  if (size < ANSWER_HEADER_BYTES - 4 || size > MAX_ANSWER_BYTES - 4) return notKafka(received)
  if (view.getInt32(4) !== CORRELATION_ID) return notKafka(received)
  if (received.length < 4 + size) return undefined
  const error = view.getInt16(8)
  const entries = view.getInt32(10)
  const fits = entries >= 0 && ANSWER_HEADER_BYTES + entries * ANSWER_ENTRY_BYTES === 4 + size
  if (!fits || (error !== 0 && error !== UNSUPPORTED_VERSION)) return notKafka(received)
  return { outcome: 'answers' }
}

function notKafka(received: Uint8Array): Probe {
  const first = (received[0] ?? 0).toString(16).padStart(2, '0')
  return {
    outcome: 'other',
    seen: `a server that does not speak Kafka's protocol (its answer begins with byte 0x${first})`,
  }
}
