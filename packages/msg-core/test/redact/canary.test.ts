import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { encode as encodeMsgpack } from '@msgpack/msgpack'
import { encode as encodeCbor } from 'cborg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DriverError, encodeEnvelope, openMemory, openVcr, type Driver, type Message } from '../../src/index.ts'

// A secret is planted in every place that a message has. A recording either holds it nowhere, or is refused without saying it.

const canary = 'canary-7QfVx2LmZ9'
const b64 = Buffer.from(`me:${canary}`).toString('base64')
const characters = Array.from(canary)
const percent = characters.map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')
const escapes = characters.map((one) => String.raw`\u00${one.charCodeAt(0).toString(16)}`).join('')
const prose = Array.from({ length: 300 }, (_, n) => ((n * 7919) % 997).toString(26)).join(' ')

type Plant = Partial<Omit<Message, 'value'>> & { readonly value?: string | Uint8Array }

/** Places that the rules cover: the recording goes on without the secret. */
const redacted: Readonly<Record<string, Plant>> = {
  'a password in JSON': { value: `{"password":"${canary}"}` },
  'a token in JSON': { value: `{"access_token":"${canary}"}` },
  'a secret in JSON, deep': { value: `{"a":[{"b":{"clientSecret":"${canary}"}}]}` },
  'an object that is a secret': { value: `{"credentials":{"user":"me","pass":"${canary}"}}` },
  'a member whose name is escaped': { value: String.raw`{"pass\u0077ord":"${canary}"}` },
  'JSON with other white space': { value: `{ "Password" :\n\t"${canary}" }` },
  'a form': { value: `user=me&password=${canary}&x=1` },
  'an address': { value: `{"url":"amqp://me:${canary}@host/v"}` },
  'an address in prose': { value: `see https://me:${canary}@host/ for more` },
  'a bearer token': { value: `curl -H "Authorization: Bearer ${canary}"` },
  'basic credentials': { value: `Basic ${b64}` },
  'the header authorization': { headers: [['authorization', `Bearer ${canary}`]] },
  'the header Cookie': { headers: [['Cookie', `session=${canary}`]] },
  'the header X-Api-Key': { headers: [['X-Api-Key', canary]] },
  'a header of bytes': { headers: [['x-auth-token', Buffer.from(canary)]] },
  'a header that repeats': {
    headers: [
      ['x-token', 'a'],
      ['x-token', canary],
    ],
  },
  'a table of headers': { headers: [['t', { type: 'table', value: { deep: { password: canary } } }]] },
  'JSON in a header': { headers: [['meta', `{"password":"${canary}"}`]] },
  'an address in a header': { headers: [['reply', `http://me:${canary}@host/`]] },
  'an address in a property': { properties: { replyTo: `amqp://me:${canary}@host` } },
  'a property named so': { properties: { token: canary } },
  'a password in MessagePack': { value: encodeMsgpack({ user: 'me', password: canary }) },
  'a token in CBOR': { value: encodeCbor({ list: [{ access_token: canary }] }) },
  'JSON in MessagePack': { value: encodeMsgpack({ body: `{"password":"${canary}"}` }) },
  'a header of MessagePack': { headers: [['meta', Buffer.from(encodeMsgpack({ api_key: canary }))]] },
  'a key of CBOR': { key: Buffer.from(encodeCbor({ password: canary })) },
  'a key with an address': { key: Buffer.from(`http://me:${canary}@host/`) },
}

/** Places that no rule covers: the whole recording is refused. */
const refused: Readonly<Record<string, Plant>> = {
  prose: { value: `it is ${canary} today` },
  Base64: { value: `{"note":"${b64}"}` },
  'Base64 for addresses': { value: `{"note":"${Buffer.from(`??${canary}`).toString('base64url')}"}` },
  'percent-encoding': { value: `q=${percent}` },
  'JSON escapes': { value: `{"note":"${escapes}"}` },
  gzip: { value: gzipSync(`${prose} ${canary}`) },
  zlib: { value: deflateSync(`${prose} ${canary}`) },
  zstd: { value: zstdCompressSync(Buffer.from(`${prose} ${canary}`)) },
  'Base64 of gzip': { value: `{"note":"${gzipSync(`${prose} ${canary}`).toString('base64')}"}` },
  'bytes that are not text': { value: Buffer.concat([Buffer.of(0xff, 0), Buffer.from(canary)]) },
  'a header of another name': { headers: [['x-note', canary]] },
  'the name of a header': { headers: [[`x-${canary}`, '1']] },
  'a property of another name': { properties: { correlationId: canary } },
  'the key': { key: Buffer.from(canary) },
  'the topic': { topic: canary },
}

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'canary-'))
  vi.stubEnv('DEPLOY_TOKEN', canary)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

