import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { encodeEnvelope, openMemory, openVcr, ReplayError, type Driver } from '../../src/index.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..')
const redact = 'arch/vcr/own.redact.json'
const profile = 'arch/msg/amqp/profiles/local_amqp_v1.amqp_profile.json'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'contracts-'))
  cpSync(join(repository, 'arch'), join(root, 'arch'), { recursive: true })
  mkdirSync(join(root, 'arch', 'vcr'), { recursive: true })
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

const write = (file: string, document: object): void => writeFileSync(join(root, file), JSON.stringify(document))
const read = (file: string): Record<string, never> => JSON.parse(readFileSync(join(root, file), 'utf8')) as never
const rules = (more: object) => write(redact, { schema_version: 'vcr.redact@0.1.0', id: 'own', v: 1, ...more })

async function live(): Promise<Driver> {
  const memory = await openMemory()
  return Object.assign(Object.create(memory) as Driver, {
    endpoint: 'local_amqp_v1',
    ensureTopology: memory.ensureTopology.bind(memory),
    publish: memory.publish.bind(memory),
    deliveries: memory.deliveries.bind(memory),
    close: memory.close.bind(memory),
  })
}

async function run(value = '{"iban":"DE1","n":1}', options: { limits?: never } = {}): Promise<string> {
  const vcr = await openVcr({ cassette: 'c', root, ci: false, live, ...options })
  await vcr.publish(encodeEnvelope({ topic: 't', key: null, headers: [], value: Buffer.from(value) }))
  await vcr.close()
  return vcr.mode
}

const cassette = (): string => readFileSync(join(root, '.x07_rr', 'c.rrbin'), 'latin1')

test('contracts under arch/vcr say what openVcr leaves out, and a replay compares the rest', async () => {
  rules({ fields: ['iban'] })
  expect(await run()).toBe('record')
  expect(cassette()).toContain('{"iban":"[redacted]","n":1}')
  expect(await run('{"iban":"DE2","n":1}')).toBe('replay')
  await expect(run('{"iban":"DE1","n":2}')).rejects.toMatchObject({ code: 'diverged' })
})

test('pseudonyms are made with a salt of the environment, which a replay need not have', async () => {
  rules({ fields: ['iban'], salt: 'env:VCR_TEST_SALT' })
  await expect(run()).rejects.toThrow(
    `read ${redact}: the salt of pseudonyms is not there; set VCR_TEST_SALT in the environment`,
  )
  vi.stubEnv('VCR_TEST_SALT', 'sixteen characters and more')
  expect(await run()).toBe('record')
  expect(cassette()).toMatch(/\{"iban":"anon-[0-9a-f]{32}","n":1\}/)
})

test.each([
  ['{', 'it is not JSON: line 1, column 2'],
  ['{"schema_version":"other"}', 'schema_version must be vcr.redact@0.1.0'],
  ['{"schema_version":"vcr.redact@0.1.0","patterns":["("]}', 'Invalid regular expression'],
])('a contract that cannot be read is named: %s', async (text, problem) => {
  writeFileSync(join(root, redact), text)
  await expect(run()).rejects.toThrow(`read ${redact}: ${problem}`)
})

test.each([
  ['what is left out', redact, () => rules({ fields: ['iban', 'bic'] }), 'fields[1] was absent and is "bic"'],
  [
    'the profile of the driver',
    profile,
    () => write(profile, { ...read(profile), limits: { max_body_bytes: 1, max_poll_items: 256, prefetch_count: 256 } }),
    'limits.max_body_bytes was 1048576 and is 1',
  ],
])('a recording is stale once %s says something else: file and field are named', async (_, file, change, field) => {
  rules({ fields: ['iban'] })
  await run()
  expect(await run()).toBe('replay')
  change()
  const stale = run()
  await expect(stale).rejects.toBeInstanceOf(ReplayError)
  await expect(stale).rejects.toMatchObject({
    code: 'stale',
    message: `replay c.rrbin: it is stale, the contracts are not those it was recorded under: ${file}: ${field}; record it again, or take the change back`,
  })
})

test('room is looked for as much as the redacted form takes, before the broker loses the message', async () => {
  rules({ fields: ['f'], token: 'x'.repeat(200) })
  const value = '{"f":1}'
  const envelope = encodeEnvelope({ topic: 't', key: null, headers: [], value: Buffer.from(value) })
  const limits = {
    maxCassetteBytes: 1_000_000n,
    maxEntries: 100,
    maxReqBytes: envelope.length + 100,
    maxRespBytes: 100_000,
    maxKeyBytes: 100,
  }
  const published: string[] = []
  const driver = async (): Promise<Driver> => {
    const memory = await live()
    const publish = memory.publish.bind(memory)
    return Object.assign(memory, {
      publish: (...args: Parameters<typeof publish>) => (published.push('sent'), publish(...args)),
    })
  }
  const vcr = await openVcr({ cassette: 'c', root, ci: false, live: driver, limits, log: () => {} })
  await expect(vcr.publish(envelope)).rejects.toMatchObject({ code: 2005 })
  expect(published).toEqual([])
  await vcr.close().catch(() => {})
})
