import { decodeEnvelope, encodeEnvelope, type HeaderValue, type Json, type Message } from '@x07-lab/msg-core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromWire } from '../../../src/driver/wire/from-wire.ts'
import { toWire } from '../../../src/driver/wire/to-wire.ts'
import { encodeWithClient } from '../../support/client-codec.ts'

/** There and back through amqplib's encoder and our reading of what it wrote. */
function roundTrip(message: Message): Message {
  const { routingKey, body, options } = toWire(message)
  return fromWire(
    message.topic,
    { deliveryTag: 1, routingKey: Buffer.from(routingKey), properties: encodeWithClient(options) },
    body,
  )
}

const bytes = fc.uint8Array({ maxLength: 20 }).map((value) => Buffer.from(value))
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const integer = (type: string, min: number, max: number): fc.Arbitrary<HeaderValue> =>
  fc.integer({ min, max }).map((value) => ({ type, value }))
const long = (type: string, min: bigint, max: bigint): fc.Arbitrary<HeaderValue> =>
  fc.bigInt({ min, max }).map((value) => ({ type, value: String(value) }))
const leaf: fc.Arbitrary<HeaderValue> = fc.oneof(
  text,
  bytes,
  fc.constant(null),
  fc.boolean().map((value) => ({ type: 'bool', value })),
  integer('int8', -128, 127),
  integer('uint8', 0, 255),
  integer('int16', -32_768, 32_767),
  integer('uint16', 0, 65_535),
  integer('int32', -(2 ** 31), 2 ** 31 - 1),
  integer('uint32', 0, 2 ** 32 - 1),
  long('int64', -(2n ** 63n), 2n ** 63n - 1n),
  long('timestamp', 0n, 2n ** 64n - 1n),
  fc.float({ noNaN: true }).map((value) => ({ type: 'float', value: float(value) })),
  fc.double().map((value) => ({ type: 'double', value: float(value) })),
  // Values that no type has, and types that AMQP does not have.
  fc.constantFrom<HeaderValue>(
    { type: 'int8', value: 128 },
    { type: 'int64', value: '+1' },
    { type: 'float', value: 0.1 },
    { type: 'decimal', value: { places: 1, digits: 2, more: 3 } },
    { type: 'decimal', value: { places: 255, digits: 4_294_967_295 } },
    { type: 'longstr', value: { b64: '/w==' } },
    { type: 'array', value: [{ b64: 'not base64' }] },
    {
      type: 'table',
      value: [
        ['!', 'int8'],
        ['value', 'x'],
      ],
    },
    {
      type: 'table',
      value: [
        ['b', 'x'],
        ['7', 'y'],
      ],
    },
    {
      type: 'table',
      value: [
        ['b', 'x'],
        ['b', 'y'],
      ],
    },
    { type: 'other', value: [] },
  ),
)

function float(value: number): Json {
  if (Object.is(value, -0)) return '-0'
  return Number.isFinite(value) ? value : String(value)
}

function nested(value: HeaderValue): Json {
  if (value === null || typeof value === 'string') return value
  return value instanceof Uint8Array ? { b64: Buffer.from(value).toString('base64') } : { ...value }
}

const value: fc.Arbitrary<HeaderValue> = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 3 }).map((items) => ({ type: 'array', value: items.map(nested) })),
  fc
    .array(fc.tuple(text, leaf), { maxLength: 3 })
    .map((fields) => ({ type: 'table', value: fields.map(([name, item]) => [name, nested(item)]) })),
)

const name = fc.oneof(
  text,
  fc.constantFrom(
    'content-type',
    'message-id',
    'x07-ext',
    'CC',
    'BCC',
    '__proto__',
    'constructor',
    '7',
    '10',
    'a',
    'b',
  ),
)

const property = fc.oneof(
  fc.tuple(
    fc.constantFrom('contentEncoding', 'correlationId', 'replyTo', 'expiration', 'type', 'userId', 'appId'),
    text,
  ),
  fc.tuple(fc.constantFrom('priority', 'deliveryMode'), fc.integer({ min: -1, max: 256 })),
  fc.tuple(fc.constant('deliveryMode'), fc.constant(null)),
  fc.tuple(fc.constant('timestamp'), fc.bigInt({ min: 0n, max: 2n ** 65n }).map(String)),
  fc.tuple(fc.constantFrom('clusterId', 'other', 'correlationId'), fc.constantFrom<Json>('x', 1, { b64: 'AA==' })),
)

