import { readFileSync } from 'node:fs'
import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Json } from '../../finding.ts'
import { SCHEMA_VERSIONS, type SchemaName } from './names.ts'
import { type SchemaNode, type SchemaPaths, resolveReferences } from './schema-paths.ts'
import { inX07Order } from './violation-order.ts'
import { toViolations, type Violation } from './violations.ts'

/** The contract schemas, each compiled on first use. */
export interface Schemas {
  /** Everything the schema finds wrong with a value, in X07's order; empty where nothing is. */
  validate(name: SchemaName, value: Json): readonly Violation[]
}

/** Most values are valid, and there are thousands. */
const NONE: readonly Violation[] = []

/** The schemas shipped with this package, under `schemas/`. Checks that share them compile each once. */
export function openSchemas(): Schemas {
  // Most values are valid: to find that out takes no list of errors and no look at where a key comes from, as long as
  // no schema has a key that every object inherits.
  // Lengths count UTF-16 units: for a largest length that is stricter, and no smallest length above 1 is of a text that
  // may hold surrogate pairs. ajv warns that the option is deprecated; without it this would be slower, not wrong.
  const accepts = compiler({ unicode: false, logger: false })
  // `verbose` puts the broken part of the schema into each error; its place is not to be had otherwise, because ajv
  // starts paths anew in every definition. Defaults and coercion stay off: a checker must not change what it checks.
  // `ownProperties` keeps `toString` from counting as present on an empty object.
  const explains = compiler({ allErrors: true, ownProperties: true, verbose: true })
  return {
    validate(name, value) {
      if (accepts(name).check(value)) return NONE
      const { check, paths } = explains(name)
      return check(value) ? [] : inX07Order(toViolations(check.errors ?? [], paths), value)
    },
  }
}

interface Compiled {
  check: ValidateFunction
  paths: SchemaPaths
}

/** The schemas do not change, and a test holds them to the meta-schema: to compile that here would take a third of a short check. */
function compiler(options: Options): (name: SchemaName) => Compiled {
  const ajv = new Ajv2020({
    ...options,
    strict: true,
    strictRequired: false,
    code: { optimize: false },
    meta: false,
    validateSchema: false,
  })
  const compiled = new Map<SchemaName, Compiled>()
  return (name) => {
    const known = compiled.get(name)
    if (known !== undefined) return known
    const url = new URL(`../../../schemas/${name}.schema.json`, import.meta.url)
    const schema: SchemaNode = JSON.parse(readFileSync(url, 'utf8'))
    const paths = resolveReferences(schema)
    const entry = { check: ajv.compile(schema), paths }
    compiled.set(name, entry)
    return entry
  }
}

/** The `schema_version` a schema describes. */
export function versionOf(name: SchemaName): string {
  return SCHEMA_VERSIONS[name]
}
