import type { HeaderValue, Json, JsonObject, TypedValue } from '@x07-lab/msg-core'
import type { Text } from './bytes.ts'
import { integerRanges, longRanges, type FieldTable, type FieldValue } from './field-table.ts'

/*
 * Field values as header values and as JSON, in both directions without a loss. Text (tag S) is text, void (V) is null, bytes (x)
 * are bytes or {"b64": …} in JSON; every other tag is {type, value}:
 *
 *     bool                             true or false; another octet as a number
 *     int8 uint8 int16 uint16          an integer; tags b B s u
 *     int32 uint32                     an integer; tags I i
 *     int64 timestamp                  decimal text; tags l T (timestamp: seconds since 1970, unsigned)
 *     int16:U int64:L                  the same numbers under the tags U and L
 *     uint64 shortstr                  tags l and s in the specification's own grammar
 *     float double                     a number, or "NaN", "Infinity", "-Infinity", "-0"; "NaN:" and its bits in hexadecimal
 *     decimal                          {"places": 0..255, "digits": uint32}
 *     longstr                          {"b64": …}: tag S that is not UTF-8
 *     array                            list of values
 *     table                            list of [name, value]; a name that is not UTF-8 is {"b64": …}
 */

const typeByTag = { b: 'int8', B: 'uint8', u: 'uint16', U: 'int16:U', I: 'int32', i: 'uint32' } as const
const tagByType: Readonly<Record<string, keyof typeof integerRanges>> = {
  int8: 'b',
  uint8: 'B',
  int16: 's',
  uint16: 'u',
  'int16:U': 'U',
  int32: 'I',
  uint32: 'i',
}
const longTagByType: Readonly<Record<string, keyof typeof longRanges>> = {
  int64: 'l',
  uint64: 'l',
  'int64:L': 'L',
  timestamp: 'T',
}
const signedMax = 2n ** 63n - 1n

/** The header value of a field value. Bytes are borrowed. */
export function headerValueOf(field: FieldValue): HeaderValue {
  switch (field.tag) {
    case 'S':
      return typeof field.value === 'string' ? field.value : typed('longstr', textJson(field.value))
    case 'V':
      return null
    case 'x':
      return field.value
    case 't':
      return typed('bool', field.value)
    case 's':
      return typeof field.value === 'number' ? typed('int16', field.value) : typed('shortstr', textJson(field.value))
    case 'b':
    case 'B':
    case 'u':
    case 'U':
    case 'I':
    case 'i':
      return typed(typeByTag[field.tag], field.value)
    case 'l':
      return typed(field.value > signedMax ? 'uint64' : 'int64', String(field.value))
    case 'L':
      return typed('int64:L', String(field.value))
    case 'T':
      return typed('timestamp', String(field.value))
    case 'f':
      return typed('float', floatJson(field.value, field.bits))
    case 'd':
      return typed('double', floatJson(field.value, field.bits))
    case 'D':
      return typed('decimal', { places: field.places, digits: field.digits })
    case 'A':
      return typed('array', field.items.map(fieldToJson))
    case 'F':
      return typed('table', tableToJson(field.fields))
  }
}

/** A table as a list of [name, value]. */
export function tableToJson(table: FieldTable): Json {
  return table.map(([name, value]) => [textJson(name), fieldToJson(value)])
}

export function fieldToJson(field: FieldValue): Json {
  const value = headerValueOf(field)
  return value instanceof Uint8Array ? textJson(value) : (value as Json)
}

/** The field value of a header value, or undefined where AMQP has none for it. Bytes are borrowed. */
export function fieldOf(value: HeaderValue): FieldValue | undefined {
  if (value === null) return { tag: 'V' }
  if (typeof value === 'string') return value.isWellFormed() ? { tag: 'S', value } : undefined
  if (value instanceof Uint8Array) return { tag: 'x', value }
  return typedField(value)
}

/** The same for JSON. */
export function fieldFromJson(json: Json): FieldValue | undefined {
  if (json === null) return { tag: 'V' }
  if (typeof json === 'string') return fieldOf(json)
  if (!isObject(json)) return undefined
  if (json['b64'] !== undefined) {
    const value = textFromJson(json)
    return value instanceof Uint8Array ? { tag: 'x', value } : undefined
  }
  const { type, value } = json
  if (typeof type !== 'string' || value === undefined || Object.keys(json).length !== 2) return undefined
  return typedField({ type, value })
}

