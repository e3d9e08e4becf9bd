import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Json } from '../../finding.ts'
import type { PassedBefore } from '../../passed-before.ts'
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

/**
 * The schemas shipped with this package, under `schemas/`. Checks that share them compile each once.
 *
 * @param passed what they accepted before, by schema and value: to compile them takes a third of a short check
 */
export function openSchemas(passed?: PassedBefore): Schemas {
  const texts = new Map<SchemaName, string>()
  const textOf = (name: SchemaName): string => {
    const known = texts.get(name)
    if (known !== undefined) return known
    const text = readFileSync(new URL(`../../../schemas/${name}.schema.json`, import.meta.url), 'utf8')
    texts.set(name, text)
    return text
  }
  // Most values are valid: to find that out takes no list of errors and no look at where a key comes from, as long as
  // no schema has a key that every object inherits.
  // Lengths count UTF-16 units: for a largest length that is stricter, and no smallest length above 1 is of a text that
  // may hold surrogate pairs. ajv warns that the option is deprecated; without it this would be slower, not wrong.
  const accepts = compiler(textOf, { unicode: false, logger: false })
  // `verbose` puts the broken part of the schema into each error; its place is not to be had otherwise, because ajv
  // starts paths anew in every definition. Defaults and coercion stay off: a checker must not change what it checks.
  // `ownProperties` keeps `toString` from counting as present on an empty object.
  const explains = compiler(textOf, { allErrors: true, ownProperties: true, verbose: true })
  return {
    validate(name, value) {
      const key = passed === undefined ? '' : hash('sha256', `${textOf(name)}\n${JSON.stringify(value)}`, 'base64')
      if (passed?.has(key) === true) return NONE
      if (accepts(name).check(value)) {
        passed?.add(key)
        return NONE
      }
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
function compiler(textOf: (name: SchemaName) => string, options: Options): (name: SchemaName) => Compiled {
  const ajv = new Ajv2020({
    ...options,
    strict: true,
    strictRequired: false,
    discriminator: true,
    code: { optimize: false },
    meta: false,
    validateSchema: false,
  })
  const compiled = new Map<SchemaName, Compiled>()
  return (name) => {
    const known = compiled.get(name)
    if (known !== undefined) return known
    const schema: SchemaNode = JSON.parse(textOf(name))
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
