import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fieldFromJson,
  fieldToJson,
  maxTableDepth,
  readTable,
  writeTable,
  type FieldValue,
} from '../../src/protocol/index.ts'
import { fields, tables, written } from './arbitraries.ts'

/** A table with one field `a`, from hexadecimal text of tag and content. */
function tableOf(hex: string): Buffer {
  return Buffer.concat([Buffer.from('\x01a'), Buffer.from(hex.replaceAll(' ', ''), 'hex')])
}

const hex = (tag: string, rest: string): string => Buffer.from(tag).toString('hex') + rest

describe('a field table', () => {
  test.each<[string, FieldValue]>([
    [hex('t', '00'), { tag: 't', value: false }],
    [hex('t', '01'), { tag: 't', value: true }],
    [hex('t', '02'), { tag: 't', value: 2 }],
    [hex('b', '80'), { tag: 'b', value: -128 }],
    [hex('B', '80'), { tag: 'B', value: 128 }],
    [hex('s', '8000'), { tag: 's', value: -32_768 }],
    [hex('U', '8000'), { tag: 'U', value: -32_768 }],
    [hex('u', '8000'), { tag: 'u', value: 32_768 }],
    [hex('I', '80000000'), { tag: 'I', value: -2_147_483_648 }],
    [hex('i', '80000000'), { tag: 'i', value: 2_147_483_648 }],
    [hex('l', '8000000000000000'), { tag: 'l', value: -(2n ** 63n) }],
    [hex('L', '001fffffffffffff'), { tag: 'L', value: 9_007_199_254_740_991n }],
    [hex('L', 'ffffffffffffffff'), { tag: 'L', value: -1n }],
    [hex('T', 'ffffffffffffffff'), { tag: 'T', value: 2n ** 64n - 1n }],
    [hex('f', '80000000'), { tag: 'f', value: -0 }],
    [hex('f', '7fc00000'), { tag: 'f', value: Number.NaN }],
    [hex('f', '7f800001'), { tag: 'f', value: Number.NaN, bits: 0x7f80_0001n }],
    [hex('f', 'ff800000'), { tag: 'f', value: -Infinity }],
    [hex('d', '7ff0000000000000'), { tag: 'd', value: Infinity }],
    [hex('d', 'fff8000000000000'), { tag: 'd', value: Number.NaN, bits: 0xfff8_0000_0000_0000n }],
    [hex('D', 'ff ffffffff'), { tag: 'D', places: 255, digits: 4_294_967_295 }],
    [hex('S', '00000002 6869'), { tag: 'S', value: 'hi' }],
    [hex('S', '00000003 efbbbf'), { tag: 'S', value: '\uFEFF' }],
    [hex('S', '00000001 ff'), { tag: 'S', value: Buffer.from([0xff]) }],
    [hex('x', '00000002 6869'), { tag: 'x', value: Buffer.from('hi') }],
    [hex('A', '00000003 56 7401'), { tag: 'A', items: [{ tag: 'V' }, { tag: 't', value: true }] }],
    [hex('A', '00000000'), { tag: 'A', items: [] }],
    [hex('F', '00000004 01 62 7401'), { tag: 'F', fields: [['b', { tag: 't', value: true }]] }],
    [hex('V', ''), { tag: 'V' }],
  ])('reads %s and writes it again', (encoded, value) => {
    const bytes = tableOf(encoded)
    expect(readTable(bytes)).toEqual([['a', value]])
    expect(written((writer) => writeTable(writer, [['a', value]])).subarray(4)).toEqual(bytes)
  })

  test('reads the two tags of which the specification has another idea, where it is asked to', () => {
    const bytes = Buffer.concat([tableOf(hex('s', '02 6869')), tableOf(hex('l', 'ffffffffffffffff'))])
    const table = readTable(bytes, 'specification')
    expect(table).toEqual([
      ['a', { tag: 's', value: 'hi' }],
      ['a', { tag: 'l', value: 2n ** 64n - 1n }],
    ])
    expect(written((writer) => writeTable(writer, table)).subarray(4)).toEqual(bytes)
  })

  test('comes back as the same bytes and the same values, through JSON too', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const bytes = written((writer) => writeTable(writer, table))
        const read = readTable(bytes.subarray(4))
        expect(read).toEqual(table)
        expect(written((writer) => writeTable(writer, read))).toEqual(bytes)
      }),
    )
    fc.assert(
      fc.property(fields, (field) => {
        const json: unknown = JSON.parse(JSON.stringify(fieldToJson(field)))
        expect(fieldFromJson(json as never)).toEqual(field)
      }),
    )
  })

  test('cut off anywhere is an error, never a shorter table', () => {
    fc.assert(
      fc.property(tables, fc.nat(), (table, random) => {
        const bytes = written((writer) => writeTable(writer, table)).subarray(4)
        if (bytes.length === 0) return
        const cut = bytes.subarray(0, random % bytes.length)
        try {
          // A cut between two fields is a table of its own.
          expect(table.slice(0, readTable(cut).length)).toEqual(readTable(cut))
        } catch (error) {
          expect(error).toMatchObject({ code: 'protocol' })
        }
      }),
    )
  })

  test.each<[string, Buffer, string]>([
    [
      'an unknown tag',
      tableOf(hex('Z', '00')),
      `field "a": read a field table: unknown type tag 'Z', expected one of t b B s u U I i l L f d D S T A F V x`,
    ],
    [
      'an unknown tag deep inside',
      tableOf(hex('F', `0000000b 0162 46 00000004 0163 0000`)),
      'field "a.b.c": read a field table: unknown type tag 0x00, expected one of t b B s u U I i l L f d D S T A F V x',
    ],
    [
      'a length that promises gigabytes',
      tableOf(hex('x', 'ffffffff 00')),
      'field "a": read a field table: cut off at byte 7, 4294967295 bytes expected, 1 left',
    ],
    [
      'a name without a value',
      Buffer.from('\x01a'),
      'field "a": read a field table: cut off at byte 2, 1 bytes expected, 0 left',
    ],
  ])('%s is told with its place', (_title, bytes, message) => {
    expect(() => readTable(bytes)).toThrow(expect.objectContaining({ code: 'protocol', message }))
  })

  test(`nests ${maxTableDepth} levels deep and no deeper`, () => {
    const nested = (levels: number): Buffer => {
      let bytes = Buffer.alloc(0)
      for (let level = 0; level < levels; level++) {
        const size = Buffer.alloc(4)
        size.writeUInt32BE(bytes.length)
        bytes = Buffer.concat([Buffer.from('A'), size, bytes])
      }
      return Buffer.concat([Buffer.from('\x01a'), bytes])
    }
    expect(readTable(nested(maxTableDepth))).toHaveLength(1)
    expect(() => readTable(nested(maxTableDepth + 1))).toThrow(`it nests deeper than ${maxTableDepth} levels`)
  })

  test.each<[string, FieldValue, string]>([
    ['an integer outside its type', { tag: 'b', value: 128 }, '128 is not an integer from -128 to 127 (type tag b)'],
    ['a fraction', { tag: 'I', value: 0.5 }, '0.5 is not an integer from -2147483648 to 2147483647 (type tag I)'],
    [
      'a 64 bit integer outside its type',
      { tag: 'L', value: 2n ** 63n },
      '9223372036854775808 is not an integer from -9223372036854775808 to 9223372036854775807 (type tag L)',
    ],
    ['half a surrogate pair', { tag: 'S', value: '\ud800' }, 'the text is not well-formed Unicode'],
  ])('%s is not written', (_title, value, message) => {
    expect(() => written((writer) => writeTable(writer, [['a', value]]))).toThrow(message)
  })
})
