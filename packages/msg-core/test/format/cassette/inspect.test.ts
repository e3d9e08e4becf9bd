import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { inspectCassette } from '../../../src/format/cassette/index.ts'
import { cassetteBytes, entryDocument, fromHex, scratchFile, scratchFolder } from './samples.ts'

const whole = cassetteBytes([entryDocument(), entryDocument()])

describe('inspectCassette', () => {
  it.each([
    ['nothing', fromHex(''), { validBytes: 0, entries: 0, code: undefined }],
    ['whole entries', whole, { validBytes: 192, entries: 2, code: undefined }],
    ['a torn payload', whole.subarray(0, 191), { validBytes: 96, entries: 1, code: 2014 }],
    ['a torn length', whole.subarray(0, 98), { validBytes: 96, entries: 1, code: 2014 }],
    ['a first entry that is torn', whole.subarray(0, 95), { validBytes: 0, entries: 0, code: 2014 }],
    ['a frame that is no entry', fromHex('00000000'), { validBytes: 0, entries: 0, code: 2008 }],
  ])('finds how far a file with %s is good', (_name, bytes, { validBytes, entries, code }) => {
    const state = inspectCassette(scratchFile(bytes))
    expect(state).toMatchObject({ fileBytes: bytes.length, validBytes, entries })
    expect(state?.damage?.code).toBe(code)
  })

  it.each([
    ['no begin position', [{}, {}], 0],
    ['the running index of X07, which is none', [{ seq: 5, v: 1 }], 0],
    ['begin positions and as many ends', [{ seq: 1 }, { seq: 0 }], 4],
    ['a begin position beyond the count', [{ seq: 9 }], 10],
  ])('gives the position to go on with after %s', (_name, entries, nextPosition) => {
    const path = scratchFile(cassetteBytes(entries.map((fields) => entryDocument(fields))))
    expect(inspectCassette(path)?.nextPosition).toBe(nextPosition)
  })

  it('gives nothing where there is no file, and refuses a folder', () => {
    const folder = scratchFolder()
    expect(inspectCassette(join(folder, 'none'))).toBeUndefined()
    expect(() => inspectCassette(folder, 'x')).toThrow('read cassette "x": it is a directory, expected a file')
  })
})
