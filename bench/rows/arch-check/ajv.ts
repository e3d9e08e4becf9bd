import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

interface Contract {
  readonly schema_version: string
}

/** The schema of each `schema_version`, compiled. */
export type Validators = ReadonlyMap<string, ValidateFunction>

/** Compiles the schemas as they are shipped, with ajv's usual options. */
export function compileSchemas(): Validators {
  const ajv = new Ajv2020({ strictRequired: false, discriminator: true })
  const folder = join(import.meta.dirname, '../../../packages/arch-check/schemas')
  const validators = new Map<string, ValidateFunction>()
  for (const name of globSync('*.schema.json', { cwd: folder })) {
    const schema: { properties: { schema_version: { const: string } } } = JSON.parse(
      readFileSync(join(folder, name), 'utf8'),
    )
    validators.set(schema.properties.schema_version.const, ajv.compile(schema))
  }
  return validators
}

/** Every JSON file below `arch`. */
export function contractFiles(root: string): string[] {
  return globSync('arch/**/*.json', { cwd: root }).map((path) => join(root, path))
}

/** Reads, parses and validates the files. @returns how many of them are valid */
export function validateFiles(validators: Validators, files: readonly string[]): number {
  let valid = 0
  for (const file of files) {
    const contract: Contract = JSON.parse(readFileSync(file, 'utf8'))
    if (validators.get(contract.schema_version)?.(contract) === true) valid++
  }
  return valid
}
