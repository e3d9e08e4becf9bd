import canonicalize from 'canonicalize'

/**
 * The RFC 8785 form of a value. Refuses by a `TypeError` that names the place what the `canonicalize` package would
 * change in silence: undefined members, `Map`, `Set`, `Date`, typed arrays and other class instances, numbers that
 * are not finite, `bigint`, sparse arrays, and strings with half a surrogate pair.
 */
export function canonicalJson(value: unknown): string {
  refuseLossy(value)
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('canonicalize a value: it has no JSON form')
  return text
}

/** The bytes of {@link canonicalJson}. */
export function canonicalJsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value))
}

/** A value cannot hold itself; the limit also bounds the work on one that does. */
const MAX_DEPTH = 10_000

function refuseLossy(root: unknown): void {
  const pending: { value: unknown; path: string; depth: number }[] = [{ value: root, path: '', depth: 0 }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, path, depth } = next
    const fault = lossOf(value)
    if (fault !== undefined) throw new TypeError(`canonicalize the value at "${path}": ${fault}`)
    if (typeof value !== 'object' || value === null) continue
    if (depth >= MAX_DEPTH)
      throw new TypeError(`canonicalize a value: more than ${MAX_DEPTH} levels, or it holds itself`)
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at += 1)
        pending.push({ value: value[at], path: `${path}/${at}`, depth: depth + 1 })
      continue
    }
    for (const [key, member] of Object.entries(value)) {
      if (!key.isWellFormed())
        throw new TypeError(`canonicalize the value at "${path}": a key with half of a surrogate pair`)
      pending.push({ value: member, path: `${path}/${key}`, depth: depth + 1 })
    }
  }
}

function lossOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : 'a string with half of a surrogate pair'
    case 'number':
      return Number.isFinite(value) ? undefined : `${value} has no JSON form`
    case 'boolean':
      return undefined
    case 'object': {
      if (value === null || Array.isArray(value)) return undefined
      const prototype: unknown = Object.getPrototypeOf(value)
      if (prototype !== Object.prototype && prototype !== null) return 'an instance of a class, not a plain object'
      return 'toJSON' in value && typeof value.toJSON === 'function' ? 'an object with its own toJSON' : undefined
    }
    default:
      return `a ${typeof value} has no JSON form`
  }
}
