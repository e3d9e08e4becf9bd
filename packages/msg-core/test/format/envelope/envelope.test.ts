import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CodecError } from '../../../src/format/codec-error.ts'
import {
  decodeEnvelope,
  encodeEnvelope,
  readFrame,
  writeFrame,
  type Message,
} from '../../../src/format/envelope/index.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** The vector of X07's own reference for topic `events`, key `k1`, value `v1`, headers a=1 and b=2. */
const vector =
  '3a000000 58374d45 01000000 06000000 6576656e7473 02000000 6b31 02000000 7631' +
  '18000000 02000000 01000000 61 01000000 31 01000000 62 01000000 32'

const message: Message = {
  topic: 'events',
  key: Buffer.from('k1'),
  value: Buffer.from('v1'),
  headers: [
    ['a', '1'],
    ['b', '2'],
  ],
}

function codeOf(act: () => unknown): number | string {
  try {
    act()
    return 'none'
  } catch (error) {
    if (error instanceof CodecError) return error.code
    throw error
  }
}

describe('an envelope that X7ME can say', () => {
  test('is the bytes of X07', () => {
    expect(hex(encodeEnvelope(message))).toBe(hex(bytesOf(vector)))
    expect(decodeEnvelope(bytesOf(vector))).toEqual(message)
  })

  test('without headers has a block of four zero bytes', () => {
    const bare = encodeEnvelope({ topic: 't', key: Buffer.alloc(0), value: Buffer.alloc(0), headers: [] })
    expect(hex(bare)).toBe(hex(bytesOf('1d000000 58374d45 01000000 01000000 74 00000000 00000000 04000000 00000000')))
  })
})

describe('bytes that are no envelope', () => {
  const good = bytesOf(vector)
  const with32 = (at: number, value: number): Buffer => {
    const copy = Buffer.from(good)
    copy.writeUInt32LE(value, at)
    return copy
  }
  test.each([
    ['nothing', Buffer.alloc(0), 9507],
    ['a length one too small', with32(0, 0x39), 9507],
    ['a length of 4 GiB', with32(0, 0xffff_ffff), 9507],
    ['another magic', with32(4, 0x454d_3759), 9508],
    ['another version', with32(8, 2), 9508],
    ['a topic of 4 GiB', with32(12, 0xffff_ffff), 9507],
    ['a topic that reaches into the key', with32(12, 7), 9507],
    ['4 billion headers', with32(38, 0xffff_ffff), 9509],
    ['2 billion headers', with32(38, 0x7fff_ffff), 9509],
    ['fewer headers than there are', with32(38, 1), 9509],
    ['a header name of 4 GiB', with32(42, 0xffff_ffff), 9509],
  ])('%s', (_title, bytes, code) => {
    expect(codeOf(() => decodeEnvelope(bytes))).toBe(code)
  })

  test.each([
    ['a header name that is not ASCII', 46, 0x80, 9504],
    ['a header out of order', 46, 0x62, 9504],
    ['a header value that is not UTF-8', 51, 0xff, 9505],
    ['a topic that is not UTF-8', 16, 0xff, 9505],
  ])('%s', (_title, at, byte, code) => {
    const bytes = Buffer.from(good)
    bytes[at] = byte
    expect(codeOf(() => decodeEnvelope(bytes))).toBe(code)
  })

  test.each([
    ['a header out of order', 46, 0x62, 9504],
    ['fewer headers than there are', 38, 1, 9509],
  ])('%s comes before a topic that is not UTF-8, which X07 takes', (_title, at, byte, code) => {
    const bytes = Buffer.from(good)
    bytes[16] = 0xff
    bytes[at] = byte
    expect(codeOf(() => decodeEnvelope(bytes))).toBe(code)
  })

  test('every truncation, and every byte too many', () => {
    for (let length = 0; length < good.length; length++) {
      expect(codeOf(() => decodeEnvelope(good.subarray(0, length)))).toBe(9507)
    }
    expect(codeOf(() => decodeEnvelope(Buffer.concat([good, Buffer.alloc(1)])))).toBe(9507)
  })

  test.each(['{', '[]', '{"headers":1}', '{"headers":[1]}', '{"headers":[["a",1]]}', '{"properties":[]}'])(
    'an extension %s',
    (text) => {
      const empty = new Uint8Array(0)
      expect(codeOf(() => decodeEnvelope(writeFrame('', empty, empty, [['x07-ext', text]])))).toBe(9509)
    },
  )
})

