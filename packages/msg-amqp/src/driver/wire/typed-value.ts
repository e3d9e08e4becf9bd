import type { HeaderValue, Json, JsonObject, TypedValue } from '@x07-lab/msg-core'

/**
 * The types of AMQP header values beyond text, bytes and null, by their tag on the wire. `value` is
 *
 *     bool                            true or false
 *     int8 uint8 int16 uint16         an integer
 *     int32 uint32                    an integer
 *     int64 timestamp                 decimal text (timestamp: seconds since 1970, unsigned)
 *     float double                    a number, or "NaN", "Infinity", "-Infinity", "-0"
 *     decimal                         {"places": 0..255, "digits": uint32}
 *     longstr                         {"b64": …}: text on the wire that is not UTF-8
 *     array                           list of values
 *     table                           list of [name, value]
 *
 * A value inside an array or table is text, null, {"b64": …} for bytes, or {"type": …, "value": …}.
 */
export function typed(type: string, value: Json): TypedValue {
  return { type, value }
}

/** Inclusive ranges of the integer types that are held as numbers. */
export const integerRanges: Readonly<Record<string, readonly [min: number, max: number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
}

/** Inclusive ranges of the integer types that are held as decimal text. */
export const longRanges: Readonly<Record<string, readonly [min: bigint, max: bigint]>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  timestamp: [0n, 2n ** 64n - 1n],
}

/** A header value as it stands inside an array or a table. */
export function toJson(value: HeaderValue): Json {
  if (value === null || typeof value === 'string') return value
  if (value instanceof Uint8Array) return { b64: Buffer.from(value).toString('base64') }
  return { type: value.type, value: value.value }
}

/** The header value that {@link toJson} wrote, or undefined for JSON of another form. */
export function fromJson(json: Json): HeaderValue | undefined {
  if (json === null || typeof json === 'string') return json
  if (!isObject(json)) return undefined
  const { b64, type, value } = json
  const members = Object.keys(json).length
  if (b64 !== undefined) return members === 1 ? bytesFromBase64(b64) : undefined
  return typeof type === 'string' && value !== undefined && members === 2 ? { type, value } : undefined
}

/** The bytes of base64 text as it is written here: padded, no other characters, no stray bits. */
export function bytesFromBase64(text: Json | undefined): Buffer | undefined {
  if (typeof text !== 'string') return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** A number as JSON that keeps what JSON numbers cannot say. */
export function floatToJson(value: number): Json {
  if (Object.is(value, -0)) return '-0'
  return Number.isFinite(value) ? value : String(value)
}

/** The number that {@link floatToJson} wrote, or undefined. */
export function floatFromJson(value: Json): number | undefined {
  if (typeof value === 'number') return Object.is(value, -0) ? undefined : value
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' || value === '-0' ? Number(value) : undefined
}

/** Whether JSON is an object with members. */
export function isObject(json: unknown): json is JsonObject & { readonly [member in MemberName]?: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

type MemberName = 'b64' | 'type' | 'value' | 'places' | 'digits'

export function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json)
}
