import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeEntry, encodeEntry, NO_LIMITS, reencodeEntry, RrError } from '../../../src/format/cassette/index.ts'
import type { RrLimits } from '../../../src/format/cassette/index.ts'
import { entryDocument, fromHex, toHex, utf8 } from './samples.ts'

/** `name` and value of one field, for entries that no encoder writes. */
const field = (name: string, value: string) =>
  `${toHex(Uint8Array.of(name.length, 0, 0, 0))}${toHex(utf8(name))}${value}`
const text = (value: string) => `03${toHex(Uint8Array.of(value.length, 0, 0, 0))}${toHex(utf8(value))}`
const number = (value: string) => `02${toHex(Uint8Array.of(value.length, 0, 0, 0))}${toHex(utf8(value))}`
const document = (...fields: string[]) =>
  fromHex(`0105${toHex(Uint8Array.of(fields.length, 0, 0, 0))}${fields.join('')}`)

const err = field('err', number('0'))
const key = field('key', text('kkkk'))
const kind = field('kind', text('rr'))
const op = field('op', text('fetch'))
const req = field('req', text('REQ'))
const resp = field('resp', text('RESP!'))
const nested = (levels: number) => '0401000000'.repeat(levels) + '00'

const codeOf = (bytes: Uint8Array, limits: Partial<RrLimits> = {}): number => {
  try {
    decodeEntry(bytes, { ...NO_LIMITS, ...limits })
    return 0
  } catch (error) {
    if (error instanceof RrError) return error.code
    throw error
  }
}

describe('decodeEntry', () => {
  it('gives the fields as views into the document', () => {
    const bytes = document(
      err,
      key,
      kind,
      field('latency_ticks', number('0012')),
      op,
      req,
      resp,
      field('seq', number('7')),
    )
    const entry = decodeEntry(bytes)
    expect(entry).toEqual({
      kind: utf8('rr'),
      op: utf8('fetch'),
      key: utf8('kkkk'),
      req: utf8('REQ'),
      resp: utf8('RESP!'),
      err: 0,
      latencyTicks: 12,
      seq: 7,
      v: undefined,
    })
    expect(entry.resp.buffer).toBe(bytes.buffer)
  })

  it('reads a document that lies inside a larger buffer', () => {
    const around = new Uint8Array([9, 9, ...document(err, key, kind, op, req, resp), 9])
    expect(decodeEntry(around.subarray(2, around.length - 1)).resp).toEqual(utf8('RESP!'))
  })

  it.each([
    ['0', 0],
    ['-0', 0],
    ['007', 7],
    ['-2147483647', -2_147_483_647],
    ['2147483648', undefined],
    ['-2147483648', undefined],
    ['1.5', undefined],
    ['-', undefined],
    ['', undefined],
  ])('takes any text of err and reads %o as %o', (digits, value) => {
    expect(decodeEntry(document(field('err', number(digits)), key, kind, op, req, resp)).err).toBe(value)
  })

  it('takes seq and v of any kind, and gives those that are u32', () => {
    const odd = document(err, key, kind, op, req, resp, field('seq', text('7')), field('v', number('1e3')))
    expect(decodeEntry(odd)).toMatchObject({ seq: undefined, v: undefined })
  })

  const verdicts: [string, Uint8Array, number, Partial<RrLimits>?][] = [
    ['the six fields', document(err, key, kind, op, req, resp), 0],
    [
      'unknown fields in their places',
      document(field('a', '00'), err, key, kind, op, req, resp, field('zz', '0107')),
      0,
    ],
    ['64 levels in a field', document(field('a', nested(64)), err, key, kind, op, req, resp), 0],
    ['65 levels in a field', document(field('a', nested(65)), err, key, kind, op, req, resp), 2008],
    ['nothing', fromHex(''), 2008],
    ['a zero byte', fromHex('00'), 2008],
    ['an error document', fromHex('00 00000000 00000000'), 2008],
    ['a string at the root', fromHex('01 03 00000000'), 2008],
    ['a map without its count', fromHex('01 05 0000'), 2008],
    ['an empty map', fromHex('01 05 00000000'), 2008],
    ['a count of four thousand million', fromHex('01 05 ffffffff'), 2008],
    ['a name past the end', fromHex('01 05 01000000 ffffffff 61'), 2008],
    ['fields out of order', document(key, err, kind, op, req, resp), 2008],
    ['a field twice', document(err, err, key, kind, op, req, resp), 2008],
    ['an unknown field twice', document(err, key, kind, op, req, resp, field('zz', '00'), field('zz', '00')), 2008],
    ['unknown fields out of order', document(field('b', '00'), field('a', '00'), err, key, kind, op, req, resp), 2008],
    [
      'an unknown field behind a known one that it precedes',
      document(err, key, field('kez', '00'), field('kf', '00'), kind, op, req, resp),
      0,
    ],
    ['a name after one that it begins', document(err, key, field('keyy', '00'), kind, op, req, resp), 0],
    ['a name before one that begins it', document(err, field('keyy', '00'), key, kind, op, req, resp), 2008],
    ['bytes after the map', fromHex(`${toHex(document(err, key, kind, op, req, resp))}00`), 2008],
    ['resp missing', document(err, key, kind, op, req), 2008],
    ['err missing', document(key, kind, op, req, resp), 2008],
    ['err as text', document(field('err', text('0')), key, kind, op, req, resp), 2008],
    ['kind as a number', document(err, key, field('kind', number('1')), op, req, resp), 2008],
    ['op as null', document(err, key, kind, field('op', '00'), req, resp), 2008],
    ['a value of an unknown kind', document(err, key, kind, op, field('q', '06'), req, resp), 2008],
    ['latency_ticks as text', document(err, key, kind, field('latency_ticks', text('5')), op, req, resp), 2008],
    ['latency_ticks without digits', document(err, key, kind, field('latency_ticks', number('')), op, req, resp), 2008],
    [
      'latency_ticks over a u32',
      document(err, key, kind, field('latency_ticks', number('4294967296')), op, req, resp),
      2008,
    ],
    [
      'latency_ticks with zeros in front',
      document(err, key, kind, field('latency_ticks', number('00004294967295')), op, req, resp),
      0,
    ],
    ['a key at its budget', document(err, key, kind, op, req, resp), 0, { maxKeyBytes: 4 }],
    ['a key over its budget', document(err, key, kind, op, req, resp), 2007, { maxKeyBytes: 3 }],
    ['a req at its budget', document(err, key, kind, op, req, resp), 0, { maxReqBytes: 3 }],
    ['a req over its budget', document(err, key, kind, op, req, resp), 2005, { maxReqBytes: 2 }],
    ['a resp at its budget', document(err, key, kind, op, req, resp), 0, { maxRespBytes: 5 }],
    ['a resp over its budget', document(err, key, kind, op, req, resp), 2006, { maxRespBytes: 4 }],
    [
      'a key over its budget before a malformed resp',
      document(err, key, kind, op, req, field('resp', '00')),
      2007,
      { maxKeyBytes: 0 },
    ],
    [
      'a malformed err before a key over its budget',
      document(field('err', '00'), key, kind, op, req, resp),
      2008,
      { maxKeyBytes: 0 },
    ],
    ['a req over its budget before one that is missing', document(err, key, kind, op, req), 2005, { maxReqBytes: 0 }],
  ]
  it.each(verdicts)('judges %s', (_name, bytes, code, limits) => {
    expect(codeOf(bytes, limits)).toBe(code)
  })

  it('says where and what is wrong, never what the fields hold', () => {
    expect(() => decodeEntry(document(err, key, kind, op, req, resp), { ...NO_LIMITS, maxReqBytes: 2 })).toThrow(
      expect.objectContaining({
        code: 2005,
        offset: 73,
        message: 'read entry of 99 bytes at byte 73: req is 3 bytes, more than max_req_bytes 2',
      }),
    )
  })
})

