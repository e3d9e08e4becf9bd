import { DriverError } from '@x07-lab/msg-core'
import type { ContentRedactor } from '@x07-lab/msg-core/driver'
import {
  ByteWriter,
  methodId,
  readContentHeader,
  readMethod,
  shortStringMaxBytes,
  writeContentHeader,
  writeMethod,
  type FieldTable,
  type FieldValue,
  type Method,
  type MethodName,
  type Properties,
  type PropertyName,
  type Text,
} from '../protocol/index.ts'
import { hasContent, idOf, type StoredCommand } from './stored.ts'

/** Methods that have a table or a text of somebody's own making; the arguments of others are names, numbers and flags. */
const withTables: ReadonlySet<number> = new Set(
  (
    [
      'connection.start',
      'connection.close',
      'channel.close',
      'exchange.declare',
      'exchange.bind',
      'exchange.unbind',
      'queue.declare',
      'queue.bind',
      'queue.unbind',
      'basic.consume',
      'basic.return',
    ] satisfies MethodName[]
  ).map(methodId),
)

/** Whether a command has anything of somebody's own making: a table, a text, a content. */
export function hasOwnText(id: number): boolean {
  return hasContent(id) || withTables.has(id)
}

/** Properties whose value is a text. */
const textProperties = [
  'contentType',
  'contentEncoding',
  'correlationId',
  'replyTo',
  'expiration',
  'messageId',
  'type',
  'userId',
  'appId',
  'clusterId',
] satisfies PropertyName[]

/** Whether a property is left out by its name, which is not in the bytes of a command. */
export function leavesOutProperty(redactor: ContentRedactor): boolean {
  return textProperties.some((name) => redactor.named(name, '') !== undefined)
}

/**
 * A command without its secrets: body, headers and properties of messages, and the tables and texts of calls. The same object
 * where it has none, and again the same for one that went through before.
 */
export function redactCommand(command: StoredCommand, redactor: ContentRedactor): StoredCommand {
  const method = withTables.has(idOf(command)) ? redactMethod(command.method, redactor) : command.method
  if (command.header.length === 0) return method === command.method ? command : { ...command, method }
  const bytes = redactor.payload(command.body)
  const body = bytes === command.body ? command.body : Buffer.from(bytes)
  const header = redactHeader(command.header, body.length, redactor)
  const isSame = method === command.method && header === command.header && body === command.body
  return isSame ? command : { method, header, body }
}

function redactHeader(header: Buffer, bodyBytes: number, redactor: ContentRedactor): Buffer {
  const read = readable(() => readContentHeader(header))
  if (read === undefined) return withBodyBytes(header, bodyBytes)
  const { properties, bodyBytes: before } = read
  const redacted = redactProperties(properties, redactor)
  if (redacted === properties && before === bodyBytes) return header
  const writer = new ByteWriter()
  writeContentHeader(writer, redacted, bodyBytes)
  return writer.result()
}

/** Undefined for what is not in the grammar: it stands as it is, and the scan of the whole recording finds what it holds. */
function readable<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DriverError) return undefined
    throw error
  }
}

/** The length of the body is a u64 at byte 4. */
function withBodyBytes(header: Buffer, bodyBytes: number): Buffer {
  if (header.readBigUInt64BE(4) === BigInt(bodyBytes)) return header
  const changed = Buffer.from(header)
  changed.writeBigUInt64BE(BigInt(bodyBytes), 4)
  return changed
}

function redactProperties(properties: Properties, redactor: ContentRedactor): Properties {
  let changed = false
  const entries = Object.entries(properties).map(([name, value]: [string, unknown]): [string, unknown] => {
    const redacted =
      name === 'headers'
        ? redactTable(value as FieldTable, redactor)
        : typeof value === 'string' || value instanceof Uint8Array
          ? bounded(redactText(name, value, redactor), value)
          : value
    changed ||= redacted !== value
    return [name, redacted]
  })
  return changed ? (Object.fromEntries(entries) as Properties) : properties
}

function redactMethod(payload: Buffer, redactor: ContentRedactor): Buffer {
  const method = readable(() => readMethod(payload))
  if (method === undefined) return payload
  const { name, args } = method
  let changed = false
  const entries = Object.entries(args).map(([argument, value]: [string, unknown]): [string, unknown] => {
    const redacted = Array.isArray(value)
      ? redactTable(value as FieldTable, redactor)
      : typeof value === 'string'
        ? bounded(redactor.text(value), value)
        : value
    changed ||= redacted !== value
    return [argument, redacted]
  })
  if (!changed) return payload
  const writer = new ByteWriter()
  writeMethod(writer, { name, args: Object.fromEntries(entries) } as Method)
  return writer.result()
}

/** Names count at every depth, and texts are looked into. */
function redactTable(table: FieldTable, redactor: ContentRedactor): FieldTable {
  let changed = false
  const fields = table.map((field) => {
    const [name, value] = field
    const redacted = redactField(String(name), value, redactor)
    if (redacted === value) return field
    changed = true
    return [name, redacted] as const
  })
  return changed ? fields : table
}

function redactField(name: string, field: FieldValue, redactor: ContentRedactor): FieldValue {
  if (field.tag === 'V') return field
  const named = redactor.named(name, () => valueText(field))
  if (named !== undefined) return 'value' in field && field.value === named ? field : { tag: 'S', value: named }
  switch (field.tag) {
    case 'S': {
      const value = redactText('', field.value, redactor)
      return value === field.value ? field : { tag: 'S', value }
    }
    case 'x': {
      const value = redactor.payload(field.value)
      return value === field.value ? field : { tag: 'x', value }
    }
    case 'F': {
      const fields = redactTable(field.fields, redactor)
      return fields === field.fields ? field : { tag: 'F', fields }
    }
    case 'A': {
      const items = field.items.map((item) => redactField('', item, redactor))
      return items.every((item, at) => item === field.items[at]) ? field : { tag: 'A', items }
    }
    default:
      return field
  }
}

function redactText(name: string, value: Text, redactor: ContentRedactor): Text {
  const named = name === '' ? undefined : redactor.named(name, value)
  if (named !== undefined) return named
  return typeof value === 'string' ? redactor.text(value) : redactor.payload(value)
}

/** A pseudonym that does not fit a short string is cut: what it stands for was longer still. */
function bounded(redacted: Text, value: Text): Text {
  if (redacted === value || Buffer.byteLength(redacted) <= shortStringMaxBytes) return redacted
  return Buffer.from(redacted)
    .subarray(0, shortStringMaxBytes)
    .toString('latin1')
    .replaceAll(/[^ -~]/g, '?')
}

/** Other values by their JSON: equal ones have equal pseudonyms. */
function valueText(field: FieldValue): string | Uint8Array {
  if ((field.tag === 'S' || field.tag === 'x') && 'value' in field) return field.value
  return JSON.stringify(field, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}
