import { encodeEnvelope, type Header, type Message } from '@x07-lab/msg-core'
import { extensionHeader } from '@x07-lab/msg-core/format'
import { describe, expect, test } from 'vitest'
import type { FetchedMessage } from '../../../src/driver/client/fetch-answer.ts'
import { decodeWire } from '../../../src/driver/wire/decode.ts'
import { encodeWire, type WireMessage } from '../../../src/driver/wire/encode.ts'
import type { HeaderPair } from '../../../src/driver/wire/header-pair.ts'
import { encodeRecords } from '../../../src/driver/wire/records.ts'
import { batchOf, fetched } from '../client/fetched.ts'

/** What a consumer reads of a record. */
async function received(message: WireMessage): Promise<FetchedMessage> {
  const [read] = await fetched(batchOf(encodeRecords([message])))
  if (read === undefined) throw new Error('there is no message')
  return read
}

function message(over: Partial<Message> = {}): Message {
  return { topic: 'lab.events', key: Buffer.from('k'), value: Buffer.from('v'), headers: [], ...over }
}

async function roundTrip(one: Message): Promise<string> {
  const { message } = encodeWire(Buffer.from(encodeEnvelope(one)))
  return Buffer.from(decodeWire(one.topic, await received(message))).toString('hex')
}

function wireHeaders(headers: readonly Header[], properties?: Message['properties']): HeaderPair[] {
  const envelope = encodeEnvelope(message({ headers, ...(properties && { properties }) }))
  const { message: wire } = encodeWire(Buffer.from(envelope))
  return [...wire.headers]
}

describe('an envelope as a Kafka message', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n)
  const cases: readonly (readonly [string, Partial<Message>])[] = [
    ['a null key', { key: null }],
    ['an empty key', { key: Buffer.alloc(0) }],
    ['a tombstone', { value: null }],
    ['an empty value', { value: Buffer.alloc(0) }],
    ['binary key and value', { key: bytes, value: bytes }],
    [
      'repeated names, apart',
      {
        headers: [
          ['a', '1'],
          ['b', '2'],
          ['a', '3'],
        ],
      },
    ],
    [
      'names like numbers',
      {
        headers: [
          ['10', 'x'],
          ['9', 'y'],
        ],
      },
    ],
    [
      'names of what every object has',
      {
        headers: [
          ['constructor', 'x'],
          ['__proto__', 'y'],
          ['toString', 'z'],
        ],
      },
    ],
    ['names and values beyond ASCII', { headers: [['nä', 'wö\u{1F600}']] }],
    ['binary header values', { headers: [['a', bytes]] }],
    [
      'a null header value',
      {
        headers: [
          ['a', null],
          ['b', ''],
        ],
      },
    ],
    ['bytes that read as text', { headers: [['a', Buffer.from('text')]] }],
    ['a typed value', { headers: [['a', { type: 'timestamp', value: '1700000000' }]] }],
    ['properties', { headers: [['a', '1']], properties: { priority: 4 } }],
    ['properties and no headers', { properties: { priority: 4 } }],
    [
      'a header of the reserved name',
      {
        headers: [
          ['a', '1'],
          [extensionHeader, '{"key":null}'],
        ],
      },
    ],
    ['an empty header name', { headers: [['', 'x']] }],
    ['an empty header value', { headers: [['a', '']] }],
    [
      'everything at once',
      {
        key: null,
        value: null,
        headers: [
          ['b', bytes],
          ['a', null],
          ['b', 'x'],
        ],
        properties: { x: [1] },
      },
    ],
  ]

  test.for(cases)('comes back byte for byte: %s', async ([, over]) => {
    const one = message(over)
    expect(await roundTrip(one)).toBe(Buffer.from(encodeEnvelope(one)).toString('hex'))
  })

  test('has its headers in their order on the wire, as other clients read them', () => {
    const headers: Header[] = [
      ['10', 'x'],
      ['a', '1'],
      ['9', 'y'],
      ['a', '2'],
    ]
    const { message: wire } = encodeWire(Buffer.from(encodeEnvelope(message({ key: null, headers }))))
    // length 24 | attributes, deltas 0 | key -1 | value "v" | 4 headers
    expect(encodeRecords([wire]).toString('hex')).toBe('30000000010276080431300278026102310239027902610232')
  })

  test.each([
    [0, 0],
    [99_999_999_999, 99_999_999_999],
    ['100000000000', 100_000_000_000],
    // The property of AMQP, in seconds.
    ['99999999999', undefined],
  ])('has the timestamp %j of its properties as its own where that is milliseconds', (timestamp, ms) => {
    const { message: wire } = encodeWire(Buffer.from(encodeEnvelope(message({ properties: { timestamp } }))))
    expect(wire.timestamp).toBe(ms)
  })

  test('carries no reserved header where Kafka can say it all', () => {
    expect(
      wireHeaders([
        ['b', '2'],
        ['a', bytes],
        ['a', ''],
      ]),
    ).toEqual([
      { key: 'b', value: '2' },
      { key: 'a', value: Buffer.from(bytes) },
      { key: 'a', value: '' },
    ])
  })

  test.for([
    [
      [['a', { type: 'int', value: 7 }]],
      undefined,
      [
        ['a', '7'],
        [extensionHeader, '{"headers":[["a",{"type":"int","value":7}]]}'],
      ],
    ],
    [
      [['a', '1']],
      { priority: 1 },
      [
        ['a', '1'],
        [extensionHeader, '{"properties":{"priority":1}}'],
      ],
    ],
    // Somebody else's, which no driver could have written.
    [[[extensionHeader, 'mine']], undefined, [[extensionHeader, 'mine']]],
    [
      [[extensionHeader, '{"properties":{"priority":1}}']],
      undefined,
      [[extensionHeader, '{"headers":[["x07-ext","{\\"properties\\":{\\"priority\\":1}}"]]}']],
    ],
  ] as const)('shows other clients %j as ordinary headers beside the reserved one', ([headers, properties, wire]) => {
    expect(wireHeaders(headers, properties)).toEqual(wire.map(([key, value]) => ({ key, value })))
  })
})

