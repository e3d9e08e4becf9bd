import { oneLine } from '@x07-lab/msg-core/kit'
import { exchange, MAX_ANSWER_BYTES, type Probe } from './exchange.ts'

/** AMQP 0-9-1 §2.2.4: the client opens with this, the server answers with Connection.Start or its own header. */
const PROTOCOL_HEADER = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1)

const FRAME_METHOD = 1
const FRAME_END = 0xce
/** type, channel and payload size (AMQP 0-9-1 §2.3.5). */
const FRAME_HEADER_BYTES = 7
/** A broker is not trusted to name itself with control characters or at length. */
const MAX_PROPERTY_LENGTH = 64
const CONNECTION_START = 0x000a_000a

/** Asks `host:port` to begin an AMQP 0-9-1 connection; name and version are the server properties `product` and `version`. Never throws. */
export function probeAmqp(host: string, port: number, timeoutMs?: number): Promise<Probe> {
  return exchange(host, port, PROTOCOL_HEADER, readConnectionStart, timeoutMs)
}

/** Reads the first frame of an AMQP server: the header frame of Connection.Start, its server properties. */
export function readConnectionStart(received: Uint8Array): Probe | undefined {
  const view = new DataView(received.buffer, received.byteOffset, received.byteLength)
  if (received.length === 0) return undefined
  if (received[0] === PROTOCOL_HEADER[0]) {
    if (received.length < PROTOCOL_HEADER.length) return undefined
    return { outcome: 'other', seen: `a server that wants AMQP ${[...received.subarray(5, 8)].join('-')}, not 0-9-1` }
  }
  if (received[0] !== FRAME_METHOD) return notAmqp(received)
  if (received.length < FRAME_HEADER_BYTES + 4) return undefined
  const payloadBytes = view.getUint32(3)
  const isStart = view.getUint16(1) === 0 && view.getUint32(FRAME_HEADER_BYTES) === CONNECTION_START
  if (!isStart || payloadBytes > MAX_ANSWER_BYTES - FRAME_HEADER_BYTES - 1) return notAmqp(received)
  const end = FRAME_HEADER_BYTES + payloadBytes
  if (received.length <= end) return undefined
  if (received[end] !== FRAME_END) return notAmqp(received)
  // Class, method, version-major and version-minor come before the table.
  const properties = received.subarray(FRAME_HEADER_BYTES + 6, end)
  const name = textProperty(properties, 'product')
  const version = textProperty(properties, 'version')
  return { outcome: 'answers', ...(name && { name }), ...(version && { version }) }
}

/**
 * One long-string entry of a field table. The walk knows the types that servers put into their properties
 * (`S` long string, `F` table, `t` boolean) and gives up at any other: the version is a courtesy.
 */
function textProperty(table: Uint8Array, wanted: string): string | undefined {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength)
  if (table.length < 4) return undefined
  const end = Math.min(table.length, 4 + view.getUint32(0))
  let at = 4
  while (at < end) {
    const name = ascii(table, at + 1, table[at] ?? 0)
    at += 1 + (table[at] ?? 0)
    const type = String.fromCharCode(table[at] ?? 0)
    at += 1
    if (type === 't') {
      at += 1
      continue
    }
    if ((type !== 'S' && type !== 'F') || at + 4 > end) return undefined
    const length = view.getUint32(at)
    at += 4
    if (at + length > end) return undefined
    if (type === 'S' && name === wanted) return ascii(table, at, length)
    at += length
  }
  return undefined
}

function ascii(bytes: Uint8Array, from: number, length: number): string {
  return oneLine(Buffer.from(bytes.subarray(from, from + length)).toString('latin1')).slice(0, MAX_PROPERTY_LENGTH)
}

function notAmqp(received: Uint8Array): Probe {
  const first = (received[0] ?? 0).toString(16).padStart(2, '0')
  return { outcome: 'other', seen: `a server that does not speak AMQP 0-9-1 (its answer begins with byte 0x${first})` }
}
