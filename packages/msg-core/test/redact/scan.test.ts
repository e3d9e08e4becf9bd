import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { encodeEnvelope } from '../../src/format/envelope/index.ts'
import { encodeEntry } from '../../src/format/index.ts'
import { encodeRecord } from '../../src/format/record/index.ts'
import { scanCassette, secretsOf } from '../../src/redact/index.ts'
import { ByteScan } from '../../src/redact/scan/byte-scan.ts'

const root = mkdtempSync(join(tmpdir(), 'scan-'))
afterAll(() => rmSync(root, { recursive: true }))

const secret = 'my-very-own-canary'
const secrets = new Map([['MY_TOKEN', secret]])
/** Made of parts, so that nobody's scan of this repository finds it. */
const githubToken = ['ghp', 'a1B2'.repeat(9)].join('_')

function found(value: Uint8Array | string, more: Partial<Parameters<typeof encodeEnvelope>[0]> = {}) {
  const message = { topic: 't', key: Buffer.from('k'), headers: [], ...more, value: Buffer.from(value) }
  const req = encodeEnvelope(message)
  const document = encodeEntry({ kind: 'rr', op: 'std.msg.amqp.publish_env_v1', key: 'e', req, resp: Buffer.of() })
  const length = Buffer.alloc(4)
  length.writeUInt32LE(document.length)
  const path = join(root, 'c.rrbin')
  writeFileSync(path, Buffer.concat([length, document]))
  const findings = scanCassette(path, { secrets })
  expect(JSON.stringify(findings)).not.toContain(secret)
  return findings.map(({ field, rule, within }) => [field, rule, ...within].join(' | '))
}

// The end of the secret is a copy of what stands in front of it, so that its bytes are nowhere in a row.
const [front, end] = [`${secret.slice(-4)}|${secret.slice(0, -4)}`, secret.slice(-4)]
const snappyBlock = Buffer.concat([
  Buffer.of(front.length + end.length, (front.length - 1) << 2),
  Buffer.from(front),
  Buffer.of(1, front.length),
])
const lz4Block = Buffer.concat([
  Buffer.of(0xf0, front.length - 15),
  Buffer.from(front),
  Buffer.of(front.length, 0, 0x50),
  Buffer.from('other'),
])
const lz4Frame = Buffer.concat([
  Buffer.from('04224d18604082', 'hex'),
  Buffer.of(lz4Block.length, 0, 0, 0),
  lz4Block,
  Buffer.of(0, 0, 0, 0),
])
/** As MIME and the command base64 have it: the secret goes over the end of a line. */
const mime = Buffer.from(`${'.'.repeat(50)}${secret}`)
  .toString('base64')
  .replaceAll(/.{76}/g, '$&\r\n')
const prose = Array.from({ length: 400 }, (_, n) => ((n * 7919) % 997).toString(26)).join(' ')

function coded(of: (code: number) => string): string {
  return Array.from(Buffer.from(secret), of).join('')
}

function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  const fives = bits.match(/.{1,5}/g) ?? []
  return fives.map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

/** The header of a file of ZIP, with one letter as its name, and what it holds. */
function zip(deflated: Uint8Array): Buffer {
  const head = Buffer.alloc(30)
  head.write('PK\u0003\u0004')
  head.writeUInt16LE(8, 8)
  head.writeUInt16LE(1, 26)
  return Buffer.concat([head, Buffer.from('a'), deflated])
}

