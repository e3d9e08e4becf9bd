import { nodeAt, pointerTokens } from '@x07-lab/msg-core/json'
import type { Document } from '../document/document.ts'
import type { Json } from '../../finding.ts'
import type { Violation } from '../schema/violations.ts'
import type { SchemaName } from '../schema/names.ts'
import { type ContractContext, schemaVersionOf } from './context.ts'
import { versionOf } from '../schema/schemas.ts'
import { structsOf } from './struct-arrays.ts'

/**
 * A contract as X07's typed model of it has it, which decides whether the checks inside it run; undefined where it does
 * not fit. `violations` are those of the document, `defaulted` as in {@link fitsModel}.
 */
export function typedValue(
  { schemas }: Pick<ContractContext, 'schemas'>,
  document: Document,
  schema: SchemaName,
  violations: readonly Violation[],
  defaulted: readonly string[] = [],
): Json | undefined {
  if (!violations.some(({ keyword }) => keyword === 'type')) {
    return fitsModel(document, violations, defaulted) ? document.value : undefined
  }
  const value = structsOf(schema, document.value)
  return fitsModel({ value }, schemas.validate(schema, value), defaulted) ? value : undefined
}

/**
 * Whether a document fits X07's typed model of it, which decides whether the checks inside it run. A wrong type, an
 * unknown key or a missing one breaks it; a bad enum, pattern, length or range does not. `defaulted` names the keys
 * the model fills in, as pointers with `*` for an index: `/profiles/*\/selectors`.
 */
export function fitsModel(
  document: Pick<Document, 'value'>,
  violations: readonly Violation[],
  defaulted: readonly string[] = [],
): boolean {
  if (schemaVersionOf(document) === undefined) return false
  return violations.every((violation) => {
    if (violation.keyword === 'required') {
      const path = violation.instancePath.replaceAll(/\/\d+(?=\/|$)/g, '/*')
      return defaulted.includes(`${path}/${violation.missing ?? ''}`)
    }
    return violation.keyword !== 'type' && violation.keyword !== 'additionalProperties'
  })
}

/** Whether a value of a model says the version of its schema. */
export function hasVersion(value: { schema_version?: unknown }, schema: SchemaName): boolean {
  return value.schema_version === versionOf(schema)
}

/**
 * Gives a value the type of a model once it is known to fit: what the types say, the schema checked.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the type it has checked for
export function isModel<Model>(value: unknown, fits: boolean): value is Model {
  return fits && value !== undefined
}

/**
 * Whether the numbers at some pointers are written as plain integers from 0 to `max`: `1.0`, `1e0` and `-0` satisfy a
 * schema's `integer` and fail X07's typed reader.
 */
export function plainIntegers(document: Document, pointers: readonly string[], max: bigint): boolean {
  return pointers.every((pointer) => {
    if (document.plain) {
      // Its numbers are integers as written, so the value tells without a tree.
      const value = valueAt(document.value, pointer)
      return typeof value !== 'number' || (value >= 0 && BigInt(value) <= max)
    }
    const node = nodeAt(document.tree(), pointer)
    if (node === undefined || node.kind !== 'number') return true
    return /^\d+$/.test(node.token) && BigInt(node.token) <= max
  })
}

function valueAt(root: Json, pointer: string): Json | undefined {
  let value: Json | undefined = root
  for (const token of pointerTokens(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined
    value = Array.isArray(value) ? value[Number(token)] : value[token]
  }
  return value
}