describe('decodeEntry of what encodeEntry wrote', () => {
  const bytes = fc.uint8Array({ maxLength: 30 })
  const u32 = fc.option(fc.nat(0xffff_ffff), { nil: undefined })
  const i32 = fc.integer({ min: -0x7fff_ffff, max: 0x7fff_ffff })
  const fields = fc.record({
    kind: bytes,
    op: bytes,
    key: bytes,
    req: bytes,
    resp: bytes,
    err: i32,
    latencyTicks: u32,
    seq: u32,
    v: u32,
  })

  it('gives the same fields', () => {
    fc.assert(
      fc.property(fields, (entry) => {
        expect(decodeEntry(encodeEntry(entry))).toEqual(entry)
      }),
    )
  })

  it('refuses every cut with 2008', () => {
    fc.assert(
      fc.property(fields, (entry) => {
        const whole = encodeEntry(entry)
        for (let length = 0; length < whole.length; length++) expect(codeOf(whole.subarray(0, length))).toBe(2008)
      }),
      { numRuns: 30 },
    )
  })

  it('answers any bytes with a good entry or a code', () => {
    fc.assert(
      fc.property(fields, fc.nat(), fc.nat(255), (entry, place, byte) => {
        const changed = Uint8Array.from(encodeEntry(entry))
        changed[place % changed.length] = byte
        expect([0, 2008]).toContain(codeOf(changed))
      }),
      { numRuns: 500 },
    )
  })
})

describe('reencodeEntry', () => {
  it('keeps unknown fields, number text, odd bools and unsorted nested maps', () => {
    const strange = document(
      field('a', '0107'),
      field('err', number('-007')),
      key,
      kind,
      field('latency_ticks', number('0005')),
      field('m', `0502000000${field('z', '00')}${field('b', number('1e3'))}`),
      op,
      req,
      resp,
    )
    expect(toHex(reencodeEntry(strange))).toBe(toHex(strange))
  })

  it('refuses what is no entry', () => {
    expect(() => reencodeEntry(document(err, key))).toThrow('required field kind is missing')
  })

  it('gives a document of its own', () => {
    const original = entryDocument()
    expect(reencodeEntry(original).buffer).not.toBe(original.buffer)
  })
})