describe('a Kafka message of another client', async () => {
  const foreign = async (...headers: readonly (readonly [string, string | null])[]): Promise<string> => {
    const pairs = headers.map(([key, value]) => ({ key, value: value === null ? null : Buffer.from(value) }))
    const read = await received({ key: Buffer.from('k'), value: Buffer.from('v'), headers: pairs, nth: 0 })
    return Buffer.from(decodeWire('lab.events', read)).toString('hex')
  }
  const envelope = (headers: readonly Header[]): string =>
    Buffer.from(encodeEnvelope(message({ headers }))).toString('hex')

  test('is an ordinary envelope', async () => {
    expect(await foreign(['a', '1'], ['b', '2'])).toBe(
      envelope([
        ['a', '1'],
        ['b', '2'],
      ]),
    )
  })

  test('keeps repeated headers apart and in their order', async () => {
    expect(await foreign(['a', '1'], ['b', '2'], ['a', '3'])).toBe(
      envelope([
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
      ]),
    )
  })

  test.for(['not JSON', '[]', '{"headers":1}'])('whose reserved header is %s keeps it as a header', async (text) => {
    expect(await foreign([extensionHeader, text])).toBe(envelope([[extensionHeader, text]]))
  })

  test('has a header of the reserved name that is theirs, and it says nothing of key or value', async () => {
    for (const text of [
      '{"key":null,"value":null}',
      '{"key":null}',
      '{}',
      '{"headers":[]}',
      '{ "properties":{"a":1}}',
    ]) {
      expect(await foreign(['a', '1'], [extensionHeader, text])).toBe(
        envelope([
          ['a', '1'],
          [extensionHeader, text],
        ]),
      )
    }
  })

  test('says what a relay changed in a message of ours, whatever the extension says', async () => {
    const typed = (value: number): Header => ['a', { type: 'int', value }]
    const extension = '{"headers":[["a",{"type":"int","value":1}],["b","x"]]}'
    expect(await foreign(['a', '1'], ['b', 'x'], [extensionHeader, extension])).toBe(envelope([typed(1), ['b', 'x']]))
    // One value changed, one header more, one less.
    expect(await foreign(['a', '9'], ['b', 'x'], [extensionHeader, extension])).toBe(
      envelope([
        ['a', '9'],
        ['b', 'x'],
      ]),
    )
    expect(await foreign(['a', '1'], ['b', 'x'], ['retries', '2'], [extensionHeader, extension])).toBe(
      envelope([typed(1), ['b', 'x'], ['retries', '2']]),
    )
    expect(await foreign(['a', '1'], [extensionHeader, extension])).toBe(envelope([typed(1)]))
  })
})
