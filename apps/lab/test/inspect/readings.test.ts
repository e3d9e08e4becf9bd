import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { encode as msgpack } from '@msgpack/msgpack'
import { encode as cbor } from 'cborg'
import { describe, expect, test } from 'vitest'
import type { Header, JsonObject, Message } from '@x07-lab/msg-core'
import { readMessage } from '../../src/inspect/readings/index.ts'

const text = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
/** `hello hello hello hello hello` as bzip2 writes it. */
const bzipped = Buffer.from(
  '425a683931415926535989e4cb41000004910040000244a00030cd00548694e8cd3a2a3c5dc914e1424227932d04',
  'hex',
)

function message(value: Uint8Array | null, headers: readonly Header[] = [], properties?: JsonObject): Message {
  return { topic: 'orders', key: null, value, headers, ...(properties === undefined ? {} : { properties }) }
}

function read(one: Message): Record<string, Record<string, unknown>> {
  return Object.fromEntries(readMessage(one).readings.map(({ form, fields }) => [form, Object.fromEntries(fields)]))
}

describe('a message is read as', () => {
  test.for([
    ['gzip', gzipSync('{"a":1}')],
    ['zlib', deflateSync('{"a":1}')],
    ['zstd', zstdCompressSync('{"a":1}')],
  ] as const)('%s, by its first bytes, and what is inside is the body', ([form, value]) => {
    const { readings, body } = readMessage(message(value))
    expect(readings.map((reading) => reading.form)).toEqual([form])
    expect(Buffer.from(body ?? []).toString()).toBe('{"a":1}')
  })

  test('zlib where kombu says gzip, and the header is told', () => {
    const value = deflateSync('[1]')
    expect(read(message(value, [['compression', 'application/x-gzip']]))).toEqual({
      zlib: { bytes: `${value.length} compressed, 3 plain`, 'header says': 'gzip' },
    })
  })

  test.for([
    ['deflate', deflateRawSync('[1]'), ['content-encoding', 'deflate']],
    ['br', brotliCompressSync('[1]'), ['Content-Encoding', 'BR']],
    ['brotli', brotliCompressSync('[1]'), ['compression', 'application/x-brotli']],
    ['gzip', gzipSync('[1]'), ['content-encoding', 'application/x-gzip']],
  ] as const)('%s where the header says so, in its several spellings', ([form, value, header]) => {
    const { readings, body } = readMessage(message(value, [header]))
    expect(readings.map((reading) => [reading.form, reading.fields.length])).toEqual([[form, 1]])
    expect(Buffer.from(body ?? []).toString()).toBe('[1]')
  })

  test('a compressed body inside another framing', () => {
    const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), text({ id: 1 })])
    const { readings, body } = readMessage(message(gzipSync(framed)))
    expect(readings.map(({ form }) => form)).toEqual(['gzip', 'Confluent framing'])
    expect(Buffer.from(body ?? []).toString()).toBe('{"id":1}')
  })

  test('the schema id and the Protobuf index of a Confluent record', () => {
    const value = Buffer.from([0, 0, 0, 1, 2, 4, 2, 6, 10, 1, 65])
    expect(read(message(value))).toEqual({
      'Confluent framing': {
        'schema id': 258,
        data: '6 bytes, Avro or Protobuf',
        'Protobuf message index, if it is Protobuf': '1.3',
      },
    })
  })

  test('a Celery task of protocol 2, its numbers included', () => {
    const headers: Header[] = [
      ['task', 'shop.ship'],
      ['id', '5f1c'],
      ['root_id', '5f1c'],
      ['argsrepr', "('a', 1)"],
      ['retries', { type: 'I', value: 3 }],
      ['eta', null],
    ]
    expect(read(message(text([['a', 1], { fast: true }, {}]), headers))['Celery task']).toEqual({
      task: 'shop.ship',
      id: '5f1c',
      args: ['a', 1],
      kwargs: { fast: true },
      retries: 3,
      root_id: '5f1c',
    })
  })

  test('CloudEvents in both modes, over both brokers', () => {
    const event = { specversion: '1.0', type: 'order.paid', source: '/shop', id: 'e1', data: { n: 1 } }
    expect(read(message(text(event)))['CloudEvents, structured mode']).toEqual(event)
    const attributes = { specversion: '1.0', type: 'order.paid', source: '/shop', id: 'e1' }
    for (const prefix of ['ce_', 'cloudEvents:', 'cloudEvents_']) {
      const headers = Object.entries(attributes).map(([name, value]) => [`${prefix}${name}`, value] as const)
      expect(read(message(text({ n: 1 }), headers))['CloudEvents, binary mode']).toEqual(attributes)
    }
  })

  test('a batch of CloudEvents, and no list of something else', () => {
    const events = ['1', '2'].map((id) => ({ specversion: '1.0', id, source: '/orders', type: 'paid' }))
    expect(read(message(text(events)))).toEqual({
      'CloudEvents, batch of 2': { 'event 1': events[0], 'event 2': events[1] },
    })
    expect(read(message(text([...events, { id: 3 }])))).toEqual({})
  })

  test("schema ids in Confluent's headers", () => {
    const uuid = Buffer.from('01b0c1d2e3f4a5b6c7d8e9fa0b1c2d3e4f', 'hex')
    const headers: Header[] = [
      ['__value_schema_id', uuid],
      ['__key_schema_id', Buffer.from([0, 0, 0, 1, 2])],
    ]
    expect(read(message(text({ id: 1 }), headers))).toEqual({
      'Confluent schema headers': { __value_schema_id: 'b0c1d2e3-f4a5-b6c7-d8e9-fa0b1c2d3e4f', __key_schema_id: 258 },
    })
  })

  test("Spring's big-endian numbers, and a stack trace of which the first lines are shown", () => {
    const trace = [
      'java.lang.IllegalStateException: no',
      ...Array.from({ length: 40 }, (_, at) => `\tat a.B.c(B.java:${at})`),
    ]
    const headers: Header[] = [
      ['kafka_dlt-original-partition', Buffer.from([0, 0, 0, 2])],
      ['kafka_dlt-original-offset', Buffer.from([0, 0, 0, 0, 0, 0, 1, 44])],
      ['retry_topic-attempts', '\0\0\0\u0003'],
      ['kafka_dlt-exception-stacktrace', trace.join('\n')],
    ]
    expect(read(message(text({}), headers))['Spring headers']).toEqual({
      'kafka_dlt-original-partition': '2',
      'kafka_dlt-original-offset': '300',
      'retry_topic-attempts': '3',
      'kafka_dlt-exception-stacktrace': `${trace.slice(0, 3).join('\n')}\n… 38 more lines`,
    })
  })

  test('what frameworks put into JSON', () => {
    expect(read(message(text({ pattern: 'sum', data: [1, 2], id: 'x' })))).toEqual({
      'NestJS request': { pattern: 'sum', id: 'x', data: [1, 2] },
    })
    expect(Object.keys(read(message(text({ pattern: 'paid', data: 1 }))))).toEqual(['NestJS event'])
    expect(Object.keys(read(message(text({ schema: { type: 'struct', name: 'Order' }, payload: { a: 1 } }))))).toEqual([
      'Kafka Connect record',
    ])
    expect(Object.keys(read(message(text({ ver: '4', sender: 'node-1', id: 'r', action: 'math.add' }))))).toEqual([
      'Moleculer packet',
    ])
    const task = { queue_name: 'q', actor_name: 'ship', args: [1], kwargs: {}, options: {}, message_id: 'm' }
    expect(Object.keys(read(message(text(task))))).toEqual(['dramatiq message'])
  })

  test('a trace context, however its header is written', () => {
    const headers: Header[] = [['Traceparent', Buffer.from('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')]]
    expect(read(message(text({}), headers))).toEqual({
      'trace context': { trace: '0af7651916cd43dd8448eb211c80319c', 'parent span': 'b7ad6b7169203331', sampled: true },
    })
  })

  test('MessagePack and CBOR, named or by their look, with 64-bit integers exact', () => {
    const value = { n: 9_007_199_254_740_993n, list: [1, 'a'], bytes: new Uint8Array([0xff]) }
    expect(read(message(msgpack(value, { useBigInt64: true })))['MessagePack, by its look']).toEqual({
      value: { n: '9007199254740993', list: [1, 'a'], bytes: '0xff' },
    })
    expect(read(message(cbor(value), [], { contentType: 'application/cbor' }))['CBOR']).toEqual({
      value: { n: '9007199254740993', list: [1, 'a'], bytes: '0xff' },
    })
  })

  test('MessagePack with a time that no date is, and keys that are no text', () => {
    const beyond = Buffer.from('81a161c70cff000000007fffffffffffffff', 'hex')
    expect(read(message(beyond))).toEqual({ 'MessagePack, by its look': { value: { a: 'not a date' } } })
    const keys = Buffer.from('8301a162c002c3ff', 'hex')
    expect(read(message(keys))).toEqual({ 'MessagePack, by its look': { value: { 1: 'b', null: 2, true: -1 } } })
  })

  test('CBOR with tags, as the values inside them', () => {
    // {"at": 0("2026-01-02T03:04:05Z"), "id": 37(h'ff')}
    const value = Buffer.from('a2626174c074323032362d30312d30325430333a30343a30355a626964d82541ff', 'hex')
    expect(read(message(value, [], { contentType: 'application/cbor' }))['CBOR']).toEqual({
      value: { at: '2026-01-02T03:04:05Z', id: '0xff' },
    })
  })

  test('an object of a language, by name, never loaded', () => {
    const java = Buffer.concat([Buffer.from('aced00057372000c', 'hex'), Buffer.from('a.b.OrderLin'), Buffer.from([0])])
    expect(read(message(java))).toEqual({ 'Java object': { class: 'a.b.OrderLin', loaded: false } })
    expect(read(message(Buffer.from('80047d942e', 'hex')))).toEqual({ 'Python pickle': { protocol: 4, loaded: false } })
  })

  test('bzip2', () => {
    const { readings, body } = readMessage(message(bzipped))
    expect(readings.map(({ form }) => form)).toEqual(['bzip2'])
    expect(Buffer.from(body ?? []).toString()).toBe('hello hello hello hello hello')
  })

  test.for([
    ['text', Buffer.from('hello')],
    ['JSON of nobody', text({ a: 1 })],
    ['a list', text([1, 2])],
    ['nothing', new Uint8Array(0)],
    ['no value', null],
    ['two bytes of gzip', Buffer.from([0x1f, 0x8b])],
    ['the head of gzip and rubbish', Buffer.from('1f8b08000000000000ff0102', 'hex')],
    ['a bzip2 head in text', Buffer.from('BZh is a name')],
  ] as const)('nothing where nothing is known of it: %s', ([, value]) => {
    expect(readMessage(message(value)).readings).toEqual([])
  })

  test("a reader of one's own says, before the others", () => {
    const own = () => ({ form: 'mine', fields: [['a', 1]] as const })
    expect(readMessage(message(text({ pattern: 'p', data: 1 })), [own]).readings.map(({ form }) => form)).toEqual([
      'mine',
    ])
  })
})
