import { decodeEnvelope, encodeEnvelope, type HeaderValue, type Json, type Message } from '@x07-lab/msg-core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromWire } from '../../../src/driver/wire/from-wire.ts'
import { writeProperties, type FieldTable, type FieldValue, type Properties } from '../../../src/protocol/index.ts'
import { written } from '../../protocol/arbitraries.ts'
import { toWire, type WireMessage } from '../../../src/driver/wire/to-wire.ts'

/** There and back over the bytes of the wire. */
function roundTrip(message: Message): Message {
  return received(toWire(message))
}

/** What arrives of a message of the wire, which somebody may have changed. */
function received({ routingKey, body, properties }: WireMessage): Message {
  const bytes = written((writer) => writeProperties(writer, properties))
  return fromWire('t', { deliveryTag: 1, routingKey: Buffer.from(routingKey), properties: bytes }, body)
}

/** The header table that goes on the wire. */
function tableOf(message: Message): Readonly<Record<string, unknown>> {
  return Object.fromEntries((toWire(message).properties.headers ?? []).map(([name, value]) => [name, value]))
}

/** The extension, where there is one. */
function extensionOf(message: Message): unknown {
  const field = tableOf(message)['x07-ext'] as FieldValue | undefined
  return field?.tag === 'S' ? field.value : undefined
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
  integer('int16:U', -32_768, 32_767),
  long('int64:L', -(2n ** 63n), 2n ** 63n - 1n),
  fc.float({ noNaN: true }).map((value) => ({ type: 'float', value: float(value) })),
  fc.double().map((value) => ({ type: 'double', value: float(value) })),
  // Values that no type has, and types that AMQP does not have.
  fc.constantFrom<HeaderValue>(
    { type: 'int8', value: 128 },
    { type: 'int64', value: '+1' },
    { type: 'uint64', value: '18446744073709551615' },
    { type: 'shortstr', value: 'x' },
    { type: 'double', value: 'NaN:7ff0000000000001' },
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
  fc.tuple(fc.constantFrom('deliveryMode', 'contentType', 'messageId'), fc.constant(null)),
  fc.tuple(fc.constant('headers'), fc.constantFrom<Json>([], { b64: '' }, { b64: 'Af9W' }, 1)),
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
      { numRuns: 300 },
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
    expect(extensionOf(sent)).toBeUndefined()
    expect(roundTrip(sent)).toEqual(sent)
  })

  const extended: readonly (readonly [title: string, message: Message, extension: string])[] = [
    ['no key', { ...base, key: null }, '{"key":null,"x07":2}'],
    [
      'a key of over 255 bytes',
      { ...base, key: Buffer.alloc(256) },
      `{"key":{"b64":"${Buffer.alloc(256).toString('base64')}"},"x07":2}`,
    ],
    ['no value', { ...base, value: null }, '{"value":null,"x07":2}'],
    [
      'a number that is none',
      { ...base, headers: [...numbers('NaN'), ['b', '1']] },
      '{"headers":[[0,"a",{"type":"double","value":"NaN"},0]],"x07":2}',
    ],
    [
      'an infinity inside a table inside a list',
      {
        ...base,
        headers: [
          ['b', '1'],
          ['a', { type: 'array', value: [{ type: 'table', value: [['n', { type: 'float', value: '-Infinity' }]] }] }],
        ],
      },
      '{"headers":[[1,"a",{"type":"array","value":[{"type":"table","value":[["n",{"type":"float","value":"-Infinity"}]]}]},0]],"x07":2}',
    ],
    [
      'a header that RabbitMQ would route by',
      { ...base, headers: [['CC', 'q']] },
      '{"headers":[[0,"CC","q",0]],"x07":2}',
    ],
    [
      'properties in an order of their own',
      {
        ...base,
        headers: [
          ['d', '1'],
          ['content-type', 'a/b'],
        ],
      },
      '{"at":{"content-type":1},"x07":2}',
    ],
    [
      'a property that AMQP does not have',
      { ...base, properties: { priority: 256, other: 1 } },
      '{"properties":{"other":1,"priority":256},"x07":2}',
    ],
  ]
  test.each(extended)('%s: the extension says it', (_, sent, extension) => {
    expect(extensionOf(sent)).toBe(extension)
    expect(roundTrip(sent)).toEqual(sent)
  })

  /** What other clients put on the wire. */
  const foreign: readonly (readonly [title: string, properties: Properties, message: Partial<Message>])[] = [
    ['no table', { deliveryMode: 2 }, {}],
    ['a table without fields', { deliveryMode: 2, headers: [] }, { properties: { headers: [] } }],
    [
      'a table with the names of properties',
      {
        deliveryMode: 2,
        headers: [
          ['message-id', { tag: 'S', value: 'mine' }],
          ['content-type', { tag: 'V' }],
        ],
      },
      {
        headers: [
          ['message-id', 'mine'],
          ['content-type', null],
        ],
        properties: { messageId: null },
      },
    ],
    [
      'names that are not UTF-8',
      { deliveryMode: 2, headers: [[Buffer.from([0xff]), { tag: 'V' }]] },
      { headers: [['\uFFFD', null]], properties: { headers: { b64: 'Af9W' } } },
    ],
    [
      'properties that are not UTF-8',
      {
        deliveryMode: 2,
        contentType: Buffer.from([0xff]),
        messageId: Buffer.from([0xfe]),
        replyTo: Buffer.from([0xfd]),
      },
      {
        headers: [
          ['content-type', Buffer.from([0xff])],
          ['message-id', Buffer.from([0xfe])],
        ],
        properties: { replyTo: { b64: '/Q==' } },
      },
    ],
    [
      'a 64 bit header of py-amqp, text that is not UTF-8, names twice and names like numbers',
      {
        deliveryMode: 2,
        clusterId: 'c',
        timestamp: 2n ** 64n - 1n,
        headers: [
          ['sent_ms', { tag: 'L', value: 1_796_009_000_000n }],
          ['7', { tag: 'S', value: Buffer.from([0xff]) }],
          ['6', { tag: 'V' }],
          ['6', { tag: 'V' }],
        ],
      },
      {
        headers: [
          ['sent_ms', { type: 'int64:L', value: '1796009000000' }],
          ['7', { type: 'longstr', value: { b64: '/w==' } }],
          ['6', null],
          ['6', null],
        ],
        properties: { clusterId: 'c', timestamp: '18446744073709551615' },
      },
    ],
    ['no delivery mode', { priority: 0 }, { properties: { deliveryMode: null, priority: 0 } }],
  ]
  test.each(foreign)('%s: read from the wire and written again as the same bytes', (_, properties, over) => {
    const wire: WireMessage = { routingKey: 'k', properties, body: Buffer.from('v') }
    const got = received(wire)
    expect(got).toEqual({ ...base, ...over })
    const again = toWire(decodeEnvelope(encodeEnvelope(got)))
    const bytesOf = (value: Properties): Buffer => written((writer) => writeProperties(writer, value))
    expect(bytesOf(again.properties)).toEqual(bytesOf(properties))
  })

  describe('changed on the way by somebody who does not know the extension', () => {
    const changed = (sent: Message, change: (headers: FieldTable) => FieldTable): Message => {
      const wire = toWire(sent)
      return received({ ...wire, properties: { ...wire.properties, headers: change(wire.properties.headers ?? []) } })
    }
    const without =
      (name: string) =>
      (headers: FieldTable): FieldTable =>
        headers.filter((field) => field[0] !== name)
    const set =
      (name: string) =>
      (headers: FieldTable): FieldTable => [...without(name)(headers), [name, { tag: 'b', value: 9 }]]
    const nine = { type: 'int8', value: 9 }

    test('a header that was set anew is the new one', () => {
      const twice: Message = {
        ...base,
        key: null,
        headers: [
          ['a', '1'],
          ['a', '2'],
        ],
      }
      expect(changed(twice, set('a'))).toEqual({ ...twice, headers: [['a', nine]] })
    })

    test('a header that only the extension could say, and that is a native one now, is the native one', () => {
      const sent: Message = { ...base, headers: [...numbers('NaN'), ['b', '1']] }
      expect(changed(sent, set('a')).headers).toEqual([
        ['b', '1'],
        ['a', nine],
      ])
    })

    test('what the broker added on the way stands behind, and the rest is as it was sent', () => {
      const sent: Message = { ...base, headers: [['b', '1'], ...numbers('Infinity')] }
      expect(changed(sent, set('x-delivery-count')).headers).toEqual([
        ['b', '1'],
        ...numbers('Infinity'),
        ['x-delivery-count', nine],
      ])
    })

    test('a key, a value or a property that somebody put in since is not thrown away', () => {
      const wire = toWire({ ...base, key: null, value: null, properties: { priority: 256 } })
      const properties = { ...wire.properties, priority: 5 }
      expect(received({ properties, routingKey: 'new', body: Buffer.from('new') })).toEqual({
        ...base,
        key: Buffer.from('new'),
        value: Buffer.from('new'),
        properties: { priority: 5 },
      })
    })
  })

  test("a header named x07-ext that is no extension is somebody else's", () => {
    for (const value of [
      '',
      'text',
      '[]',
      '{"key":null}',
      '{"value":null}',
      '{"headers":[["a","1"]]}',
      '{"properties":{}}',
      '{"x07":1,"key":null}',
      '{"x07":2,"other":null}',
      '{"x07":2,"headers":[["a"]]}',
    ]) {
      const properties: Properties = { deliveryMode: 2, headers: [['x07-ext', { tag: 'S', value }]] }
      const got = received({ routingKey: 'k', properties, body: Buffer.from('v') })
      expect(got).toEqual({ ...base, headers: [['x07-ext', value]] })
      expect(decodeEnvelope(encodeEnvelope(got))).toEqual(got)
      expect(toWire(got).properties).toEqual(properties)
    }
  })
})

function numbers(value: string): Message['headers'] {
  return [['a', { type: 'double', value }]]
}
