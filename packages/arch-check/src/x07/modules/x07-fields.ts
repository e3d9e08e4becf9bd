import type { Json } from '../../finding.ts'
import { ModuleFault } from '../graph/module-fault.ts'

/** A JSON object, seen as one. */
export type JsonObject = { [key: string]: Json }

/** The own member of an object; undefined where it is absent. */
export function field(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** The value as an object, or a fault that calls it `what`. */
export function objectOf(value: Json | undefined, pointer: string, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ModuleFault(pointer, `${what} must be an object`)
  }
  return value
}

/** The member as an array; an absent one is empty where `optional`. */
export function arrayField(object: JsonObject, pointer: string, key: string, optional?: 'optional'): Json[] {
  const value = field(object, key)
  if (value === undefined && optional) return []
  if (!Array.isArray(value)) throw new ModuleFault(`${pointer}/${key}`, `${key} must be an array`)
  return value
}

/** The member as a string. */
export function stringField(object: JsonObject, pointer: string, key: string): string {
  const value = field(object, key)
  if (typeof value !== 'string') throw new ModuleFault(`${pointer}/${key}`, `${key} must be a string`)
  return value
}

/** The member as a string that passes `test`; undefined where it is absent. */
export function optionalName(
  object: JsonObject,
  pointer: string,
  key: string,
  test: (text: string) => boolean,
): string | undefined {
  if (field(object, key) === undefined) return undefined
  return nameField(object, pointer, key, test)
}

/** The member as a string that passes `test`. */
export function nameField(object: JsonObject, pointer: string, key: string, test: (text: string) => boolean): string {
  const value = stringField(object, pointer, key)
  if (!test(value)) throw new ModuleFault(`${pointer}/${key}`, `${key} ${JSON.stringify(value)} is not a valid name`)
  return value
}

/** The member as an array of strings. */
export function stringsField(object: JsonObject, pointer: string, key: string): string[] {
  return arrayField(object, pointer, key).map((item, at) => {
    if (typeof item !== 'string') throw new ModuleFault(`${pointer}/${key}/${at}`, `${key} must hold strings`)
    return item
  })
}