function typedField({ type, value }: TypedValue): FieldValue | undefined {
  const tag = tagByType[type]
  if (tag !== undefined) return isInteger(value, integerRanges[tag]) ? { tag, value } : undefined
  const longTag = longTagByType[type]
  if (longTag !== undefined) return longField(type, longTag, value)
  switch (type) {
    case 'bool':
      if (typeof value === 'boolean') return { tag: 't', value }
      return isInteger(value, [2, 255]) ? { tag: 't', value } : undefined
    case 'shortstr': {
      const text = textFromJson(value)
      return text !== undefined && Buffer.byteLength(text) <= 255 ? { tag: 's', value: text } : undefined
    }
    case 'float':
    case 'double':
      return floatField(type, value)
    case 'decimal': {
      if (!isObject(value) || Object.keys(value).length !== 2) return undefined
      const { places, digits } = value
      return isInteger(places, integerRanges.B) && isInteger(digits, integerRanges.i)
        ? { tag: 'D', places, digits }
        : undefined
    }
    case 'longstr': {
      const bytes = isObject(value) ? textFromJson(value) : undefined
      return bytes === undefined ? undefined : { tag: 'S', value: bytes }
    }
    case 'array': {
      if (!Array.isArray(value)) return undefined
      const items = (value as readonly Json[]).map(fieldFromJson)
      return items.every((item) => item !== undefined) ? { tag: 'A', items } : undefined
    }
    case 'table': {
      const fields = tableFromJson(value)
      return fields === undefined ? undefined : { tag: 'F', fields }
    }
    default:
      return undefined
  }
}

/** The table that {@link tableToJson} wrote, or undefined for JSON of another form. */
export function tableFromJson(json: Json): FieldTable | undefined {
  if (!Array.isArray(json)) return undefined
  const fields: [Text, FieldValue][] = []
  for (const pair of json as readonly Json[]) {
    const [nameJson, valueJson] = Array.isArray(pair) && pair.length === 2 ? (pair as readonly Json[]) : []
    if (nameJson === undefined || valueJson === undefined) return undefined
    const name = textFromJson(nameJson)
    const value = fieldFromJson(valueJson)
    if (name === undefined || value === undefined || Buffer.byteLength(name) > 255) return undefined
    fields.push([name, value])
  }
  return fields
}

function longField(type: string, tag: keyof typeof longRanges, json: Json): FieldValue | undefined {
  if (typeof json !== 'string' || !/^(?:0|-?[1-9]\d{0,19})$/.test(json)) return undefined
  const value = BigInt(json)
  const [min, max] = type === 'int64' ? longRanges.L : longRanges[tag]
  if (value < min || value > max || (type === 'uint64' && value <= signedMax)) return undefined
  return { tag, value }
}

function floatField(type: 'float' | 'double', json: Json): FieldValue | undefined {
  const tag = type === 'float' ? 'f' : 'd'
  if (typeof json === 'string' && json.startsWith('NaN:')) {
    const digits = tag === 'f' ? 8 : 16
    const hex = json.slice(4)
    if (hex.length !== digits || !/^[0-9a-f]+$/.test(hex)) return undefined
    return { tag, value: Number.NaN, bits: BigInt(`0x${hex}`) }
  }
  const value = numberFromJson(json)
  if (value === undefined || (tag === 'f' && !Object.is(Math.fround(value), value))) return undefined
  return { tag, value }
}

function numberFromJson(json: Json): number | undefined {
  if (typeof json === 'number') return Object.is(json, -0) ? undefined : json
  return json === 'NaN' || json === 'Infinity' || json === '-Infinity' || json === '-0' ? Number(json) : undefined
}

/** JSON has neither NaN nor infinities, and canonical JSON no negative zero. */
function floatJson(value: number, bits: bigint | undefined): Json {
  if (bits !== undefined) return `NaN:${bits.toString(16).padStart(bits > 0xffff_ffffn ? 16 : 8, '0')}`
  if (Object.is(value, -0)) return '-0'
  return Number.isFinite(value) ? value : String(value)
}

function typed(type: string, value: Json): TypedValue & JsonObject {
  return { type, value }
}

/** Text, or {"b64": …} for bytes. */
export function textJson(text: Text): Json {
  return typeof text === 'string' ? text : { b64: Buffer.from(text).toString('base64') }
}

/** What {@link textJson} wrote, or undefined for JSON of another form. */
export function textFromJson(json: Json): Text | undefined {
  if (typeof json === 'string') return json.isWellFormed() ? json : undefined
  if (!isObject(json) || Object.keys(json).length !== 1) return undefined
  const { b64 } = json
  if (typeof b64 !== 'string') return undefined
  const bytes = Buffer.from(b64, 'base64')
  return bytes.toString('base64') === b64 ? bytes : undefined
}

function isInteger(json: Json | undefined, [min, max]: readonly [number, number]): json is number {
  return typeof json === 'number' && Number.isInteger(json) && !Object.is(json, -0) && json >= min && json <= max
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