describe('headers that may not be written', () => {
  test.each([
    ['an empty name', [['', '1']], 9504],
    ['a name that is not ASCII', [['é', '1']], 9504],
    [
      'names out of order',
      [
        ['b', '1'],
        ['a', '1'],
      ],
      9504,
    ],
    [
      'a name twice',
      [
        ['a', '1'],
        ['a', '2'],
      ],
      9504,
    ],
  ] as const)('%s', (_title, headers, code) => {
    const empty = new Uint8Array(0)
    expect(codeOf(() => writeFrame('', empty, empty, headers))).toBe(code)
  })

  test('a topic that is not well-formed Unicode', () => {
    expect(codeOf(() => encodeEnvelope({ ...message, topic: '\ud800' }))).toBe(9505)
  })
})

describe('what a program without types may hand over', () => {
  const bytes = 'is neither bytes nor null; pass a Uint8Array, such as Buffer.from(text)'
  test.each([
    ['a text as value', { value: 'text' }, `message envelope: the value ${bytes}`],
    ['a text as key', { key: 'k' }, `message envelope: the key ${bytes}`],
    ['no key', { key: undefined }, `message envelope: the key ${bytes}`],
    ['wider numbers', { value: Uint16Array.of(1) }, `message envelope: the value ${bytes}`],
    ['a list of numbers', { value: [1] }, `message envelope: the value ${bytes}`],
    [
      'a number as header value',
      { headers: [['a', 5]] },
      'message envelope: a header value is neither text, bytes, null nor { type, value }',
    ],
    [
      'no header value',
      { headers: [['a', undefined]] },
      'message envelope: a header value is neither text, bytes, null nor { type, value }',
    ],
  ])('%s is refused', (_title, part, reason) => {
    expect(() => encodeEnvelope({ ...message, ...part } as unknown as Message)).toThrow(new TypeError(reason))
  })
})

describe('what X7ME cannot say', () => {
  test('travels in x07-ext as canonical JSON, beside what X7ME can say', () => {
    const envelope = encodeEnvelope({
      topic: 't',
      key: null,
      value: null,
      headers: [
        ['b', '2'],
        ['a', Uint8Array.of(0xff)],
        ['b', null],
      ],
      properties: { priority: 3 },
    })
    const frame = readFrame(envelope)
    expect([frame.key.length, frame.value.length]).toEqual([0, 0])
    expect(Buffer.from(frame.headers).toString('latin1')).toContain(
      '{"headers":[["b","2"],["a",{"b64":"/w=="}],["b",null]],"key":null,"properties":{"priority":3},"value":null}',
    )
    expect(Buffer.from(frame.headers).readUInt32LE(0)).toBe(2)
  })

  const plain = (one: Message): unknown => JSON.parse(JSON.stringify(one))
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'x07-ext', 'é', '😀', '\u0000', '"'), maxLength: 4 })
  const bytes = fc.uint8Array({ maxLength: 6 }).map((array) => Buffer.from(array))
  const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as never)
  const headerValue = fc.oneof(text, fc.constant(null), bytes, fc.record({ type: text, value: json }))
  const messages = fc.record(
    {
      topic: text,
      key: fc.option(bytes, { nil: null }),
      value: fc.option(bytes, { nil: null }),
      headers: fc.array(fc.tuple(text, headerValue), { maxLength: 5 }),
      properties: fc.dictionary(text, json, { minKeys: 1, maxKeys: 3 }),
    },
    { requiredKeys: ['topic', 'key', 'value', 'headers'] },
  )

  test('nothing is lost on the way through an envelope', () => {
    fc.assert(
      fc.property(messages, (original) => {
        const encoded = encodeEnvelope(original)
        const decoded = decodeEnvelope(encoded)
        // The order of an object's members is not kept; that of headers is.
        expect(plain(decoded)).toEqual(plain(original))
        expect(hex(encodeEnvelope(decoded))).toBe(hex(encoded))
      }),
    )
  })
})
