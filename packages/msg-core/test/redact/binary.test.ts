import { decode as decodeMsgpack, encode as encodeMsgpack } from '@msgpack/msgpack'
import { deserialize, serialize } from 'bson'
import { decode as decodeCbor, encode as encodeCbor } from 'cborg'
import protobuf from 'protobufjs'
import { describe, expect, test } from 'vitest'
import { createRedactor, joinRules, type RedactionRules } from '../../src/redact/index.ts'

const redactor = createRedactor(joinRules())

const redact = (bytes: Uint8Array, rules: Partial<RedactionRules> = {}): Uint8Array =>
  createRedactor(joinRules(rules)).payload(bytes)

/** What every format of maps and lists can hold. */
const held = {
  user: 'me',
  password: 'hunter2',
  deep: [
    { Access_Token: 'abc', n: 1.5 },
    { clientSecret: 42, list: ['fine', null, true] },
  ],
  credentials: { user: 'me', pass: 'x' },
  empty: { token: '', secret: null },
  headers: [{ key: 'Authorization', value: 'abc' }],
  url: 'amqp://me:pw@host/v',
  json: '{"a":1,"password":"hunter2"}',
  long: 'x'.repeat(70_000),
}
const left = {
  user: 'me',
  password: '[redacted]',
  deep: [
    { Access_Token: '[redacted]', n: 1.5 },
    { clientSecret: '[redacted]', list: ['fine', null, true] },
  ],
  credentials: '[redacted]',
  empty: { token: '', secret: null },
  headers: [{ key: 'Authorization', value: '[redacted]' }],
  url: 'amqp://[redacted]@host/v',
  json: '{"a":1,"password":"[redacted]"}',
  long: 'x'.repeat(70_000),
}

interface Format {
  readonly encode: (value: object) => Uint8Array
  readonly decode: (bytes: Uint8Array) => unknown
}
const formats: Readonly<Record<string, Format>> = {
  MessagePack: { encode: encodeMsgpack, decode: (bytes) => decodeMsgpack(bytes) },
  CBOR: { encode: encodeCbor, decode: (bytes): unknown => decodeCbor(bytes) },
  BSON: { encode: serialize, decode: (bytes) => deserialize(bytes) },
}

describe.each(Object.entries(formats))('%s', (name, { encode, decode }) => {
  test('has no values of fields, and reads as before', () => {
    expect(decode(redact(encode(held)))).toEqual(left)
  })

  test('has no more bytes than is said beforehand', () => {
    for (const value of [
      { password: 1 },
      { token: true, n: 1 },
      { secret: 'x' },
      { a: { b: { c: { pwd: 0 } } } },
      held,
    ]) {
      const bytes = encode(value)
      const redacted = redactor.payload(bytes)
      expect(redacted).not.toBe(bytes)
      expect(redacted.length).toBeLessThanOrEqual(redactor.mostBytes(bytes.length))
    }
  })

  test('is the very same bytes without secrets', () => {
    for (const value of [{ user: 'me', note: 'a token is a word' }, left]) {
      const bytes = encode(value)
      expect(redactor.payload(bytes)).toBe(bytes)
    }
  })

  test('obeys pointers and patterns of a project', () => {
    const rules = { pointers: ['/a/*/card'], patterns: ['4[0-9]{15}'] }
    const value = { a: [{ card: 'one', kept: 'two' }, { card: { n: 1 } }], note: 'pay 4111111111111111 now', card: 3 }
    expect(decode(redact(encode(value), rules))).toEqual({
      a: [{ card: '[redacted]', kept: 'two' }, { card: '[redacted]' }],
      note: 'pay [redacted] now',
      card: 3,
    })
  })

  test('behind the number or the id of its schema is looked into', () => {
    const body = encode({ password: 'hunter2' })
    for (const head of [Buffer.of(0, 0, 0, 0, 7), Buffer.concat([Buffer.of(3, 0), Buffer.alloc(16, 9)])]) {
      const redacted = redact(Buffer.concat([head, body]))
      expect(Buffer.from(redacted).subarray(0, head.length)).toEqual(head)
      expect(decode(Buffer.from(redacted).subarray(head.length))).toEqual({ password: '[redacted]' })
    }
  })

  test('that is cut short, or has more behind it, is left as it is, and takes no time', () => {
    const bytes = encode({ a: ['b', { password: 'hunter2' }], n: 5 })
    for (let end = 1; end < bytes.length; end++) {
      const cut = bytes.subarray(0, end)
      const text = Buffer.from(redact(cut)).toString('latin1')
      if (end < bytes.length - 1 && name === 'BSON') expect(text).toBe(Buffer.from(cut).toString('latin1'))
      expect(redact(cut).length).toBeLessThanOrEqual(end + 4)
    }
    for (const first of [0x91, 0x81, 0x9f, 0xbf, 0xdf, 0xd8]) {
      const hostile = Buffer.concat([Buffer.alloc(200_000, first), Buffer.from('password')])
      expect(redact(hostile)).toBe(hostile)
    }
  })

  test('inside bytes of another is looked into', () => {
    const inner = encode({ password: 'hunter2' })
    const outer = decode(redact(encode({ inner: Buffer.from(inner) }))) as {
      inner: Uint8Array & { buffer: Uint8Array }
    }
    const bytes = name === 'BSON' ? Buffer.from(outer.inner.buffer) : outer.inner
    expect(decode(bytes)).toEqual({ password: '[redacted]' })
  })
})

