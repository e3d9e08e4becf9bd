import { describe, expect, it } from 'vitest'

import {
  DataModelError,
  decodeDocument,
  decodeValue,
  encodeDocument,
  encodeValue,
} from '../../../src/format/data-model/index.ts'
import type { DataValue } from '../../../src/format/data-model/index.ts'

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))

const documents: [string, string, ReturnType<typeof decodeDocument>][] = [
  ['null', '01 00', { kind: 'ok', value: { kind: 'null' } }],
  ['a bool with a byte nobody writes', '01 01 ff', { kind: 'ok', value: { kind: 'bool', byte: 255 } }],
  [
    'number text that is no number',
    '01 02 03000000 303037',
    { kind: 'ok', value: { kind: 'number', text: bytes('007') } },
  ],
  ['a string that is not UTF-8', '01 03 02000000 ff00', { kind: 'ok', value: { kind: 'string', bytes: hex('ff00') } }],
  [
    'a seq of two',
    '01 04 02000000 00 01 01',
    { kind: 'ok', value: { kind: 'seq', items: [{ kind: 'null' }, { kind: 'bool', byte: 1 }] } },
  ],
  [
    'a map out of order and with a duplicate',
    '01 05 03000000 01000000 62 00 01000000 61 00 01000000 62 00',
    {
      kind: 'ok',
      value: {
        kind: 'map',
        entries: [
          [bytes('b'), { kind: 'null' }],
          [bytes('a'), { kind: 'null' }],
          [bytes('b'), { kind: 'null' }],
        ],
      },
    },
  ],
  ['an error with a message', '00 07000000 02000000 6e6f', { kind: 'error', code: 7, message: bytes('no') }],
]

describe('decodeDocument', () => {
  it.each(documents)('reads %s, and encoding it gives the same bytes', (_name, text, document) => {
    const decoded = decodeDocument(hex(text))
    expect(decoded).toEqual(document)
    expect(encodeDocument(decoded)).toEqual(hex(text))
  })

  it('reads no bytes at all as an error document', () => {
    expect(decodeDocument(hex(''))).toEqual({ kind: 'error', code: 0, message: hex('') })
  })

  it.each([
    ['02 00', 0, 'first byte is 2, expected 1 (ok) or 0 (error)'],
    ['01', 1, 'value is missing'],
    ['01 06', 1, 'kind 6 is unknown, expected 0 to 5'],
    ['01 01', 2, 'bool is cut short'],
    ['01 02 000000', 2, 'number is cut short'],
    ['01 03 05000000 6162', 2, 'string claims 5 bytes, 2 are there'],
    ['01 04 02000000 00', 7, 'value is missing'],
    ['01 05 01000000 ffffffff 00', 6, 'map key claims 4294967295 bytes, 1 are there'],
    ['01 00 00', 2, '1 bytes follow the value'],
    ['00 07000000 02000000 6e', 5, 'error message claims 2 bytes, 1 are there'],
    ['00 070000', 1, 'error code is cut short'],
  ])('refuses %s at byte %i', (text, offset, problem) => {
    const refused = () => decodeDocument(hex(text))
    expect(refused).toThrow(new DataModelError(problem, offset))
    expect(refused).toThrow(expect.objectContaining({ offset }))
  })

  it.each([
    ['seq', '04'],
    ['map', '05'],
  ])('does not allocate for a %s that claims four thousand million values', (_name, kind) => {
    const before = process.memoryUsage().arrayBuffers
    expect(() => decodeDocument(hex(`01 ${kind} ffffffff`))).toThrow(DataModelError)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })

  it('accepts 64 levels in a field of the root and refuses the 65th', () => {
    const nested = (levels: number) => hex(`01 04 01000000 ${'04 01000000 '.repeat(levels)} 00`)
    expect(decodeDocument(nested(64)).kind).toBe('ok')
    expect(() => decodeDocument(nested(65))).toThrow('nests deeper than 64 levels')
  })
})

describe('decodeValue', () => {
  it('reads one value and nothing behind it', () => {
    const value: DataValue = { kind: 'seq', items: [{ kind: 'string', bytes: bytes('x') }] }
    expect(decodeValue(encodeValue(value))).toEqual(value)
    expect(() => decodeValue(hex('00 00'))).toThrow('1 bytes follow the value')
  })

  it('gives views into the bytes it was given', () => {
    const source = hex('03 01000000 78')
    const value = decodeValue(source)
    expect(value.kind === 'string' && value.bytes.buffer === source.buffer).toBe(true)
  })
})
