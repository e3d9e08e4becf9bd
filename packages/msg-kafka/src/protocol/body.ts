import { apiOf } from './apis.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { ProtocolError } from './protocol-error.ts'
import { inRange, type ApiSchema, type FieldSchema, type FieldType } from './schema.ts'

/**
 * A decoded message: its fields by name. A field that the version does not have, and a tagged field that was not sent, is
 * absent. int64 is a bigint, a uuid 36 characters, bytes and records are borrowed views.
 */
export interface Fields {
  [name: string]: FieldValue
}

export type FieldValue = number | bigint | boolean | string | null | undefined | Uint8Array | Fields | FieldValue[]

/** Under this name stand tagged fields that the tables do not know: tag and bytes, in order. */
export const unknownTags = '?tags'

export type Direction = 'request' | 'response'

/** The fields of one version, in the order of the bytes. */
interface Plan {
  readonly flexible: boolean
  readonly fields: readonly PlanField[]
  readonly tagged: readonly PlanField[]
}

interface PlanField {
  readonly name: string
  readonly type: FieldType
  readonly array: boolean
  readonly nullable: boolean
  readonly tag: number
  readonly plan: Plan | undefined
}

const plans = new Map<ApiSchema, Record<Direction, Plan[]>>()

function planOf(key: number, version: number, direction: Direction): Plan {
  const api = apiOf(key, version)
  let known = plans.get(api)
  if (known === undefined) plans.set(api, (known = { request: [], response: [] }))
  return (known[direction][version] ??= makePlan(api[direction], version, version >= api.flexibleFrom))
}

function makePlan(fields: readonly FieldSchema[], version: number, flexible: boolean): Plan {
  const planned = fields
    .filter((field) => inRange(version, field.versions))
    .map((field) => ({
      name: field.name,
      type: field.type,
      array: field.array,
      nullable: inRange(version, field.nullable),
      tag: field.tag ?? -1,
      plan: field.type === '{}' ? makePlan(field.fields, version, flexible) : undefined,
    }))
  return {
    flexible,
    fields: planned.filter(({ tag }) => tag < 0),
    tagged: planned.filter(({ tag }) => tag >= 0).toSorted((a, b) => a.tag - b.tag),
  }
}

/**
 * Decodes the body of a request or response, without its header.
 *
 * @throws ProtocolError for bytes that are not such a body, bytes that are left over included
 */
export function decodeBody(key: number, version: number, direction: Direction, bytes: Uint8Array): Fields {
  const plan = planOf(key, version, direction)
  const reader = new ByteReader(bytes)
  const fields = readFields(reader, plan)
  if (reader.left > 0) {
    throw new ProtocolError('invalid', `decode a ${direction} of API ${key}: ${reader.left} bytes are left over`)
  }
  return fields
}

/** Encodes a body. Fields that are absent get 0, false, empty, or null where the version allows it; tagged ones are left out. */
export function encodeBody(key: number, version: number, direction: Direction, fields: Fields): Buffer {
  const writer = new ByteWriter()
  writeFields(writer, planOf(key, version, direction), fields)
  return writer.finish()
}

function readFields(reader: ByteReader, plan: Plan): Fields {
  const fields: Fields = {}
  for (const field of plan.fields) fields[field.name] = readField(reader, field, plan.flexible)
  if (plan.flexible) readTags(reader, plan, fields)
  return fields
}

function readTags(reader: ByteReader, plan: Plan, fields: Fields): void {
  const count = reader.uvarint()
  if (count === 0) return
  const unknown: FieldValue[] = []
  for (let nth = 0; nth < count; nth++) {
    const tag = reader.uvarint()
    const bytes = reader.take(reader.uvarint())
    const field = plan.tagged.find((one) => one.tag === tag)
    if (field === undefined) unknown.push([tag, bytes])
    else fields[field.name] = readField(new ByteReader(bytes), field, true)
  }
  if (unknown.length > 0) fields[unknownTags] = unknown
}

function readField(reader: ByteReader, field: PlanField, flexible: boolean): FieldValue {
  if (!field.array) return readValue(reader, field, flexible)
  const count = flexible ? reader.uvarint() - 1 : reader.int32()
  if (count < 0) return nullOr(field, count)
  // Every element takes at least a byte, so a count that was made up allocates nothing.
  if (count > reader.left) {
    throw new ProtocolError(
      'truncated',
      `read ${count} ${field.name} at byte ${reader.at}: ${reader.left} bytes are left`,
    )
  }
  const values: FieldValue[] = []
  for (let nth = 0; nth < count; nth++) values.push(readValue(reader, field, flexible))
  return values
}

