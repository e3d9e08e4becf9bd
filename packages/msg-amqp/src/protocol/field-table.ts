import { DriverError } from '@x07-lab/msg-core'
import { ByteReader, malformed, textOf, type ByteWriter, type Text } from './bytes.ts'

/**
 * A value of a field table with its type tag, so that it is written again as the same bytes:
 *
 *     t   bool, one octet; `value` is the octet where it is neither 0 nor 1
 *     b B s u U I i   integers of 8 (signed, unsigned), 16 (signed, unsigned, signed) and 32 bits (signed, unsigned)
 *     s   in the specification's own grammar a short string: then `value` is text or bytes
 *     l L T   64 bits: signed, signed, seconds since 1970 unsigned; `l` is unsigned in the specification's own grammar
 *     f d   IEEE 754; `bits` is there for a NaN other than JavaScript's own
 *     D   decimal: digits (32 bits, unsigned) shifted right by `places`
 *     S x   text (bytes where it is not UTF-8), bytes
 *     A F V   array, table, void
 */
export type FieldValue =
  | { readonly tag: 't'; readonly value: boolean | number }
  | { readonly tag: 'b' | 'B' | 'u' | 'U' | 'I' | 'i'; readonly value: number }
  | { readonly tag: 's'; readonly value: number | Text }
  | { readonly tag: 'l' | 'L' | 'T'; readonly value: bigint }
  | { readonly tag: 'f' | 'd'; readonly value: number; readonly bits?: bigint }
  | { readonly tag: 'D'; readonly places: number; readonly digits: number }
  | { readonly tag: 'S'; readonly value: Text }
  | { readonly tag: 'x'; readonly value: Uint8Array }
  | { readonly tag: 'A'; readonly items: readonly FieldValue[] }
  | { readonly tag: 'F'; readonly fields: FieldTable }
  | { readonly tag: 'V' }

/** The fields of a table in their order on the wire; names may repeat. */
export type FieldTable = readonly (readonly [name: Text, value: FieldValue])[]

/**
 * Where clients disagree on a tag: RabbitMQ and nearly every client read `s` as a 16 bit integer and `l` as signed; the
 * published specification (4.2.1) has a short string and an unsigned one.
 */
export type TableGrammar = 'rabbitmq' | 'specification'

/** Nesting of tables and arrays that is followed; deeper ones are hostile. */
export const maxTableDepth = 1_024

/**
 * Reads a field table without its length:
 *
 *     table  := field*                       array := value*
 *     field  := u8 size | name | value       value := u8 tag | content
 *     content of S x := u32 size | bytes;  A F := u32 size | array or table;  the others have a fixed size
 *
 * The tags are those of RabbitMQ's errata (https://www.rabbitmq.com/amqp-0-9-1-errata, section 3), with `U` and `L` of the
 * specification, which py-amqp and others send. Byte values borrow from `bytes`.
 *
 * @throws DriverError `protocol`, naming the field, for bytes that are not a table, an unknown tag, or nesting too deep
 */
export function readTable(bytes: Buffer, grammar: TableGrammar = 'rabbitmq'): FieldTable {
  return readFields(bytes, grammar, 0)
}

function readFields(bytes: Buffer, grammar: TableGrammar, depth: number): [Text, FieldValue][] {
  const reader = new ByteReader(bytes, 'a field table')
  const out: [Text, FieldValue][] = []
  while (!reader.done) {
    const name = reader.shortString()
    try {
      out.push([name, readValue(reader, grammar, depth)])
    } catch (error) {
      throw inField(name, error)
    }
  }
  return out
}

function readValue(reader: ByteReader, grammar: TableGrammar, depth: number): FieldValue {
  const code = reader.u8()
  const { bytes } = reader
  const tag = String.fromCharCode(code) as FieldValue['tag']
  switch (tag) {
    case 'S':
      return { tag, value: textOf(reader.longBytes()) }
    case 't': {
      const octet = reader.u8()
      return { tag, value: octet > 1 ? octet : octet === 1 }
    }
    case 'b':
      return { tag, value: bytes.readInt8(reader.skip(1)) }
    case 'B':
      return { tag, value: reader.u8() }
    case 's':
      return { tag, value: grammar === 'rabbitmq' ? bytes.readInt16BE(reader.skip(2)) : reader.shortString() }
    case 'U':
      return { tag, value: bytes.readInt16BE(reader.skip(2)) }
    case 'u':
      return { tag, value: reader.u16() }
    case 'I':
      return { tag, value: bytes.readInt32BE(reader.skip(4)) }
    case 'i':
      return { tag, value: reader.u32() }
    case 'l':
      return { tag, value: grammar === 'rabbitmq' ? bytes.readBigInt64BE(reader.skip(8)) : reader.u64() }
    case 'L':
      return { tag, value: bytes.readBigInt64BE(reader.skip(8)) }
    case 'T':
      return { tag, value: reader.u64() }
    case 'f': {
      const bits = reader.u32()
      return floatOf(tag, bytes.readFloatBE(reader.at - 4), BigInt(bits), canonicalNan.f)
    }
    case 'd': {
      const bits = reader.u64()
      return floatOf(tag, bytes.readDoubleBE(reader.at - 8), bits, canonicalNan.d)
    }
    case 'D':
      return { tag, places: reader.u8(), digits: reader.u32() }
    case 'x':
      return { tag, value: reader.longBytes() }
    case 'A':
      return { tag, items: readItems(reader.longBytes(), grammar, deeper(depth)) }
    case 'F':
      return { tag, fields: readFields(reader.longBytes(), grammar, deeper(depth)) }
    case 'V':
      return { tag }
    default:
      throw unknownTag(code, tag)
  }
}