describe('a secret of the environment', () => {
  const base64 = Buffer.from(`user:${secret}`).toString('base64')
  test.each([
    ['plain', `{"a":"${secret}"}`, []],
    ['Base64', `{"a":"${base64}"}`, ['Base64']],
    ['Base64 for addresses', Buffer.from(`??>>${secret}`).toString('base64url'), ['Base64']],
    [
      'percent-encoding',
      Array.from(secret)
        .map((c) => `%${c.charCodeAt(0).toString(16)}`)
        .join(''),
      ['percent-encoding'],
    ],
    [
      'JSON escapes',
      `{"a":"${Array.from(secret)
        .map((c) => `\\u00${c.charCodeAt(0).toString(16)}`)
        .join('')}"}`,
      ['JSON escapes'],
    ],
    ['gzip', gzipSync(secret), ['a packed part']],
    ['zlib', deflateSync(secret), ['a packed part']],
    ['zstd', zstdCompressSync(Buffer.from(`${prose} ${secret}`)), ['a packed part']],
    ['lz4', lz4Frame, ['a packed part']],
    ['snappy', snappyBlock, ['snappy']],
    ['Base64 of gzip', gzipSync(secret).toString('base64'), ['Base64', 'a packed part']],
    ['gzip of Base64', gzipSync(base64), ['a packed part', 'Base64']],
    ['Base64 in lines', mime, ['lines', 'Base64']],
    ['Base64 in lines in JSON', JSON.stringify({ a: mime }), ['JSON escapes', 'lines', 'Base64']],
    ['hex', `{"a":"0x${Buffer.from(secret).toString('hex')}"}`, ['hex']],
    ['hex in capitals', Buffer.from(`${secret}!`).toString('hex').toUpperCase(), ['hex']],
    ['UTF-16', Buffer.from(secret, 'utf16le'), ['UTF-16']],
    ['UTF-16, the high byte first', Buffer.from(`a${secret}`, 'utf16le').swap16(), ['UTF-16']],
    ['the JSON of a Buffer', JSON.stringify({ a: Buffer.from(secret) }), ['a list of bytes']],
    ['numbers', JSON.stringify({ a: [...Buffer.from(secret)] }, null, 2), ['a list of bytes']],
    ['the JSON of an array of bytes', JSON.stringify({ a: new Uint8Array(Buffer.from(secret)) }), ['a list of bytes']],
    ['entities of HTML', `<a>${coded((code) => `&#x${code.toString(16)};`)}</a>`, ['HTML entities']],
    ['entities in decimals', `<a>${coded((code) => `&#${code};`)}</a>`, ['HTML entities']],
    ['quoted-printable', secret.replaceAll('-', '=2D'), ['quoted-printable']],
    ['a line of quoted-printable that goes on', `${secret.slice(0, 9)}=\r\n${secret.slice(9)}`, ['quoted-printable']],
    ['escapes of Python', coded((code) => `\\x${code.toString(16)}`), ['JSON escapes']],
    ['octal escapes', coded((code) => `\\${code.toString(8).padStart(3, '0')}`), ['JSON escapes']],
    ['Base32', base32(Buffer.from(secret)), ['Base32']],
    ['Base32 in small letters', base32(Buffer.from(secret)).toLowerCase(), ['Base32']],
    ['Base64 behind the name of a path', `/verify/${base64}`, ['Base64']],
    ['deflate without a frame', deflateRawSync(`${prose.slice(0, 60)} ${secret} ${prose.slice(0, 300)}`), ['deflate']],
    ['a few bytes of deflate', deflateRawSync(secret), ['deflate']],
    ['Base64 of deflate', JSON.stringify({ a: deflateRawSync(secret).toString('base64') }), ['deflate in Base64']],
    ['zlib of level 3', deflateSync(secret, { level: 3 }), ['a packed part']],
    ['zlib with a small window', deflateSync(secret, { windowBits: 12 }), ['zlib']],
    ['brotli', brotliCompressSync(Buffer.from(`${prose} ${secret} ${prose}`)), ['brotli']],
    ['a file of ZIP', zip(deflateRawSync(secret)), ['a packed part']],
  ])('is found in %s', (_, value, within) => {
    expect(found(value)).toEqual([['value', 'the value of MY_TOKEN', ...within].join(' | ')])
  })

  test('is found in every part of a message', () => {
    const at = (more: Partial<Parameters<typeof encodeEnvelope>[0]>): string[] => found('{}', more)
    expect(at({ key: Buffer.from(secret) })).toEqual(['key | the value of MY_TOKEN'])
    expect(at({ headers: [['x-a', secret]] })).toEqual(['header x-a | the value of MY_TOKEN'])
    expect(at({ headers: [['x-a', Buffer.from(secret)]] })).toEqual(['header x-a | the value of MY_TOKEN'])
    expect(at({ properties: { correlationId: secret } })).toEqual(['property correlationId | the value of MY_TOKEN'])
    expect(at({ topic: secret })).toEqual(['topic | the value of MY_TOKEN'])
  })
})

describe('a credential', () => {
  test.each([
    [githubToken, 'github-token'],
    [['AKIA', 'ABCDEFGH2345672A'].join(''), 'aws-access-key-id'],
    [['-----BEGIN', 'EC PRIVATE KEY-----'].join(' '), 'private-key'],
    ['amqps://me:hunter22@host/', 'address-with-password'],
    [`x Bearer ${'a1'.repeat(12)}`, 'authorization-value'],
    ['{"session_id":"aB3dE6gH9jK2mN5pQ8sT"}', 'a random value named session_id'],
    ['x-api-key: aB3dE6gH9jK2mN5pQ8sT', 'a random value named x-api-key'],
    ['aws_secret_access_key = aB3dE6gH9jK2mN5pQ8sT', 'a random value named aws_secret_access_key'],
    ['<clientSecret>aB3dE6gH9jK2mN5pQ8sT</clientSecret>', 'a random value named clientSecret'],
    [`required password="aB3dE6gH9jK2mN5pQ8sT";`, 'a random value named password'],
    ['DD_API_KEY=3f9a0c71d2b84e65a1c07b9d4e2f8a36', 'a random value named DD_API_KEY'],
    ['authorization: basic dXNlcjpwYXNzMQ==', 'authorization-value'],
    ['BEARER 0123456789abcdef', 'authorization-value'],
    ['{"auths":{"r":{"auth":"dXNlcjpwYXNzdzByZA=="}}}', 'registry-login'],
    [`SK${'0123456789abcdef'.repeat(2)}`, 'twilio-key'],
    [['xapp', '1', 'A0123456789', '1234567890123', 'ab12'].join('-'), 'slack-token'],
    [`https://hooks.slack.com/services/T0123ABCD/B0123ABCD/${'aB1c'.repeat(6)}`, 'webhook-address'],
    [['GOCSPX', 'aB1c'.repeat(7)].join('-'), 'google-oauth-secret'],
    [`https://a.blob.core.windows.net/c?sv=1&sig=${'aB1c'.repeat(11)}%3D`, 'azure-signature'],
    [['-----BEGIN PGP', 'PRIVATE KEY BLOCK-----'].join(' '), 'private-key'],
    [`12345678:AA${'aB1'.repeat(11)}`, 'telegram-token'],
  ])('%s is told by its form', (value, rule) => {
    expect(found(value)).toEqual([`value | ${rule}`])
  })

  test('is told behind a length that is a letter, as of Avro', () => {
    const avro = Buffer.concat([
      Buffer.of(0, 0, 0, 0, 7, 6),
      Buffer.from('abc'),
      Buffer.of(2 * 40),
      Buffer.from(githubToken),
    ])
    expect(found(avro)).toEqual(['value | github-token'])
  })

  test.each([
    ['UTF-16', Buffer.from(githubToken, 'utf16le')],
    ['hex', Buffer.from(githubToken).toString('hex')],
    ['Base64', Buffer.from(githubToken).toString('base64')],
  ])('is told in %s', (how, value) => {
    expect(found(value)).toEqual([`value | github-token | ${how}`])
  })

  test.each([
    '{"customer":"customer-12","n":7,"place":"Zürich","sku":"sku-100"}',
    '{"id":"6f9619ff-8b86-4d01-b42d-00cf4fc964ff","key":"customer-1234567890-abcdef"}',
    '{"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}',
    '{"url":"https://example.org/path?q=1","token":"[redacted]"}',
    'amqp://[redacted]@host/',
    'Basic Subscription, basic knowledge and bearer instruments of a company',
    'secretName: my-app-db-credentials-v2',
    '{"session_id":"507f1f77bcf86cd799439011","token_hash":"9f86d081884c7d659a2feaa0c55ad015"}',
  ])('%s is none', (value) => {
    expect(found(value)).toEqual([])
  })
})

/** A text with its length in front, in one byte, as a zigzag number, or in four bytes with the lowest first. */
const short = (text: string): Buffer => Buffer.concat([Buffer.of(text.length), Buffer.from(text)])
const zigzag = (text: string): Buffer => Buffer.concat([Buffer.of(2 * text.length), Buffer.from(text)])
const long = (text: string): Buffer => Buffer.concat([Buffer.of(text.length, 0, 0, 0), Buffer.from(text)])

describe('a value that its name alone tells', () => {
  const json = '{"user":"me","db_password":"hunter2"}'
  const why = 'value | a value named db_password | '
  test.each([
    ['gzip', gzipSync(json), `${why}a packed part`],
    ['Base64', JSON.stringify({ data: Buffer.from(json).toString('base64') }), `${why}Base64`],
    ['hex', Buffer.from(json).toString('hex'), `${why}hex`],
    ['UTF-16', Buffer.from(json, 'utf16le'), `${why}UTF-16`],
    ['UTF-16, the highest byte first', Buffer.from(`\ufeff${json}`, 'utf16le').swap16(), `${why}UTF-16`],
    ['a form in gzip', gzipSync('user=me&db_password=hunter2'), `${why}a packed part`],
    ['a map of Avro', Buffer.concat([Buffer.of(2), zigzag('db_password'), zigzag('hunter2'), Buffer.of(0)]), why],
    ['a map of Thrift', Buffer.concat([Buffer.of(0x1b, 1, 0x88), short('db_password'), short('hunter2')]), why],
    ['a table of AMQP', Buffer.concat([short('db_password'), Buffer.from('S\0\0\0'), short('hunter2')]), why],
    ['Java', Buffer.concat([Buffer.from('t\0'), short('db_password'), Buffer.from('t\0'), short('hunter2')]), why],
    ['pickle', Buffer.concat([Buffer.from('X'), long('db_password'), Buffer.from('q\u0001X'), long('hunter2')]), why],
  ])('is found in %s', (_, value, finding) => {
    expect(found(value)).toEqual([finding.replace(/ \| $/, '')])
  })

  test.each([
    ['what was replaced in gzip', gzipSync('{"password":"[redacted]","user":"me"}')],
    ['none in gzip', gzipSync('{"password":"","client_secret":null,"token":"next-page"}')],
    ['a word in gzip', gzipSync('a password is hunter2, they say; password policy="strict"')],
    ['a token of a project', Buffer.concat([zigzag('password'), zigzag('(left out)')])],
    [
      'a field of a class',
      Buffer.concat([Buffer.from('L\0'), short('password'), Buffer.from('t\0'), short('Ljava/lang/String;')]),
    ],
    ['a name behind another', Buffer.concat([short('user'), short('password'), short('email')])],
  ])('is not %s', (_, value) => {
    expect(found(value)).toEqual([])
  })
})

test('Base64 behind its length is read, whatever letter the length is', () => {
  for (let extra = 0; extra < 80; extra++) {
    const text = Buffer.from(` ${secret}${'.'.repeat(extra)}`).toString('base64')
    const scan = new ByteScan(secrets)
    for (const head of [[0xa1, 0x61, 0xd9], [0xa1, 0x61, 0xff, 0x78], [8, 1, 0x0a], [8, 1, 0x32], [0]]) {
      expect(scan.find(Buffer.concat([Buffer.from(head), short(text), Buffer.of(0x10, 1)]))).toBeDefined()
    }
    if (text.length < 128) expect(scan.find(Buffer.concat([Buffer.of(7), zigzag(text)]))).toBeDefined()
  }
})

test('escapes in braces are read', () => {
  const text = Array.from(secret, (one) => `\\u{${one.charCodeAt(0).toString(16)}}`).join('')
  expect(new ByteScan(secrets).find(Buffer.from(`"${text}"`))).toMatchObject({ within: ['JSON escapes'] })
})

/** A cassette of messages with these values, and where it is. */
function cassetteOf(name: string, values: readonly (Uint8Array | string)[]): string {
  const frames = values.map((value) => {
    const envelope = encodeEnvelope({ topic: 't', key: Buffer.from('k'), headers: [], value: Buffer.from(value) })
    const resp = encodeRecord({
      opTag: 1,
      driverKind: 2,
      endpoint: Buffer.from('e'),
      envelope,
      ackTag: 1,
      ack: Buffer.from('{}'),
    })
    const document = encodeEntry({ kind: 'rr', op: 'std.msg.amqp.publish_env_v1', key: 'e', req: envelope, resp })
    const length = Buffer.alloc(4)
    length.writeUInt32LE(document.length)
    return Buffer.concat([length, document])
  })
  const path = join(root, name)
  writeFileSync(path, Buffer.concat(frames))
  return path
}

test('an entry is named wherever in a long cassette it is, and however large', () => {
  const values: (Uint8Array | string)[] = Array.from({ length: 2_000 }, (_, n) => `{"n":${n},"text":"${prose}"}`)
  values[0] = secret
  values[700] = snappyBlock
  values[1_300] = `${prose.repeat(500)} ${secret}`
  values[1_301] = prose.repeat(500)
  values[1_999] = gzipSync(secret)
  const findings = scanCassette(cassetteOf('long.rrbin', values), { secrets })
  expect(findings.map(({ entry, field, within }) => [entry, field, ...within])).toEqual([
    [0, 'value'],
    [700, 'value', 'snappy'],
    [1_300, 'value'],
    [1_999, 'value', 'a packed part'],
  ])
})

test('a cassette with an entry that is damaged is refused as a reader refuses it', () => {
  const path = cassetteOf('damaged.rrbin', ['{}', '{}'])
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.subarray(0, -3))
  expect(() => scanCassette(path, { secrets })).toThrow(expect.objectContaining({ code: 2014 }))
})

test('a secret is found between any bytes, in any wrappings', () => {
  const encodings: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
    (bytes) => Buffer.from(Buffer.from(bytes).toString('base64')),
    (bytes) => Buffer.from(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')),
    // Of bytes that are text alone: others are two in UTF-8.
    (bytes) =>
      bytes.some((byte) => byte > 0x7f)
        ? bytes
        : Buffer.from(Array.from(bytes, (byte) => `\\u00${byte.toString(16).padStart(2, '0')}`).join('')),
    (bytes) => gzipSync(bytes),
  ]
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ maxLength: 40 }).map((text) => Buffer.from(text)),
    fc.nat({ max: 6_000 }).map((length) => Buffer.alloc(length, ' words of a text,')),
    fc.constantFrom('%41', '\\n', 'gh', 'token', '://', 'eyJ').map((text) => Buffer.from(text)),
  )
  const around = fc.array(noise, { maxLength: 4 })
  fc.assert(
    fc.property(around, around, fc.array(fc.constantFrom(...encodings), { maxLength: 2 }), (before, after, wrapped) => {
      const inner = wrapped.reduce<Uint8Array>((bytes, encode) => encode(bytes), Buffer.from(` ${secret} `))
      // A character of Base64 in front of it would shift what it says.
      const bytes = Buffer.concat([...before, Buffer.from(' '), inner, Buffer.from(' '), ...after])
      expect(new ByteScan(secrets).find(bytes)).toBeDefined()
    }),
    { numRuns: 500 },
  )
})

test('secrets of an environment are the values of secret-like names that are long enough to mean something', () => {
  expect([
    ...secretsOf({
      DB_PASSWORD: 'correct horse',
      GITHUB_TOKEN: 'abcdef123',
      API_KEY: 'short',
      MY_SECRET: 'changeme',
      PATH: '/usr/bin',
      SSH_PRIVATE_KEY_FILE: '/home/me/.ssh/id',
    }).keys(),
  ]).toEqual(['DB_PASSWORD', 'GITHUB_TOKEN'])
})
