import { describe, expect, it } from 'vitest'

import { writeEntry, writeEntryFrame } from '../../../src/format/cassette/entry-encode.ts'
import { decodeEntry, encodeEntry } from '../../../src/format/cassette/index.ts'
import type { EntryFields } from '../../../src/format/cassette/index.ts'
import { OutputBuffer } from '../../../src/format/cassette/output-buffer.ts'
import { entryFields, fromHex, toHex, utf8 } from './samples.ts'

/** All nine fields, as X07's own runtime accepts them. */
const allFields = `
  01 05 09000000
  03000000 657272 02 02000000 2d37
  03000000 6b6579 03 01000000 6b
  04000000 6b696e64 03 02000000 7272
  0d000000 6c6174656e63795f7469636b73 02 02000000 3530
  02000000 6f70 03 0f000000 7374642e72722e66657463685f7631
  03000000 726571 03 00000000
  04000000 72657370 03 04000000 504f4e47
  03000000 736571 02 01000000 31
  01000000 76 02 01000000 31`

/** The six that must be there. */
const requiredFields = `
  01 05 06000000
  03000000 657272 02 01000000 30
  03000000 6b6579 03 01000000 6b
  04000000 6b696e64 03 02000000 7272
  02000000 6f70 03 05000000 6665746368
  03000000 726571 03 00000000
  04000000 72657370 03 04000000 504f4e47`

describe('encodeEntry', () => {
  it('writes the command line shape: sorted, decimal, with latency, seq and v', () => {
    const entry = encodeEntry({
      kind: 'rr',
      op: 'std.rr.fetch_v1',
      key: 'k',
      req: utf8(''),
      resp: utf8('PONG'),
      err: -7,
      latencyTicks: 50,
      seq: 1,
      v: 1,
    })
    expect(toHex(entry)).toBe(toHex(fromHex(allFields)))
  })

  it('writes the library shape where the optional fields are left out', () => {
    expect(toHex(encodeEntry(entryFields()))).toBe(toHex(fromHex(requiredFields)))
  })

  it('writes text as UTF-8 and bytes as they are', () => {
    const asText = encodeEntry(entryFields({ key: 'schlüssel 🔑', op: 'ü' }))
    const asBytes = encodeEntry(entryFields({ key: utf8('schlüssel 🔑'), op: utf8('ü') }))
    expect(toHex(asText)).toBe(toHex(asBytes))
  })

  it.each([
    [0, '0'],
    [9, '9'],
    [10, '10'],
    [99, '99'],
    [100, '100'],
    [4_294_967_295, '4294967295'],
  ])('writes the number %i in decimal', (seq, text) => {
    const tail = Buffer.concat([fromHex('03000000 736571 02'), Buffer.from([text.length, 0, 0, 0]), Buffer.from(text)])
    expect(toHex(encodeEntry(entryFields({ seq })))).toMatch(new RegExp(`${tail.toString('hex')}$`))
  })

  it('writes the largest magnitudes of err', () => {
    expect(toHex(encodeEntry(entryFields({ err: -2_147_483_647 })))).toContain(toHex(utf8('-2147483647')))
    expect(toHex(encodeEntry(entryFields({ err: 2_147_483_647 })))).toContain(toHex(utf8('2147483647')))
  })

  it('has room for all numbers at their longest and texts that triple in UTF-8', () => {
    const most = 4_294_967_295
    const fields = { op: '€'.repeat(50), err: -2_147_483_647, latencyTicks: most, seq: most, v: most }
    expect(decodeEntry(encodeEntry(entryFields(fields)))).toMatchObject({ ...fields, op: utf8(fields.op) })
  })

  const refused: [Partial<EntryFields>, string][] = [
    [{ err: -2_147_483_648 }, 'err is -2147483648, expected an integer of magnitude at most 2147483647'],
    [{ err: 0.5 }, 'err is 0.5, expected an integer of magnitude at most 2147483647'],
    [{ latencyTicks: -1 }, 'latencyTicks is -1, expected an integer from 0 to 4294967295'],
    [{ seq: 4_294_967_296 }, 'seq is 4294967296, expected an integer from 0 to 4294967295'],
    [{ v: Number.NaN }, 'v is NaN, expected an integer from 0 to 4294967295'],
    [{ key: '\ud800' }, 'kind, op or key holds a lone surrogate, expected well-formed text'],
  ]
  it.each(refused)('refuses %o', (fields, problem) => {
    expect(() => encodeEntry(entryFields(fields))).toThrow(new RangeError(`encode entry: ${problem}`))
  })
})

describe('writeEntry', () => {
  it('appends to what is there and gives the bytes of encodeEntry', () => {
    const out = new OutputBuffer(1)
    writeEntry(out, entryFields({ resp: new Uint8Array(500).fill(7) }))
    const first = out.length
    writeEntry(out, entryFields())
    expect(toHex(out.written().subarray(first))).toBe(toHex(encodeEntry(entryFields())))
    expect(toHex(out.written().subarray(0, first))).toBe(
      toHex(encodeEntry(entryFields({ resp: new Uint8Array(500).fill(7) }))),
    )
  })

  it('leaves the buffer as it was when it refuses', () => {
    const out = new OutputBuffer()
    writeEntryFrame(out, entryFields())
    const { length } = out
    expect(() => writeEntryFrame(out, entryFields({ seq: -1 }))).toThrow(RangeError)
    expect(out.length).toBe(length)
  })
})

describe('writeEntryFrame', () => {
  it('puts the length before the document', () => {
    const out = new OutputBuffer()
    writeEntryFrame(out, entryFields())
    const document = encodeEntry(entryFields())
    expect(toHex(out.written())).toBe(`${toHex(Uint8Array.of(document.length, 0, 0, 0))}${toHex(document)}`)
  })
})
