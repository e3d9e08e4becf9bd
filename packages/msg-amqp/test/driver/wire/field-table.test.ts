import { describe, expect, test } from 'vitest'
import { readTable } from '../../../src/driver/wire/field-table.ts'

/** Text stands for its ASCII bytes. */
function table(...parts: readonly (string | readonly number[])[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(typeof part === 'string' ? Buffer.from(part) : part)))
}

const cases: readonly (readonly [title: string, bytes: Buffer, headers: unknown])[] = [
  ['nothing', table(), []],
  ['void', table([1], 'aV'), [['a', null]]],
  ['true', table([1], 'at', [1]), [['a', { type: 'bool', value: true }]]],
  ['int8', table([1], 'ab', [0x80]), [['a', { type: 'int8', value: -128 }]]],
  ['uint8', table([1], 'aB', [0xff]), [['a', { type: 'uint8', value: 255 }]]],
  ['int16', table([1], 'as', [0xff, 0xfe]), [['a', { type: 'int16', value: -2 }]]],
  ['uint16', table([1], 'au', [0xff, 0xfe]), [['a', { type: 'uint16', value: 65_534 }]]],
  ['int32', table([1], 'aI', [0xff, 0xff, 0xff, 0xff]), [['a', { type: 'int32', value: -1 }]]],
  ['uint32', table([1], 'ai', [0xff, 0xff, 0xff, 0xff]), [['a', { type: 'uint32', value: 4_294_967_295 }]]],
  [
    'int64 beyond 2^53',
    table([1], 'al', [0, 0x20, 0, 0, 0, 0, 0, 1]),
    [['a', { type: 'int64', value: '9007199254740993' }]],
  ],
  [
    'timestamp',
    table([1], 'aT', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    [['a', { type: 'timestamp', value: '18446744073709551615' }]],
  ],
  ['float', table([1], 'af', [0x3f, 0xc0, 0, 0]), [['a', { type: 'float', value: 1.5 }]]],
  ['double, minus zero', table([1], 'ad', [0x80, 0, 0, 0, 0, 0, 0, 0]), [['a', { type: 'double', value: '-0' }]]],
  ['double, not a number', table([1], 'ad', [0x7f, 0xf8, 0, 0, 0, 0, 0, 0]), [['a', { type: 'double', value: 'NaN' }]]],
  ['decimal', table([1], 'aD', [2, 0, 0, 1, 58]), [['a', { type: 'decimal', value: { places: 2, digits: 314 } }]]],
  ['text', table([1], 'aS', [0, 0, 0, 2], 'hi'), [['a', 'hi']]],
  [
    'text that is not UTF-8',
    table([1], 'aS', [0, 0, 0, 1, 0xff]),
    [['a', { type: 'longstr', value: { b64: '/w==' } }]],
  ],
  ['bytes', table([1], 'ax', [0, 0, 0, 2], 'hi'), [['a', Buffer.from('hi')]]],
  [
    'array',
    table([1], 'aA', [0, 0, 0, 5], 'V', 'V', 'b', [1], 'V'),
    [['a', { type: 'array', value: [null, null, { type: 'int8', value: 1 }, null] }]],
  ],
  [
    'table, names repeated and out of order',
    table([1], 'aF', [0, 0, 0, 9], [1], 'zV', [1], 'aV', [1], 'zV'),
    [
      [
        'a',
        {
          type: 'table',
          value: [
            ['z', null],
            ['a', null],
            ['z', null],
          ],
        },
      ],
    ],
  ],
  [
    'names repeated and out of order',
    table([1], '9V', [1], '1V', [1], '9V'),
    [
      ['9', null],
      ['1', null],
      ['9', null],
    ],
  ],
]

describe('a header table', () => {
  test.each(cases)('%s', (_, bytes, headers) => {
    expect(readTable(bytes)).toEqual(headers)
  })

  test('cut off anywhere but between two fields is refused', () => {
    for (const [, bytes] of cases) {
      for (let length = 1; length < bytes.length; length++) {
        const cut = bytes.subarray(0, length)
        if (!isWhole(cut)) expect(() => readTable(cut), cut.toString('hex')).toThrow(/^read message headers: /)
      }
    }
  })

  test('a type that is not AMQP is named by its place, not by its bytes', () => {
    expect(() => readTable(table([1], 'aQ'))).toThrow(
      expect.objectContaining({ code: 'protocol', message: 'read message headers: unknown type tag at byte 2' }),
    )
  })

  test('a length beyond the bytes is refused without being allocated', () => {
    expect(() => readTable(table([1], 'aS', [0xff, 0xff, 0xff, 0xff]))).toThrow(
      'read message headers: the table is cut off at byte 2',
    )
  })

  test('tables nested beyond reason are refused', () => {
    let nested = Buffer.alloc(0)
    for (let depth = 0; depth < 100; depth++) {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(nested.length)
      nested = Buffer.concat([Buffer.from([1]), Buffer.from('aF'), length, nested])
    }
    expect(() => readTable(nested)).toThrow('read message headers: tables nest deeper than 64 levels')
  })
})

/** Whole fields of one name byte and no value, as the cases with several fields have them. */
function isWhole(bytes: Buffer): boolean {
  return (
    bytes.length % 3 === 0 && bytes.every((byte, at) => (at % 3 === 0 ? byte === 1 : at % 3 === 1 || byte === 0x56))
  )
}