function readItems(bytes: Buffer, grammar: TableGrammar, depth: number): FieldValue[] {
  const reader = new ByteReader(bytes, 'a field array')
  const items: FieldValue[] = []
  while (!reader.done) items.push(readValue(reader, grammar, depth))
  return items
}

/** What Node writes for NaN. */
const canonicalNan = { f: 0x7fc0_0000n, d: 0x7ff8_0000_0000_0000n }

function floatOf(tag: 'f' | 'd', value: number, bits: bigint, nan: bigint): FieldValue {
  return Number.isNaN(value) && bits !== nan ? { tag, value, bits } : { tag, value }
}

function deeper(depth: number): number {
  if (depth >= maxTableDepth) throw malformed(`read a field table: it nests deeper than ${maxTableDepth} levels`)
  return depth + 1
}

function unknownTag(code: number, tag: never): DriverError {
  const shown = code > 0x20 && code < 0x7f ? `'${String(tag)}'` : `0x${code.toString(16).padStart(2, '0')}`
  return malformed(
    `read a field table: unknown type tag ${shown}, expected one of t b B s u U I i l L f d D S T A F V x`,
  )
}

/** Names the field that an error is about, from the outermost table to the innermost. */
function inField(name: Text, error: unknown): unknown {
  if (!(error instanceof DriverError)) return error
  const shown = typeof name === 'string' ? name : Buffer.from(name).toString('latin1')
  const match = /^field "([^]*)": ([^]*)$/.exec(error.message)
  return match === null
    ? malformed(`field ${JSON.stringify(shown)}: ${error.message}`)
    : malformed(`field ${JSON.stringify(`${shown}.${match[1] ?? ''}`)}: ${match[2] ?? ''}`)
}

/**
 * Writes a table with its 32 bit length, as {@link readTable} reads it.
 *
 * @throws DriverError `protocol` for a name over 255 bytes or a number outside its type
 */
export function writeTable(writer: ByteWriter, table: FieldTable): void {
  writer.sized(() => {
    for (const [name, value] of table) {
      writer.shortString(name, 'a field name')
      writeValue(writer, value)
    }
  })
}

function writeValue(writer: ByteWriter, field: FieldValue): void {
  writer.u8(field.tag.charCodeAt(0))
  switch (field.tag) {
    case 'S':
      writer.longString(field.value, 'a field value')
      return
    case 'x':
      writer.u32(field.value.length)
      writer.raw(field.value)
      return
    case 't':
      writer.u8(typeof field.value === 'number' ? inRange(field.value, 'B') : field.value ? 1 : 0)
      return
    case 's':
      if (typeof field.value === 'number') writer.u16(inRange(field.value, 's') & 0xffff)
      else writer.shortString(field.value, 'a field value')
      return
    case 'b':
    case 'B':
      writer.u8(inRange(field.value, field.tag) & 0xff)
      return
    case 'u':
    case 'U':
      writer.u16(inRange(field.value, field.tag) & 0xffff)
      return
    case 'I':
    case 'i':
      writer.u32(inRange(field.value, field.tag) >>> 0)
      return
    case 'l':
    case 'L':
    case 'T':
      writer.u64(longInRange(field.value, field.tag))
      return
    case 'f':
      if (field.bits === undefined) writer.f32(field.value)
      else writer.u32(Number(field.bits))
      return
    case 'd':
      if (field.bits === undefined) writer.f64(field.value)
      else writer.u64(field.bits)
      return
    case 'D':
      writer.u8(inRange(field.places, 'B'))
      writer.u32(inRange(field.digits, 'i'))
      return
    case 'A':
      writer.sized(() => {
        for (const item of field.items) writeValue(writer, item)
      })
      return
    case 'F':
      writeTable(writer, field.fields)
      return
    case 'V':
      return
    default:
      throw malformed(`write a field table: unknown type tag ${JSON.stringify((field as FieldValue).tag)}`)
  }
}

/** Inclusive ranges of the integer tags that are held as numbers. */
export const integerRanges = {
  b: [-128, 127],
  B: [0, 255],
  s: [-32_768, 32_767],
  U: [-32_768, 32_767],
  u: [0, 65_535],
  I: [-2_147_483_648, 2_147_483_647],
  i: [0, 4_294_967_295],
} as const satisfies Record<string, readonly [min: number, max: number]>

/** Inclusive ranges of the 64 bit tags; `l` holds the unsigned half too, for the specification's grammar. */
export const longRanges = {
  l: [-(2n ** 63n), 2n ** 64n - 1n],
  L: [-(2n ** 63n), 2n ** 63n - 1n],
  T: [0n, 2n ** 64n - 1n],
} as const satisfies Record<string, readonly [min: bigint, max: bigint]>

function inRange(value: number, tag: keyof typeof integerRanges): number {
  const [min, max] = integerRanges[tag]
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw malformed(`write a field table: ${value} is not an integer from ${min} to ${max} (type tag ${tag})`)
}

function longInRange(value: bigint, tag: keyof typeof longRanges): bigint {
  const [min, max] = longRanges[tag]
  if (value >= min && value <= max) return value
  throw malformed(`write a field table: ${value} is not an integer from ${min} to ${max} (type tag ${tag})`)
}
