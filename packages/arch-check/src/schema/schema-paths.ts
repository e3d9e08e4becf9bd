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
 * For each part of a schema, the `schema_path` X07 reports for what is wrong with it. X07's validator compiles a
 * definition once, where it is first met when properties are walked in alphabetical order, and reports that place
 * for every use: a bad `rr.index_path` of a manifest is reported under `…/properties/archive/…/index_path`.
 */
export function schemaPaths(root: SchemaNode): SchemaPaths {
  const paths = new Map<object, string>()
  walk(root, '')
  return paths

  function walk(schema: SchemaNode, path: string): void {
    paths.set(schema, path)
    if (schema.$ref !== undefined) {
      const definition = root.$defs?.[schema.$ref.slice('#/$defs/'.length)]
      if (definition !== undefined && !paths.has(definition)) walk(definition, `${path}/$ref`)
      return
    }
    if (typeof schema.additionalProperties === 'object')
      walk(schema.additionalProperties, `${path}/additionalProperties`)
    if (schema.items !== undefined) walk(schema.items, `${path}/items`)
    schema.oneOf?.forEach((branch, at) => walk(branch, `${path}/oneOf/${at}`))
    for (const name of Object.keys(schema.properties ?? {}).toSorted()) {
      const property = schema.properties?.[name]
      if (property !== undefined) walk(property, `${path}/properties/${name}`)
    }
  }
}
