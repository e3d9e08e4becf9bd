import { isUtf8 } from 'node:buffer'
import { DriverError, type Header, type HeaderValue, type Json } from '@x07-lab/msg-core'
import { shortAscii } from '@x07-lab/msg-core/format'
import { readTable } from './field-table.ts'

/** What a content header says of a message, beside its body's size. */
export interface WireProperties {
  readonly contentType: HeaderValue | undefined
  readonly messageId: HeaderValue | undefined
  readonly table: Header[]
  /** The other properties, in the form {@link readProperties} states; undefined when all are as the driver publishes. */
  readonly others: Record<string, Json> | undefined
}

/** Delivery mode of a message that the broker keeps on disk; the driver's default, so it is not spelled out. */
const persistent = 2

/**
 * Reads the property flags and the property list of a content header of class basic (AMQP 0-9-1, 4.2.6.1 and 1.8):
 *
 *     u16 flags | per flag from the highest bit: content-type, content-encoding, headers (u32 length | table),
 *     delivery-mode u8, priority u8, correlation-id, reply-to, expiration, message-id, timestamp u64, type, user-id, app-id,
 *     cluster-id; the ones without a type are shortstr
 *
 * Of `others`, `deliveryMode` is there unless it is 2 (null when the wire has none), `priority` is a number, `timestamp`
 * decimal text, the rest text, or {"b64": …} where it is not UTF-8. Bytes borrow from `bytes`.
 *
 * @throws DriverError `protocol` for bytes that are not such a list
 */
export function readProperties(bytes: Buffer): WireProperties {
  if (bytes.length < 2) throw cutOff()
  const flags = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)
  if ((flags & 1) !== 0) throw new DriverError('protocol', 'read message properties: continued flags are not defined')
  const list = new PropertyList(bytes, flags)
  let others: Record<string, Json> | undefined
  const put = (name: string, value: Json): void => {
    others ??= {}
    others[name] = value
  }
  const putShort = (name: string, flag: number): void => {
    const value = list.short(flag)
    if (value !== undefined) put(name, typeof value === 'string' ? value : { b64: value.toString('base64') })
  }

  const contentType = list.short(0x8000)
  putShort('contentEncoding', 0x4000)
  const table = list.table(0x2000)
  const mode = list.octet(0x1000) ?? null
  if (mode !== persistent) put('deliveryMode', mode)
  const priority = list.octet(0x0800)
  if (priority !== undefined) put('priority', priority)
  putShort('correlationId', 0x0400)
  putShort('replyTo', 0x0200)
  putShort('expiration', 0x0100)
  const messageId = list.short(0x0080)
  const timestamp = list.long(0x0040)
  if (timestamp !== undefined) put('timestamp', timestamp)
  putShort('type', 0x0020)
  putShort('userId', 0x0010)
  putShort('appId', 0x0008)
  putShort('clusterId', 0x0004)
  return { contentType, messageId, table, others }
}

/** The properties one after the other; each is there if its flag is set. */
class PropertyList {
  readonly #bytes: Buffer
  readonly #flags: number
  #at = 2

  constructor(bytes: Buffer, flags: number) {
    this.#bytes = bytes
    this.#flags = flags
  }

  octet(flag: number): number | undefined {
    return (this.#flags & flag) === 0 ? undefined : this.#bytes[this.#need(1)]
  }

  /** A short string: text, or bytes where it is not UTF-8. */
  short(flag: number): string | Buffer | undefined {
    const size = this.octet(flag)
    if (size === undefined) return undefined
    const start = this.#need(size)
    const text = shortAscii(this.#bytes, start, this.#at)
    if (text !== undefined) return text
    const value = this.#bytes.subarray(start, this.#at)
    return isUtf8(value) ? value.toString('utf8') : value
  }

  long(flag: number): string | undefined {
    return (this.#flags & flag) === 0 ? undefined : String(this.#bytes.readBigUInt64BE(this.#need(8)))
  }

  table(flag: number): Header[] {
    if ((this.#flags & flag) === 0) return []
    const size = this.#bytes.readUInt32BE(this.#need(4))
    if (size === 0) return []
    const start = this.#need(size)
    return readTable(this.#bytes.subarray(start, this.#at))
  }

  #need(size: number): number {
    const start = this.#at
    this.#at += size
    if (this.#at > this.#bytes.length) throw cutOff()
    return start
  }
}

function cutOff(): DriverError {
  return new DriverError('protocol', 'read message properties: the list is cut off')
}