test('values of MessagePack and CBOR one behind the other are all looked into', () => {
  for (const { encode, decode } of [formats['MessagePack']!, formats['CBOR']!]) {
    const one = encode({ password: 'a' })
    const redacted = Buffer.from(redact(Buffer.concat([one, encode([1]), one])))
    const length = encode({ password: '[redacted]' }).length
    expect(decode(redacted.subarray(0, length))).toEqual({ password: '[redacted]' })
    expect(decode(redacted.subarray(-length))).toEqual({ password: '[redacted]' })
  }
})

test('maps and texts of CBOR without a length, behind tags, with small numbers for names', () => {
  const text = (said: string): Buffer => Buffer.concat([Buffer.of(0x60 | said.length), Buffer.from(said)])
  const pieces = Buffer.concat([Buffer.of(0x7f), text('pass'), text('word'), Buffer.of(0xff)])
  const whole = Buffer.concat([
    Buffer.of(0xd9, 0xd9, 0xf7, 0xbf),
    pieces,
    Buffer.of(0x7f),
    text('hun'),
    text('ter2'),
    Buffer.of(0xff, 5),
    text('card'),
    Buffer.of(0xff),
  ])
  const token = text('[redacted]')
  expect(redact(whole, { pointers: ['/5'] })).toEqual(
    Buffer.concat([Buffer.of(0xd9, 0xd9, 0xf7, 0xbf), pieces, token, Buffer.of(5), token, Buffer.of(0xff)]),
  )
})

test('numbers, dates, ids and extensions beside a secret stay byte for byte', () => {
  const date = new Date(1_700_000_000_123)
  const value = { at: date, n: 2 ** 40, f: 0.1, neg: -70_000, password: 'x', raw: Buffer.alloc(300, 0xee) }
  const expected = { ...value, password: '[redacted]' }
  expect(redact(encodeMsgpack(value))).toEqual(Buffer.from(encodeMsgpack(expected)))
  expect(redact(serialize(value))).toEqual(Buffer.from(serialize(expected)))
})

describe('Protocol Buffers', () => {
  const { root } = protobuf.parse(`
    syntax = "proto3";
    message Any { oneof value { string text = 1; int64 number = 3; } }
    message Pair { string key = 1; Any value = 2; }
    message Event {
      int64 id = 1;
      string url = 2;
      map<string, string> settings = 3;
      repeated Pair attributes = 4;
      Event inner = 5;
      bytes raw = 6;
      fixed32 crc = 7;
    }`)
  const event = root.lookupType('Event')
  const encode = (value: object): Uint8Array => event.encode(event.fromObject(value)).finish()
  const decode = (bytes: Uint8Array): unknown => event.toObject(event.decode(bytes), { longs: Number })
  const plain = {
    id: 300,
    url: 'amqp://me:pw@host/v',
    crc: 7,
    raw: Buffer.from(encodeMsgpack({ password: 'x', n: 1 })),
  }
  const value = {
    ...plain,
    settings: { password: 'hunter2', colour: 'red' },
    attributes: [
      { key: 'http.request.header.authorization', value: { text: 'abc' } },
      { key: 'n', value: { number: 5 } },
    ],
    inner: { ...plain, inner: { settings: { api_key: 'k'.repeat(200) } } },
  }

  test('have no passwords in addresses, and none in maps and attributes', () => {
    const without = {
      ...plain,
      url: 'amqp://[redacted]@host/v',
      raw: Buffer.from(encodeMsgpack({ password: '[redacted]', n: 1 })),
    }
    const expected = {
      ...without,
      settings: { password: '[redacted]', colour: 'red' },
      attributes: [
        { key: 'http.request.header.authorization', value: { text: '[redacted]' } },
        { key: 'n', value: { number: 5 } },
      ],
      inner: { ...without, inner: { settings: { api_key: '[redacted]' } } },
    }
    expect(decode(redact(encode(value)))).toEqual(expected)
    for (const path of [Buffer.of(0), Buffer.of(4, 2, 0)]) {
      const head = Buffer.concat([Buffer.of(0, 0, 0, 0, 9), path])
      const redacted = Buffer.from(redact(Buffer.concat([head, encode(value)])))
      expect(redacted.subarray(0, head.length)).toEqual(head)
      expect(decode(redacted.subarray(head.length))).toEqual(expected)
    }
    const body = encode(value)
    const framed = Buffer.concat([Buffer.alloc(5), body])
    framed.writeUInt32BE(body.length, 1)
    const redacted = Buffer.from(redact(framed))
    expect(redacted.readUInt32BE(1)).toBe(redacted.length - 5)
    expect(decode(redacted.subarray(5))).toEqual(expected)
  })

  test('of text alone keep their lengths', () => {
    const bytes = encode({ url: 'https://me:a-longer-password@host/' })
    expect(decode(redact(bytes))).toEqual({ url: 'https://[redacted]@host/' })
  })

  test('without secrets are the very same bytes', () => {
    const bytes = encode({ id: 1, url: 'amqp://host/token', settings: { colour: 'token' } })
    expect(redactor.payload(bytes)).toBe(bytes)
  })
})

test('pseudonyms are in binary too, and equal values stay equal', () => {
  const rules = { salt: Buffer.from('a salt of sixteen or more') }
  const names = Object.values(formats).map(({ encode, decode }) => {
    const redacted = redact(encode({ password: 'hunter2' }), rules)
    expect(redact(redacted, rules)).toBe(redacted)
    return (decode(redacted) as { password: string }).password
  })
  const [json] =
    /anon-[0-9a-f]{32}/.exec(Buffer.from(redact(Buffer.from('{"password":"hunter2"}'), rules)).toString()) ?? []
  expect(new Set([...names, json])).toEqual(new Set([json]))
})
