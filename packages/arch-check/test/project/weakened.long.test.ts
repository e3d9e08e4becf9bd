import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Json } from '../../src/index.ts'
import { BASES } from '../fixtures/bases.ts'
import { writeProject } from '../fixtures/project.ts'

/** Contracts of every kind that weigh in what a cassette is worth. */
const contracts = {
  ...BASES.full,
  'arch/policy/sandbox.policy.json': BASES.own['arch/policy/sandbox.policy.json'],
  'arch/vcr/orders.match.json': BASES.own['arch/vcr/orders.match.json'],
  'arch/vcr/shop.redact.json': {
    schema_version: 'vcr.redact@0.1.0',
    id: 'shop',
    v: 1,
    headers: ['x-customer'],
    fields: ['iban', 'card'],
    pointers: ['/customer/name'],
    patterns: ['KD-\\d+'],
    keys: 'pseudonym',
    partitions: 6,
    token: '[gone]',
    salt: 'env:SHOP_SALT',
  },
  'arch/vcr/shop.expiry.json': {
    schema_version: 'vcr.expiry@0.1.0',
    id: 'shop',
    v: 1,
    cassettes: ['orders'],
    max_age_days: 90,
    severity: 'error',
  },
  'arch/vcr/shop.kafka-client.json': {
    schema_version: 'vcr.kafka.client@0.1.0',
    id: 'shop',
    v: 1,
    topics: [{ name: 'orders' }],
    group_id: 'shop',
  },
  'arch/vcr/late.fault.json': {
    schema_version: 'vcr.fault@0.1.0',
    id: 'late',
    v: 1,
    expect: 'break',
    faults: [{ kind: 'late_delivery', delivery: 3, by: 2 }],
  },
} satisfies Record<string, Json>

const project = writeProject(contracts)
afterAll(() => project[Symbol.dispose]())
const locked = project.lock()

interface Mutant {
  readonly what: string
  readonly text: string
}

/** Every value of a document changed, every member left out, every member there twice, and members that nobody knows. */
function* mutantsOf(text: string): Generator<Mutant> {
  const document = JSON.parse(text) as Json
  for (const [path, value] of valuesOf(document, [])) {
    const at = path.join('/')
    for (const other of othersOf(value))
      yield { what: `${at} = ${JSON.stringify(other)}`, text: put(document, path, other) }
    if (path.length > 0) yield { what: `${at} left out`, text: put(document, path, undefined) }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      yield { what: `${at}/weaker added`, text: put(document, path, { ...value, weaker: true }) }
      const [first] = Object.entries(value)
      if (first === undefined) continue
      const twice = put(document, path, { ...value, twice: '@' })
      const [name, member] = first
      yield {
        what: `${at}/${name} twice`,
        text: twice.replace('"twice":"@"', `${JSON.stringify(name)}:${JSON.stringify(member)}`),
      }
    }
  }
}

function* valuesOf(value: Json, path: readonly string[]): Generator<[readonly string[], Json]> {
  yield [path, value]
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) yield* valuesOf(member, [...path, name])
}

function othersOf(value: Json): Json[] {
  if (typeof value === 'boolean') return [!value]
  if (typeof value === 'number') return [value + 1]
  if (typeof value === 'string') return [`${value}x`, '*']
  if (Array.isArray(value)) return [[], [...value, 'x']]
  return []
}

function put(document: Json, path: readonly string[], value: Json | undefined): string {
  const copy = { root: structuredClone(document) } as Record<string, unknown>
  let parent = copy
  const names = ['root', ...path]
  for (const name of names.slice(0, -1)) parent = parent[name] as Record<string, unknown>
  const last = names.at(-1) ?? ''
  if (value !== undefined) parent[last] = value
  else if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else delete parent[last]
  return JSON.stringify(copy['root'])
}

const files = Object.keys(contracts).filter((file) => file.endsWith('.json'))

describe('a pull request that changes a contract without a word', () => {
  it.each(files)('is a finding, whatever it changes: %s', async (file) => {
    await locked
    expect(await project.check()).toMatchObject({ exitCode: 0, findings: [] })
    const before = project.read(file)
    const unseen: string[] = []
    let count = 0
    try {
      for (const { what, text } of mutantsOf(before)) {
        if (JSON.stringify(JSON.parse(text)) === JSON.stringify(JSON.parse(before)) && !what.endsWith('twice')) continue
        count++
        project.edit([{ path: file, text }])
        const { exitCode } = await project.check()
        if (exitCode === 0) unseen.push(what)
      }
    } finally {
      project.edit([{ path: file, text: before }])
    }
    expect(unseen).toEqual([])
    expect(count).toBeGreaterThan(5)
  })

  it('is a finding where it takes a contract away, or puts one in, in any spelling', async () => {
    await locked
    const unseen: string[] = []
    for (const file of files.filter((name) => name.startsWith('arch/vcr/') || name.startsWith('arch/policy/'))) {
      const before = project.read(file)
      project.edit([{ path: file, delete: true }])
      if ((await project.check()).exitCode === 0) unseen.push(`${file} is gone`)
      project.edit([{ path: file, text: before }])
      const name = file.slice(file.lastIndexOf('/') + 1)
      const folder = file.slice(0, file.lastIndexOf('/'))
      for (const added of [`more.${name}`, `deep/${name}`, `.hidden.${name}`, `.hidden/${name}`]) {
        const path = `${folder}/${added}`
        project.edit([{ path, text: before }])
        if ((await project.check()).exitCode === 0) unseen.push(`${path} is new`)
        project.edit([{ path: added.includes('/') ? `${folder}/${added.split('/')[0]}` : path, delete: true }])
      }
    }
    expect(unseen).toEqual([])
  })

  it('is a finding where a folder of contracts is a link, to the same files too', async () => {
    await locked
    const unseen: string[] = []
    const outside = join(project.root, '..', 'outside')
    mkdirSync(outside, { recursive: true })
    for (const folder of [
      'arch/vcr',
      'arch/policy',
      'arch/rr',
      'arch/rr/policies',
      'arch/rr/sanitizers',
      'arch/msg',
      'arch',
    ]) {
      const path = join(project.root, folder)
      const moved = join(outside, folder.replaceAll('/', '-'))
      renameSync(path, moved)
      symlinkSync(moved, path)
      if ((await project.check()).exitCode === 0) unseen.push(folder)
      rmSync(path)
      renameSync(moved, path)
    }
    expect(unseen).toEqual([])
    expect(readdirSync(outside)).toEqual([])
    expect(readFileSync(join(project.root, 'arch/vcr/orders.match.json')).length).toBeGreaterThan(0)
  })
})
