/**
 * Writes the contract readers: for each row of the table below, the TypeScript type and the validator of one schema, into
 * the package that reads such documents. Drivers do not import this package, so the files are committed where they are used.
 *
 *     pnpm generate            writes the files
 *     pnpm generate --check    writes nothing; exit code 1 if a file is not what its schema says
 *
 * The validator is ajv's standalone code: it stops at the first fault and needs no library. `contractFault` of
 * `@x07-lab/msg-core/json` says that fault in words. The type comes from json-schema-to-typescript.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'
import { compile } from 'json-schema-to-typescript'
import { resolveReferences, type SchemaNode } from '../src/x07/schema/schema-paths.ts'

const repository = new URL('../../../', import.meta.url)

/** A reader: the schema it comes from (`schemas/NAME.schema.json`), the file it is written to, and the name of its type. */
interface Reader {
  readonly schema: string
  readonly file: string
  readonly type: string
}

export const readers: readonly Reader[] = [
  {
    schema: 'msg-amqp-profile',
    file: 'packages/msg-amqp/src/driver/config/profile.generated.ts',
    type: 'AmqpProfileDocument',
  },
  {
    schema: 'msg-amqp-topology',
    file: 'packages/msg-amqp/src/driver/config/topology.generated.ts',
    type: 'AmqpTopologyDocument',
  },
  {
    schema: 'vcr-amqp-topology',
    file: 'packages/msg-amqp/src/driver/config/full-topology.generated.ts',
    type: 'AmqpFullTopologyDocument',
  },
  {
    schema: 'msg-kafka-profile',
    file: 'packages/msg-kafka/src/driver/profile.generated.ts',
    type: 'KafkaProfileDocument',
  },
  {
    schema: 'vcr-kafka-client',
    file: 'packages/msg-kafka/src/driver/client-contract.generated.ts',
    type: 'KafkaClientDocument',
  },
  { schema: 'obs-metrics-registry', file: 'packages/obs/src/registry/registry.generated.ts', type: 'RegistryDocument' },
  {
    schema: 'run-os-policy',
    file: 'packages/arch-check/src/project/sandbox/run-os-policy.generated.ts',
    type: 'RunOsPolicy',
  },
  { schema: 'vcr-fault', file: 'apps/lab/src/faults/plan.generated.ts', type: 'FaultPlan' },
  { schema: 'vcr-match', file: 'packages/msg-core/src/run/match-rules.generated.ts', type: 'MatchRulesDocument' },
]

/** The text of a reader's file. */
export async function generate({ schema: name, file, type }: Reader): Promise<string> {
  const text = readFileSync(new URL(`packages/arch-check/schemas/${name}.schema.json`, repository), 'utf8')
  const schema = JSON.parse(text)
  const version: unknown = schema.properties?.schema_version?.const
  if (typeof version !== 'string') throw new Error(`${name}.schema.json: properties.schema_version has no const`)
  const code = validatorOf(name, JSON.parse(text))
  const lengths = code.includes('codePointLength') ? 'codePointLength, ' : ''
  return [
    '// @ts-nocheck: the validator below is plain JavaScript.',
    `// Generated from packages/arch-check/schemas/${name}.schema.json by \`pnpm generate\`; change the schema, not this file.`,
    `import { ${lengths}type ContractForm } from '${file.startsWith('packages/msg-core/src/run/') ? '../format/json/index.ts' : '@x07-lab/msg-core/json'}'`,
    '',
    await typeOf(schema, type),
    code,
    '',
    `/** How a document of \`${version}\` is validated. */`,
    `export const ${lowerFirst(type)}Form: ContractForm<${type}> = { version: '${version}', schema, validate }`,
    '',
  ].join('\n')
}

/** The declarations of a schema: the document under `type`, each definition under its own name. */
async function typeOf(schema: Record<string, unknown>, type: string): Promise<string> {
  const { title: _title, $id: _id, ...rest } = schema
  return compile(rest, type, {
    bannerComment: '',
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { semi: false, singleQuote: true, printWidth: 120, trailingComma: 'all' },
  })
}

function validatorOf(name: string, schema: SchemaNode): string {
  resolveReferences(schema)
  delete schema.$defs
  const ajv = new Ajv2020({
    messages: false,
    strict: true,
    strictRequired: false,
    discriminator: true,
    code: { source: true, esm: true },
  })
  const validate = ajv.compile(schema)
  const source = standalone.default(ajv, validate)
  const entry = /export const validate = (\w+);/.exec(source)?.[1]
  const [constant, ...others] = new Set(source.match(/\bschema\d+\b/g))
  if (entry === undefined || others.length > 0)
    throw new Error(`${name}: ajv's code has another layout than is read here`)
  const body = source
    .replace(/^"use strict";/, '')
    .replace(`export const validate = ${entry};export default ${entry};`, '')
    .replace(`const ${constant} = ${JSON.stringify(schema)};`, '')
    .replace(/const (\w+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;/, 'const $1 = codePointLength;')
    .replace(/\/\*# sourceURL=".*?" \*\/;/, '')
    .replaceAll(new RegExp(`\\b${entry}\\b`, 'g'), 'validate')
    .replaceAll(/\bschema\d+\b/g, 'schema')
  const needed = /require\(.*?\)/.exec(body)
  if (needed !== null) throw new Error(`${name}: a keyword needs a library at run time: ${needed[0]}`)
  return `const schema = ${JSON.stringify(schema)}\n\n${body.trim()}`
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

if (import.meta.main) {
  const check = process.argv.includes('--check')
  for (const reader of readers) {
    const file = new URL(reader.file, repository)
    const text = await generate(reader)
    if (!check) writeFileSync(file, text)
    else if (readFileSync(file, 'utf8') !== text) {
      console.error(`${reader.file} is not what ${reader.schema}.schema.json says; run pnpm generate`)
      process.exitCode = 1
    }
  }
}