const cassette = (): string => join(root, '.x07_rr', 'c.rrbin')

async function recorded(plant: Plant, live: () => Promise<Driver> = openMemory): Promise<unknown> {
  const message: Message = {
    topic: 'lab.events',
    key: Buffer.from('k'),
    headers: [],
    ...plant,
    value: Buffer.from(plant.value ?? '{}'),
  }
  const vcr = await openVcr({ cassette: 'c', root, ci: false, live, log: () => {} })
  try {
    await vcr.publish(encodeEnvelope(message)).catch(() => {})
    return await vcr.close().then(
      () => undefined,
      (error: unknown) => error,
    )
  } finally {
    await vcr.close().catch(() => {})
  }
}

describe('a secret that the rules cover', () => {
  test.each(Object.entries(redacted))('is nowhere in the cassette: %s', async (_, plant) => {
    expect(await recorded(plant)).toBeUndefined()
    const bytes = readFileSync(cassette()).toString('latin1')
    for (const form of [canary, b64, percent, escapes]) expect(bytes).not.toContain(form)
  })

  test('is nowhere in the text of a failure', async () => {
    const failing = async (): Promise<Driver> => ({
      ...(await openMemory()),
      wire: 'amqp',
      endpoint: 'e',
      publish: () => Promise.reject(new DriverError('connection_lost', `connect to amqp://me:${canary}@host: gone`)),
      close: () => Promise.resolve(),
    })
    expect(await recorded({}, failing)).toBeUndefined()
    expect(readFileSync(cassette()).toString('latin1')).toContain('connect to amqp://[redacted]@host: gone')
  })
})

describe('a secret that no rule covers', () => {
  test.each(Object.entries(refused))('refuses the recording, and is not said: %s', async (_, plant) => {
    const error = await recorded(plant)
    expect(error).toMatchObject({ code: 'precondition_failed' })
    expect(String(error)).toContain('it would hold a secret: entry 0, ')
    expect(String(error)).not.toContain(canary)
    expect(existsSync(cassette())).toBe(false)
  })
})

test('a secret in the name of the cassette is refused before anything is made', async () => {
  const opened = openVcr({ cassette: `orders-${canary}`, root, ci: false, live: openMemory })
  await expect(opened).rejects.toThrow(
    'record: the name of the cassette holds the value of DEPLOY_TOKEN; give it another name',
  )
  expect(existsSync(join(root, '.x07_rr'))).toBe(false)
})

test('a secret in a contract is not in the seal, or refuses it', async () => {
  mkdirSync(join(root, 'arch/msg/amqp/profiles'), { recursive: true })
  const profile = { schema_version: 'x07.arch.msg.amqp.profile@0.1.0', id: 'memory_v1', v: 1, vhost: '/' }
  const index = {
    schema_version: 'x07.arch.msg.amqp.index@0.1.0',
    profiles: [{ id: 'memory_v1', path: 'arch/msg/amqp/profiles/m.json' }],
  }
  const write = (name: string, value: unknown): void =>
    writeFileSync(join(root, 'arch/msg/amqp', name), JSON.stringify(value))
  write('index.x07amqp.json', index)
  write('profiles/m.json', { ...profile, auth: { password: canary }, notes: canary })
  expect(await recorded({})).toBeUndefined()
  expect(readFileSync(cassette()).includes(canary)).toBe(false)
  rmSync(cassette())
  write('profiles/m.json', { ...profile, limits: { note: canary } })
  const error = String(await recorded({}))
  expect(error).toContain(
    'it would hold a secret: entry 1, the seal: the value of DEPLOY_TOKEN; keep it out of the contracts',
  )
  expect(error).not.toContain(canary)
})
