import { ByteReader, ByteWriter, malformed, type Text } from './bytes.ts'
import { readTable, writeTable, type FieldTable, type TableGrammar } from './field-table.ts'

/** The properties of class basic that a content header holds; one that is missing there is missing here. */
export interface Properties {
  contentType?: Text
  contentEncoding?: Text
  headers?: FieldTable
  /** 1 or 2; whatever an octet holds. */
  deliveryMode?: number
  priority?: number
  correlationId?: Text
  replyTo?: Text
  expiration?: Text
  messageId?: Text
  /** Seconds since 1970, unsigned 64 bits. */
  timestamp?: bigint
  type?: Text
  userId?: Text
  appId?: Text
  clusterId?: Text
}

export type PropertyName = keyof Properties

type PropertyKind = 'shortstr' | 'table' | 'octet' | 'longlong'

/** In the order of the wire, from the highest flag down. */
const layout: readonly (readonly [name: PropertyName, flag: number, kind: PropertyKind])[] = [
  ['contentType', 0x8000, 'shortstr'],
  ['contentEncoding', 0x4000, 'shortstr'],
  ['headers', 0x2000, 'table'],
  ['deliveryMode', 0x1000, 'octet'],
  ['priority', 0x0800, 'octet'],
  ['correlationId', 0x0400, 'shortstr'],
  ['replyTo', 0x0200, 'shortstr'],
  ['expiration', 0x0100, 'shortstr'],
  ['messageId', 0x0080, 'shortstr'],
  ['timestamp', 0x0040, 'longlong'],
  ['type', 0x0020, 'shortstr'],
  ['userId', 0x0010, 'shortstr'],
  ['appId', 0x0008, 'shortstr'],
  ['clusterId', 0x0004, 'shortstr'],
]

/** Bits of the flags that name no property: the last says that more flags follow, which class basic does not use. */
const undefinedFlags = 0x0003

/**
 * Reads property flags and property list of class basic (AMQP 0-9-1, 4.2.6.1 and 1.8):
 *
 *     u16 flags | the properties whose flag is set, from content-type (0x8000) down to cluster-id (0x0004)
 *
 * Byte values borrow from `bytes`.
 *
 * @throws DriverError `protocol` for bytes that are not such a list
 */
export function readProperties(bytes: Buffer, grammar: TableGrammar = 'rabbitmq'): Properties {
  const reader = new ByteReader(bytes, 'message properties')
  const flags = reader.u16()
  const properties = readPropertyList(reader, flags, grammar)
  reader.end()
  return properties
}

/** The list behind the flags. */
export function readPropertyList(reader: ByteReader, flags: number, grammar: TableGrammar = 'rabbitmq'): Properties {
  if ((flags & undefinedFlags) !== 0) {
    throw malformed(`read message properties: flags 0x${flags.toString(16)} name a property that is not defined`)
  }
  const out: Properties = {}
  for (const [name, flag, kind] of layout) {
    if ((flags & flag) === 0) continue
    switch (kind) {
      case 'shortstr':
        put(out, name, reader.shortString())
        break
      case 'table':
        put(out, name, readTable(reader.longBytes(), grammar))
        break
      case 'octet':
        put(out, name, reader.u8())
        break
      case 'longlong':
        put(out, name, reader.u64())
        break
    }
  }
  return out
}

/**
 * Writes flags and list as {@link readProperties} reads them.
 *
 * @throws DriverError `protocol` for a value that its property cannot carry
 */
export function writeProperties(writer: ByteWriter, properties: Properties): void {
  let flags = 0
  for (const [name, flag] of layout) if (properties[name] !== undefined) flags |= flag
  writer.u16(flags)
  for (const [name, , kind] of layout) {
    const value = properties[name]
    if (value === undefined) continue
    switch (kind) {
      case 'shortstr':
        writer.shortString(value as Text, `property ${name}`)
        break
      case 'table':
        writeTable(writer, value as FieldTable)
        break
      case 'octet':
        writer.u8(octet(value as number, name))
        break
      case 'longlong':
        writer.u64(longlong(value as bigint, name))
        break
    }
  }
}

function put(out: Properties, name: PropertyName, value: Properties[PropertyName]): void {
  ;(out as Record<PropertyName, Properties[PropertyName]>)[name] = value
}

function octet(value: number, name: PropertyName): number {
  if (Number.isInteger(value) && value >= 0 && value <= 255) return value
  throw malformed(`write message properties: ${name} is ${value}, expected an integer from 0 to 255`)
}

function longlong(value: bigint, name: PropertyName): bigint {
  if (value >= 0n && value < 2n ** 64n) return value
  throw malformed(`write message properties: ${name} is ${value}, expected an integer of 64 bits without a sign`)
}
