import { ProtocolError } from '../protocol/index.ts'

/** Prefix of every op of this protocol at the socket. */
export const opPrefix = 'std.msg.kafka.'

/**
 * The entries of a Kafka conversation, one event each:
 *
 * | op | key | req | resp |
 * |---|---|---|---|
 * | `client_dial` | `host:port` | canonical JSON of what the client sees of TLS, or empty; not empty where it failed after it was up | how it failed (err 1), or empty |
 * | `client_call` | `Api/lane` | a call | |
 * | `server_reply` | `Api/lane` | u32 number of the call, counted from 0 | body |
 * | `server_fetch` | `Fetch/client id` | canonical JSON: version, isolation level, offsets asked by `topic/partition` | body |
 * | `server_heartbeat` | `Heartbeat/group` | the call | body, which holds an error |
 * | `session` | `Api/what is asked` | the call (of SaslAuthenticate: without its body) | body |
 * | `server_end` | `Api/lane` | u32 number of the call that got no answer, or what `server_fetch` has | how the connection broke (err 1), or empty |
 *
 * A call is int16 API key, int16 version, body. Bodies stand as they were on the wire; correlation ids, client ids, empty
 * fetches and heartbeats without an error are not stored, nor is any byte of a login. A call without time since the entry before
 * it came from a queue of its client, in the turn in which that read an answer.
 */
export const ops = {
  dial: `${opPrefix}client_dial_v1`,
  call: `${opPrefix}client_call_v1`,
  reply: `${opPrefix}server_reply_v1`,
  fetch: `${opPrefix}server_fetch_v1`,
  heartbeat: `${opPrefix}server_heartbeat_v1`,
  session: `${opPrefix}session_v1`,
  end: `${opPrefix}server_end_v1`,
} as const

/** A request without what only its connection knows. */
export interface StoredCall {
  readonly apiKey: number
  readonly version: number
  /** Borrowed. */
  readonly body: Uint8Array
}

export function encodeCall({ apiKey, version, body }: StoredCall): Buffer {
  const bytes = Buffer.allocUnsafe(4 + body.length)
  bytes.writeInt16BE(apiKey, 0)
  bytes.writeInt16BE(version, 2)
  bytes.set(body, 4)
  return bytes
}

/** @throws ProtocolError for bytes of less than four */
export function decodeCall(bytes: Uint8Array): StoredCall {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < 4) throw new ProtocolError('truncated', `read a recorded call: ${view.length} bytes, expected 4`)
  return { apiKey: view.readInt16BE(0), version: view.readInt16BE(2), body: view.subarray(4) }
}

export function encodeOrdinal(ordinal: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(ordinal)
  return bytes
}

/** Undefined where the bytes are not one. */
export function decodeOrdinal(bytes: Uint8Array): number | undefined {
  if (bytes.length !== 4) return undefined
  return Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32BE(0)
}
