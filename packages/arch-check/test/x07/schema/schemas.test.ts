import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'

const folder = new URL('../../../schemas/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.schema.json'))

describe('the schemas shipped with the package', () => {
  it.each(files)('%s meets the meta-schema of 2020-12', (name) => {
    const ajv = new Ajv2020({ strict: true, strictRequired: false })
    const schema = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Record<string, unknown>
    expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true)
  })
})
