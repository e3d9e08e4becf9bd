/** A JSON Schema as far as this package's own schemas go. */
export interface SchemaNode {
  $ref?: string
  $defs?: Record<string, SchemaNode>
  properties?: Record<string, SchemaNode>
  items?: SchemaNode
  oneOf?: SchemaNode[]
  additionalProperties?: boolean | SchemaNode
}

/** Finds where a part of a schema stands, by the object itself. */
export type SchemaPaths = ReadonlyMap<object, string>

/**
 * Puts every definition of a schema in the place of each `$ref` to it, and says for each part of the schema which
 * `schema_path` X07 reports for what is wrong with it. X07's validator compiles a definition once, where it is first
 * met when properties are walked in alphabetical order, and reports that place for every use: a bad `rr.index_path`
 * of a manifest is reported under `…/properties/archive/…/index_path`.
 *
 * References are resolved here because ajv makes a function of each, and copies all errors so far whenever one
 * returns: a hundred thousand wrong elements would take it hours.
 */
export function resolveReferences(root: SchemaNode): SchemaPaths {
  const paths = new Map<object, string>()
  walk(root, '')
  return paths

  function resolved(schema: SchemaNode, path: string): SchemaNode {
    const definition = schema.$ref === undefined ? undefined : root.$defs?.[schema.$ref.slice('#/$defs/'.length)]
    const target = definition ?? schema
    if (!paths.has(target)) walk(target, definition === undefined ? path : `${path}/$ref`)
    return target
  }

  function walk(schema: SchemaNode, path: string): void {
    paths.set(schema, path)
    const { additionalProperties, items, oneOf, properties = {} } = schema
    if (typeof additionalProperties === 'object') {
      schema.additionalProperties = resolved(additionalProperties, `${path}/additionalProperties`)
    }
    if (items !== undefined) schema.items = resolved(items, `${path}/items`)
    if (oneOf !== undefined) schema.oneOf = oneOf.map((branch, at) => resolved(branch, `${path}/oneOf/${at}`))
    for (const name of Object.keys(properties).toSorted()) {
      const property = properties[name]
      if (property !== undefined) properties[name] = resolved(property, `${path}/properties/${name}`)
    }
  }
}
