import { DriverError } from '@x07-lab/msg-core'

/** Reads one JSON document of the contracts, field by field, with errors that name document, field and rule. */
export interface Fields {
  /** Text of 1 (or `min`) to `max` UTF-8 bytes. */
  text(name: string, max: number, min?: number): string
  /** Text of at most `max` UTF-8 bytes that may be missing, which is the same as empty. */
  optionalText(name: string, max: number): string
  integer(name: string, min: number, max: number): number
  /** A boolean that may be missing. */
  flag(name: string, missing: boolean): boolean
  oneOf<T extends string>(name: string, values: readonly T[]): T
  object(name: string): Fields
  /** An object that may be missing. */
  optional(name: string): Fields | undefined
  list<T>(name: string, read: (item: Fields) => T): readonly T[]
}

/** @throws DriverError `invalid_config` when `json` is not an object, or (later) when a field is not what is read */
export function readFields(document: string, json: unknown): Fields {
  return fieldsOf(document, '', json)
}

function fieldsOf(document: string, path: string, json: unknown): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalid(document, path === '' ? 'the document' : path, 'an object', json)
  }
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const members = new Map<string, unknown>(Object.entries(json))
  const get = (name: string): unknown => members.get(name)
  const text = (name: string, min: number, max: number): string => {
    const value = get(name)
    if (typeof value !== 'string' || Buffer.byteLength(value) < min || Buffer.byteLength(value) > max) {
      throw invalid(document, at(name), `text of ${min} to ${max} bytes`, value)
    }
    return value
  }
  return {
    text: (name, max, min = 1) => text(name, min, max),
    optionalText: (name, max) => (get(name) === undefined ? '' : text(name, 0, max)),
    integer(name, min, max) {
      const value = get(name)
      if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
        throw invalid(document, at(name), `an integer from ${min} to ${max}`, value)
      }
      return value
    },
    flag(name, missing) {
      const value = get(name)
      if (value === undefined) return missing
      if (typeof value !== 'boolean') throw invalid(document, at(name), 'true or false', value)
      return value
    },
    oneOf(name, values) {
      const found = values.find((value) => value === get(name))
      if (found === undefined) throw invalid(document, at(name), `one of ${values.join(', ')}`, get(name))
      return found
    },
    object: (name) => fieldsOf(document, at(name), get(name)),
    optional: (name) => (get(name) === undefined ? undefined : fieldsOf(document, at(name), get(name))),
    list(name, read) {
      const value = get(name)
      if (!Array.isArray(value)) throw invalid(document, at(name), 'a list', value)
      return value.map((item: unknown, index) => read(fieldsOf(document, `${at(name)}[${index}]`, item)))
    },
  }
}

function invalid(document: string, field: string, expected: string, seen: unknown): DriverError {
  return new DriverError('invalid_config', `read ${document}: ${field} is ${describe(seen)}, expected ${expected}`)
}

/** Says what is there without repeating text of any length. */
function describe(seen: unknown): string {
  if (seen === undefined) return 'missing'
  if (seen === null) return 'null'
  if (typeof seen === 'string') return `text of ${Buffer.byteLength(seen)} bytes`
  if (Array.isArray(seen)) return 'a list'
  return typeof seen === 'number' || typeof seen === 'boolean' ? String(seen) : 'an object'
}