function nullOr(field: PlanField, length: number): null {
  if (length === -1 && field.nullable) return null
  throw new ProtocolError('invalid', `read ${field.name}: length ${length} is not allowed`)
}

function readValue(reader: ByteReader, field: PlanField, flexible: boolean): FieldValue {
  switch (field.type) {
    case 'int8':
      return reader.int8()
    case 'int16':
      return reader.int16()
    case 'uint16':
      return reader.uint16()
    case 'int32':
      return reader.int32()
    case 'int64':
      return reader.int64()
    case 'float64':
      return reader.float64()
    case 'bool':
      return reader.int8() !== 0
    case 'uuid':
      return reader
        .take(16)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    case 'string': {
      const length = flexible ? reader.uvarint() - 1 : reader.int16()
      return length < 0 ? nullOr(field, length) : reader.take(length).toString()
    }
    case 'bytes':
    case 'records': {
      const length = flexible ? reader.uvarint() - 1 : reader.int32()
      return length < 0 ? nullOr(field, length) : reader.take(length)
    }
    case '{}':
      if (field.nullable && !field.array && reader.int8() < 0) return null
      return readFields(reader, field.plan!)
  }
}

function writeFields(writer: ByteWriter, plan: Plan, fields: Fields): void {
  for (const field of plan.fields) writeField(writer, field, fields[field.name], plan.flexible)
  if (!plan.flexible) return
  const tagged = plan.tagged.filter(({ name }) => fields[name] !== undefined)
  const unknown = (fields[unknownTags] as [number, Uint8Array][] | undefined) ?? []
  writer.uvarint(tagged.length + unknown.length)
  const all: [number, Uint8Array][] = tagged.map((field) => {
    const value = new ByteWriter()
    writeField(value, field, fields[field.name], true)
    return [field.tag, value.finish()]
  })
  for (const [tag, bytes] of [...all, ...unknown].toSorted((a, b) => a[0] - b[0])) {
    writer.uvarint(tag)
    writer.uvarint(bytes.length)
    writer.raw(bytes)
  }
}

function writeField(writer: ByteWriter, field: PlanField, value: FieldValue, flexible: boolean): void {
  if (!field.array) {
    writeValue(writer, field, value, flexible)
    return
  }
  const values = (value ?? (value === null && field.nullable ? null : [])) as FieldValue[] | null
  if (values === null) writeLength(writer, -1, flexible, 4)
  else {
    writeLength(writer, values.length, flexible, 4)
    for (const one of values) writeValue(writer, field, one, flexible)
  }
}

function writeLength(writer: ByteWriter, length: number, flexible: boolean, width: 2 | 4): void {
  if (flexible) writer.uvarint(length + 1)
  else if (width === 2) writer.int16(length)
  else writer.int32(length)
}

function writeValue(writer: ByteWriter, field: PlanField, value: FieldValue, flexible: boolean): void {
  switch (field.type) {
    case 'int8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'float64':
      writer[field.type]((value as number | undefined) ?? 0)
      return
    case 'int64':
      writer.int64((value as bigint | undefined) ?? 0n)
      return
    case 'bool':
      writer.int8(value === true ? 1 : 0)
      return
    case 'uuid':
      writer.raw(typeof value === 'string' ? Buffer.from(value.replaceAll('-', ''), 'hex') : Buffer.alloc(16))
      return
    case 'string':
    case 'bytes':
    case 'records':
      writeBytes(writer, field, value, flexible)
      return
    case '{}':
      if (field.nullable && !field.array) {
        writer.int8(value === null || value === undefined ? -1 : 1)
        if (value === null || value === undefined) return
      }
      writeFields(writer, field.plan!, (value ?? {}) as Fields)
  }
}

function writeBytes(writer: ByteWriter, field: PlanField, value: FieldValue, flexible: boolean): void {
  const width = field.type === 'string' ? 2 : 4
  if ((value === null || value === undefined) && field.nullable) {
    writeLength(writer, -1, flexible, width)
    return
  }
  const bytes = typeof value === 'string' ? Buffer.from(value) : ((value ?? new Uint8Array(0)) as Uint8Array)
  writeLength(writer, bytes.length, flexible, width)
  writer.raw(bytes)
}
