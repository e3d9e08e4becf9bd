import { type Redact, REDACTED } from './redact.ts'

/** What a field may hold after {@link plainField}. */
export type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain }

/** Levels of nesting that a log line shows; what is deeper is a structure to look at elsewhere. */
const MAX_DEPTH = 6

/**
 * A value as a log line may show it: secrets taken out of every text and name, bytes as their number alone since they may
 * be a payload, an error as name, code and messages without its stack, 64-bit integers as decimal text.
 */
export function plainField(value: unknown, redact: Redact, depth = 0): Plain {
  switch (typeof value) {
    case 'string':
      return redact(value)
    case 'number':
    case 'boolean':
    case 'bigint': {
      const text = String(value)
      if (redact(text) !== text) return REDACTED
      return typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)) ? text : value
    }
    case 'object':
      return value === null ? null : plainObject(value, redact, depth)
    default:
      return `(${typeof value})`
  }
}

function plainObject(value: object, redact: Redact, depth: number): Plain {
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`
  if (depth >= MAX_DEPTH) return '(too deep)'
  if (value instanceof Error) return plainError(value, redact, depth)
  if (Array.isArray(value)) return value.map((item) => plainField(item, redact, depth + 1))
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [redact(name), plainField(member, redact, depth + 1)]))
}

function plainError(error: Error, redact: Redact, depth: number): Plain {
  const shown: { [name: string]: Plain } = { name: redact(error.name) }
  if ('code' in error && error.code !== undefined) shown['code'] = plainField(error.code, redact, depth + 1)
  shown['message'] = redact(error.message)
  if (error.cause !== undefined) shown['cause'] = plainField(error.cause, redact, depth + 1)
  return shown
}
