import type { Json } from '../envelope/index.ts'

/** Whole numbers, by the type that an argument names. */
const integers: Readonly<Record<string, readonly [min: bigint, max: bigint]>> = {
  int8: [-0x80n, 0x7fn],
  uint8: [0n, 0xffn],
  int16: [-0x8000n, 0x7fffn],
  uint16: [0n, 0xffffn],
  int32: [-0x8000_0000n, 0x7fff_ffffn],
  uint32: [0n, 0xffff_ffffn],
}

/** The same for those that JSON writes as decimal text. */
const longs: typeof integers = { int64: [-(2n ** 63n), 2n ** 63n - 1n], timestamp: [0n, 2n ** 64n - 1n] }

/** What an argument may be, for messages. */
export const amqpArgumentForms =
  'text, a whole number, true or false, null for void, or {type, value} with type bool, int8, uint8, int16, uint16, int32, uint32, ' +
  'int64, timestamp (64 bits as decimal text), float, double or decimal'

/** Whether a value is one of {@link amqpArgumentForms}. */
export function isAmqpArgument(json: Json): boolean {
  if (typeof json === 'number') return Number.isSafeInteger(json)
  if (!isObject(json)) return !Array.isArray(json)
  const { type, value, ...others } = json
  if (typeof type !== 'string' || value === undefined || Object.keys(others).length > 0) return false
  const range = Object.hasOwn(integers, type) ? integers[type] : undefined
  if (range !== undefined) return Number.isInteger(value) && isWithin(BigInt(value as number), range)
  const long = Object.hasOwn(longs, type) ? longs[type] : undefined
  if (long !== undefined) {
    return typeof value === 'string' && /^(?:0|-?[1-9]\d{0,19})$/.test(value) && isWithin(BigInt(value), long)
  }
  if (type === 'bool') return typeof value === 'boolean'
  if (type === 'double') return Number.isFinite(value)
  if (type === 'float') return typeof value === 'number' && Number.isFinite(value) && Math.fround(value) === value
  return type === 'decimal' && isDecimal(value)
}

/** `{places, digits}`: digits with so many of them behind the point. */
function isDecimal(json: Json): boolean {
  if (!isObject(json)) return false
  const { places = null, digits = null, ...others } = json
  const sized = isAmqpArgument({ type: 'uint8', value: places }) && isAmqpArgument({ type: 'uint32', value: digits })
  return sized && Object.keys(others).length === 0
}

function isWithin(value: bigint, [min, max]: readonly [bigint, bigint]): boolean {
  return value >= min && value <= max
}

function isObject(json: Json): json is { readonly [name: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
