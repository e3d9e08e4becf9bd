import canonicalize from 'canonicalize'
import { ObsError } from '../error.ts'

/** Levels of arrays and objects a report may have; also what stops a value that holds itself. */
const MAX_DEPTH = 512

/**
 * The RFC 8785 bytes of a value, with no line feed after them.
 *
 * @throws ObsError `invalid_report`, with the JSON pointer of the first value that RFC 8785 cannot carry as it is: the
 *   `canonicalize` package would print a `Map` as `{}`, drop `undefined`, spread a `Uint8Array` and round a large integer
 */
export function canonicalBytes(value: unknown): Uint8Array {
  refuseLoss(value, '', 0)
  return new TextEncoder().encode(canonicalize(value))
}

function refuseLoss(value: unknown, path: string, depth: number): void {
  const loss = lossOf(value)
  if (loss !== undefined) throw fault(path, loss)
  if (typeof value !== 'object' || value === null) return
  if (depth >= MAX_DEPTH) throw fault(path, `it is more than ${MAX_DEPTH} levels deep, or holds itself`)
  if (Array.isArray(value)) {
    // By index, since iteration methods skip the holes that must be refused.
    for (let at = 0; at < value.length; at += 1) refuseLoss(value[at], `${path}/${at}`, depth + 1)
    return
  }
  for (const [name, member] of Object.entries(value)) {
    if (!name.isWellFormed()) throw fault(path, 'a member name holds half of a surrogate pair')
    refuseLoss(member, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1)
  }
}

function lossOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'boolean':
      return undefined
    case 'string':
      return value.isWellFormed() ? undefined : 'a text holds half of a surrogate pair'
    case 'number':
      if (!Number.isFinite(value)) return `${value} has no JSON form`
      return Number.isInteger(value) && !Number.isSafeInteger(value)
        ? `the integer ${value} is not exact, write integers beyond 2^53 - 1 as text`
        : undefined
    case 'object': {
      if (value === null || Array.isArray(value)) return undefined
      const prototype: unknown = Object.getPrototypeOf(value)
      if (prototype !== Object.prototype && prototype !== null) return 'an instance of a class is not a plain object'
      return 'toJSON' in value ? 'an object with toJSON would be printed as something else' : undefined
    }
    default:
      return `a value of type ${typeof value} has no JSON form`
  }
}

function fault(path: string, reason: string): ObsError {
  return new ObsError('invalid_report', `write the report at "${path}": ${reason}`)
}
