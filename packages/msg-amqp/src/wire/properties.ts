import { isUtf8 } from 'node:buffer'
import { DriverError, type Header, type HeaderValue, type Json } from '@x07-lab/msg-core'
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
  const flags = bytes.readUInt16BE(0)
  if ((flags & 1) !== 0) throw new DriverError('protocol', 'read message properties: continued flags are not defined')
  let at = 2
  const need = (size: number): number => {
    const start = at
    at += size
    if (at > bytes.length) throw cutOff()
    return start
  }
  const short = (flag: number): Buffer | undefined => {
    if ((flags & flag) === 0) return undefined
    const size = bytes[need(1)] ?? 0
    const start = need(size)
    return bytes.subarray(start, at)
  }
  let others: Record<string, Json> | undefined
  const put = (name: string, value: Json): void => {
    others ??= {}
    others[name] = value
  }
  const putShort = (name: string, flag: number): void => {
    const value = short(flag)
    if (value !== undefined) put(name, isUtf8(value) ? value.toString('utf8') : { b64: value.toString('base64') })
  }

  const contentType = short(0x8000)
  putShort('contentEncoding', 0x4000)
  let table: Header[] = []
  if ((flags & 0x2000) !== 0) {
    const size = bytes.readUInt32BE(need(4))
    const start = need(size)
    table = readTable(bytes.subarray(start, at))
  }
  if ((flags & 0x1000) === 0) put('deliveryMode', null)
  else {
    const mode = bytes[need(1)] ?? 0
    if (mode !== persistent) put('deliveryMode', mode)
  }
  if ((flags & 0x0800) !== 0) put('priority', bytes[need(1)] ?? 0)
  putShort('correlationId', 0x0400)
  putShort('replyTo', 0x0200)
  putShort('expiration', 0x0100)
  const messageId = short(0x0080)
  if ((flags & 0x0040) !== 0) put('timestamp', String(bytes.readBigUInt64BE(need(8))))
  putShort('type', 0x0020)
  putShort('userId', 0x0010)
  putShort('appId', 0x0008)
  putShort('clusterId', 0x0004)
  return { contentType: textOrBytes(contentType), messageId: textOrBytes(messageId), table, others }
}

function textOrBytes(value: Buffer | undefined): HeaderValue | undefined {
  return value === undefined || !isUtf8(value) ? value : value.toString('utf8')
}

function cutOff(): DriverError {
  return new DriverError('protocol', 'read message properties: the list is cut off')
}