const message: fc.Arbitrary<Message> = fc
  .record({
    key: fc.oneof(
      fc.constant(null),
      bytes,
      text.map((key) => Buffer.from(key)),
    ),
    value: fc.oneof(fc.constant(null), bytes),
    headers: fc.array(fc.tuple(name, value), { maxLength: 6 }),
    properties: fc.array(property, { maxLength: 4 }),
  })
  .map(({ key, value, headers, properties }) => ({
    topic: 't',
    key,
    value,
    headers,
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
  }))

describe('a message over AMQP', () => {
  test('arrives as it was published, whatever it carries', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(encodeEnvelope(roundTrip(sent))).toEqual(encodeEnvelope(sent))
      }),
      { numRuns: 1_000 },
    )
  })

  const utf8 = (value: string): Buffer => Buffer.from(value)
  const base: Message = { topic: 't', key: utf8('k'), value: utf8('v'), headers: [] }
  const ordinary: readonly (readonly [title: string, message: Message])[] = [
    ['no headers', base],
    ['an empty key and an empty value', { ...base, key: utf8(''), value: utf8('') }],
    ['a binary value', { ...base, value: Buffer.from([0, 255]) }],
    [
      'content type and message id',
      {
        ...base,
        headers: [
          ['content-type', 'a/b'],
          ['message-id', '1'],
        ],
      },
    ],
    [
      'headers around them, sorted',
      {
        ...base,
        headers: [
          ['a', '1'],
          ['content-type', 'a/b'],
          ['z', '2'],
        ],
      },
    ],
    [
      'headers in an order of their own',
      {
        ...base,
        headers: [
          ['z', '1'],
          ['a', '2'],
        ],
      },
    ],
    ['typed headers', { ...base, headers: [['n', { type: 'int16', value: 5 }]] }],
    ['properties', { ...base, properties: { priority: 1, timestamp: '1' } }],
  ]
  test.each(ordinary)('%s: nothing of it is in an extension', (_, sent) => {
    expect(toWire(sent).options.headers ?? {}).not.toHaveProperty('x07-ext')
    expect(roundTrip(sent)).toEqual(sent)
  })

  const extended: readonly (readonly [title: string, message: Message, extension: string])[] = [
    ['no key', { ...base, key: null }, '{"key":null}'],
    ['a key that is not UTF-8', { ...base, key: Buffer.from([255]) }, '{"key":{"b64":"/w=="}}'],
    ['no value', { ...base, value: null }, '{"value":null}'],
    [
      'a name twice',
      {
        ...base,
        headers: [
          ['a', '1'],
          ['a', '2'],
        ],
      },
      '{"headers":[["a","1"],["a","2"]]}',
    ],
    [
      'names like numbers, out of order',
      {
        ...base,
        headers: [
          ['b', '1'],
          ['7', '2'],
        ],
      },
      '{"headers":[["b","1"],["7","2"]]}',
    ],
    ['a header that RabbitMQ would route by', { ...base, headers: [['CC', 'q']] }, '{"headers":[["CC","q"]]}'],
    [
      'a timestamp that amqplib would round',
      { ...base, properties: { timestamp: '9007199254740993' } },
      '{"properties":{"timestamp":"9007199254740993"}}',
    ],
  ]
  test.each(extended)('%s: the extension says it', (_, sent, extension) => {
    expect(toWire(sent).options.headers).toMatchObject({ 'x07-ext': extension })
    expect(roundTrip(sent)).toEqual(sent)
  })

  test("headers that the broker added on the way stand behind the sender's own list", () => {
    const { options, body } = toWire({
      ...base,
      headers: [
        ['a', '1'],
        ['a', '2'],
      ],
    })
    const headers = { ...options.headers, 'x-delivery-count': { '!': 'int8', value: 1 } }
    const properties = encodeWithClient({ ...options, headers })
    const got = fromWire('t', { deliveryTag: 1, routingKey: utf8('k'), properties }, body)
    expect(got.headers).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['x-delivery-count', { type: 'int8', value: 1 }],
    ])
  })

  test('a header named x07-ext that is no extension is an ordinary header', () => {
    for (const foreign of ['', 'text', '[]', '{"key":1}', '{"other":null}', '{"headers":[["a"]]}']) {
      const properties = encodeWithClient({ headers: { 'x07-ext': foreign }, deliveryMode: 2 })
      const got = fromWire('t', { deliveryTag: 1, routingKey: utf8('k'), properties }, utf8('v'))
      expect(got).toEqual({ ...base, headers: [['x07-ext', foreign]] })
      expect(decodeEnvelope(encodeEnvelope(got))).toEqual(got)
    }
  })
})
