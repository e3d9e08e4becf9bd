import { describe, expect, it } from 'vitest'

import { entryErr, entryResp } from '../../src/rr/index.ts'
import { entryDocument, fromHex, utf8 } from '../format/cassette/samples.ts'
import { outcome } from './rr-samples.ts'

/** A map with one field `err` of this value, and bytes behind it that nothing looks at. */
const errOf = (value: string) => fromHex(`01 05 01000000 03000000 657272 ${value} ffff`)
const errText = (text: string) =>
  errOf(`02 ${Buffer.from([text.length, 0, 0, 0]).toString('hex')} ${Buffer.from(text).toString('hex')}`)
const respOf = (value: string) => fromHex(`01 05 01000000 04000000 72657370 ${value}`)

describe('entryResp', () => {
  it('gives the bytes of resp', () => {
    expect(entryResp(entryDocument({ resp: utf8('hello') }))).toEqual(utf8('hello'))
  })

  it('takes the first of two, in documents that no entry check would pass', () => {
    expect(
      entryResp(fromHex('01 05 02000000 04000000 72657370 03 01000000 61 04000000 72657370 03 01000000 62')),
    ).toEqual(utf8('a'))
  })

  it.each([
    ['no bytes', fromHex(''), 'rr.entry_resp_v1 invalid entry'],
    ['an error document', fromHex('00 00000000 00000000'), 'rr.entry_resp_v1 invalid entry'],
    ['an empty map', fromHex('01 05 00000000'), 'rr.entry_resp_v1 missing resp'],
    ['a bool cut short before it', fromHex('01 05 01000000 01000000 61 01'), 'rr.entry_resp_v1 invalid entry'],
    ['a number', respOf('02 01000000 31'), 'rr.entry_resp_v1 invalid entry'],
    ['a value past the end', respOf('03 02000000 31'), 'rr.entry_resp_v1 invalid entry'],
    [
      'a malformed field before it',
      fromHex('01 05 02000000 01000000 61 09 04000000 72657370 03 00000000'),
      'rr.entry_resp_v1 invalid entry',
    ],
  ])('traps on %s', async (_name, document, trap) => {
    expect(await outcome(() => entryResp(document))).toBe(trap)
  })
})

describe('entryErr', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['007', 7],
    ['-2147483647', -2_147_483_647],
    ['2147483647', 2_147_483_647],
  ])('reads %o as %i', (text, value) => {
    expect(Object.is(entryErr(errText(text)), value)).toBe(true)
  })

  it.each(['', '-', '1.5', '+1', ' 1', '1 ', '--1', '2147483648', '-2147483648', '99999999999999999999'])(
    'traps on the text %o, which opens and appends without complaint',
    async (text) => expect(await outcome(() => entryErr(errText(text)))).toBe('rr.entry_err_v1 invalid err'),
  )

  it.each([
    ['a string', errOf('03 01000000 30'), 'rr.entry_err_v1 invalid entry'],
    ['no err', fromHex('01 05 00000000'), 'rr.entry_err_v1 missing err'],
    ['no map', fromHex('01 04 00000000'), 'rr.entry_err_v1 invalid entry'],
  ])('traps on %s', async (_name, document, trap) => {
    expect(await outcome(() => entryErr(document))).toBe(trap)
  })
})
