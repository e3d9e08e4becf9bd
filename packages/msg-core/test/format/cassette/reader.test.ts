import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { NO_LIMITS, openReader } from '../../../src/format/cassette/index.ts'
import type { RrLimits } from '../../../src/format/cassette/index.ts'
import { cassetteBytes, entryDocument, fromHex, scratchFile, scratchFolder, toHex, utf8 } from './samples.ts'

const two = [entryDocument({ key: 'a' }), entryDocument({ key: 'b' })]

describe('openReader', () => {
  const verdicts: [string, Uint8Array, Partial<RrLimits>, { code: number; offset?: number; entry?: number }][] = [
    ['a file over max_cassette_bytes', cassetteBytes(two), { maxCassetteBytes: 191n }, { code: 2003 }],
    ['an entry over max_entries', cassetteBytes(two), { maxEntries: 1 }, { code: 2004, offset: 96, entry: 1 }],
    ['an entry where none is allowed', cassetteBytes(two), { maxEntries: 0 }, { code: 2004, offset: 0, entry: 0 }],
    ['a cut length', cassetteBytes(two).subarray(0, 99), {}, { code: 2014, offset: 96, entry: 1 }],
    ['a cut payload', cassetteBytes(two).subarray(0, 191), {}, { code: 2014, offset: 96, entry: 1 }],
    [
      'a cut before a budget',
      cassetteBytes(two).subarray(0, 191),
      { maxEntries: 1 },
      { code: 2014, offset: 96, entry: 1 },
    ],
    ['an empty frame', fromHex('00000000'), {}, { code: 2008, offset: 4, entry: 0 }],
    ['a length of 4 GiB in a small file', fromHex('ffffffff 01 05'), {}, { code: 2014, offset: 0, entry: 0 }],
    ['a key over its budget', cassetteBytes(two), { maxKeyBytes: 0 }, { code: 2007, entry: 0 }],
  ]
  it.each(verdicts)('refuses %s', (_name, bytes, limits, place) => {
    const path = scratchFile(bytes)
    expect(() => openReader(path, { limits: { ...NO_LIMITS, ...limits } })).toThrow(expect.objectContaining(place))
  })

  it('says of a torn tail what to do about it', () => {
    const path = scratchFile(cassetteBytes(two).subarray(0, 150))
    expect(() => openReader(path, { name: 'orders.rrbin' })).toThrow(
      'read cassette "orders.rrbin": entry 1 at byte 96 is cut short: a frame of 92 bytes is announced, 50 are there; ' +
        'run "lab cassette repair orders.rrbin" to keep the whole entry before it',
    )
  })

  it('says of a damaged entry and of a budget what to do about them', () => {
    const damaged = scratchFile(fromHex('02000000 0105'))
    expect(() => openReader(damaged, { name: 'd.rrbin' })).toThrow(
      'read cassette "d.rrbin": entry 0 at byte 4: not an ok document with a map in it; ' +
        'no whole entry comes before it, so check that this is a cassette, or record it again',
    )
    const path = scratchFile(cassetteBytes(two))
    const open = (limits: Partial<RrLimits>) => () =>
      openReader(path, { name: 'c.rrbin', limits: { ...NO_LIMITS, ...limits } })
    expect(open({ maxCassetteBytes: 191n })).toThrow(
      'open cassette "c.rrbin": 192 bytes, more than max_cassette_bytes 191; raise the budget in its policy or record less',
    )
    expect(open({ maxEntries: 1 })).toThrow(
      'read cassette "c.rrbin": entry 1 at byte 96 is one more than max_entries 1; raise the budget in its policy or record less',
    )
    expect(open({ maxRespBytes: 3 })).toThrow(
      'entry 0 at byte 87: resp is 4 bytes, more than max_resp_bytes 3; raise the budget in its policy or record less',
    )
  })

  it('allocates nothing for a length that the file cannot hold', () => {
    const path = scratchFile(fromHex(`ffffffff ${'00'.repeat(96)}`))
    const before = process.memoryUsage().arrayBuffers
    expect(() => openReader(path)).toThrow(expect.objectContaining({ code: 2014 }))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })

  it('tells a missing file, a folder and a device apart', () => {
    const folder = scratchFolder()
    expect(() => openReader(join(folder, 'none.rrbin'), { name: 'none.rrbin' })).toThrow(
      expect.objectContaining({
        code: 2002,
        message: 'open cassette "none.rrbin": there is no such file; record it first or check the name',
      }),
    )
    expect(() => openReader(folder, { limits: { ...NO_LIMITS, maxCassetteBytes: 1n } })).toThrow(
      expect.objectContaining({ code: 2003 }),
    )
    expect(() => openReader(folder)).toThrow(expect.objectContaining({ code: 2002 }))
    expect(() => openReader('/dev/null')).toThrow(
      expect.objectContaining({ code: 2002, message: expect.stringContaining('not a regular file') }),
    )
  })

  it('opens a file of no bytes, and on request one that is not there, as a cassette without entries', () => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'empty'), '')
    expect(openReader(join(folder, 'empty'))).toMatchObject({ count: 0, bytes: 0, used: 0 })
    expect(openReader(join(folder, 'absent'), { emptyIfAbsent: true })).toMatchObject({ count: 0, bytes: 0 })
    mkdirSync(join(folder, 'folder'))
    expect(() => openReader('/dev/null', { emptyIfAbsent: true })).toThrow(expect.objectContaining({ code: 2002 }))
    expect(() => openReader(join(folder, 'folder'), { emptyIfAbsent: true })).toThrow(
      expect.objectContaining({ code: 2002 }),
    )
  })
})

describe('CassetteReader', () => {
  it('gives entries by index, with lane and begin position', () => {
    using reader = openReader(
      scratchFile(
        cassetteBytes([
          entryDocument({ key: 'a', seq: 3 }),
          entryDocument({ key: 'b', seq: 4, v: 1 }),
          entryDocument({ key: 'a' }),
        ]),
      ),
    )
    expect([0, 1, 2].map((index) => reader.lane(index))).toEqual([0, 1, 0])
    expect([0, 1, 2].map((index) => reader.begin(index))).toEqual([3, undefined, undefined])
    expect(reader.lanes.get(1)).toEqual({ id: 1, kind: utf8('rr'), op: utf8('fetch'), key: utf8('b') })
    expect(toHex(reader.entry(2))).toBe(toHex(entryDocument({ key: 'a' })))
    expect(() => reader.entry(3)).toThrow(RangeError)
  })

  it('serves each lane in file order, and tells what was never used', () => {
    using reader = openReader(scratchFile(cassetteBytes(['a', 'b', 'a', 'a'].map((key) => entryDocument({ key })))))
    expect(reader.peek(0)).toBe(0)
    expect(reader.consume(0)).toBe(true)
    expect(reader.consume(0)).toBe(false)
    expect(reader.consume(2)).toBe(true)
    expect(reader.peek(0)).toBe(3)
    expect(reader.nextInLane(0)).toBe(2)
    expect(reader.used).toBe(2)
    expect(reader.unused().map(({ lane, count, first }) => [lane.id, count, first])).toEqual([
      [0, 1, 3],
      [1, 1, 1],
    ])
    reader.consume(3)
    expect(reader.peek(0)).toBeUndefined()
    expect(reader.peek(7)).toBeUndefined()
  })

  it('reads entries of a file larger than a chunk, in order, backwards and at random', () => {
    const documents = Array.from({ length: 3000 }, (_, index) =>
      entryDocument({ key: `k${index % 5}`, resp: new Uint8Array(index % 900).fill(index) }),
    )
    const path = scratchFile(cassetteBytes(documents))
    using reader = openReader(path)
    expect(reader.count).toBe(3000)
    const orders = [
      documents.map((_, index) => index),
      documents.map((_, index) => documents.length - 1 - index),
      documents.map((_, index) => (index * 1709) % documents.length),
    ]
    for (const order of orders) {
      for (const index of order) expect(Buffer.compare(reader.entry(index), documents[index]!)).toBe(0)
    }
  })

  it('never overwrites what it handed out', () => {
    const documents = Array.from({ length: 4000 }, (_, index) =>
      entryDocument({ resp: new Uint8Array(500).fill(index) }),
    )
    using reader = openReader(scratchFile(cassetteBytes(documents)))
    const held = documents.map((_, index) => reader.entry(index))
    expect(held.every((entry, index) => Buffer.compare(entry, documents[index]!) === 0)).toBe(true)
  })

  it('notices that a large file was cut or changed while it is replayed', () => {
    const documents = Array.from({ length: 3000 }, () => entryDocument({ resp: new Uint8Array(500) }))
    const bytes = cassetteBytes(documents)
    const path = scratchFile(bytes)
    using reader = openReader(path)
    writeFileSync(
      path,
      bytes.map((byte) => byte ^ 0xff),
    )
    expect(() => reader.entry(0)).toThrow(expect.objectContaining({ code: 2002, entry: 0, offset: 0 }))
    truncateSync(path, 10)
    expect(() => reader.entry(2999)).toThrow(expect.objectContaining({ code: 2002 }))
  })

  it('serves a small file from what it was when opened', () => {
    const path = scratchFile(cassetteBytes(two))
    using reader = openReader(path)
    truncateSync(path, 0)
    expect(toHex(reader.entry(1))).toBe(toHex(two[1]!))
  })

  it('gives no entries once it is closed, and closes twice', () => {
    const reader = openReader(scratchFile(cassetteBytes(two)))
    reader.close()
    reader.close()
    expect(() => reader.entry(0)).toThrow(
      expect.objectContaining({ code: 2002, message: expect.stringContaining('it is closed') }),
    )
  })

  it('opens what holds whole entries and nothing else: every cut of a file is 2014', () => {
    const document = fc.record({ key: fc.string({ maxLength: 5 }), resp: fc.uint8Array({ maxLength: 9 }) })
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 3 }), (entries) => {
        const documents = entries.map((entry) => entryDocument(entry))
        const whole = cassetteBytes(documents)
        const ends = documents.map((_, index) => cassetteBytes(documents.slice(0, index + 1)).length)
        for (let length = 0; length <= whole.length; length += 7) {
          const path = scratchFile(whole.subarray(0, length))
          if (length === 0 || ends.includes(length)) expect(openReader(path).bytes).toBe(length)
          else expect(() => openReader(path)).toThrow(expect.objectContaining({ code: 2014 }))
        }
      }),
      { numRuns: 8 },
    )
  })
})

describe('a reader that keeps few pages of its index', () => {
  const documents = Array.from({ length: 30_000 }, (_, at) =>
    entryDocument({ key: at % 10_000 === 0 ? 'a' : `b${at % 3}` }),
  )

  it('reads the others again and says the same', () => {
    const path = scratchFile(cassetteBytes(documents))
    using few = openReader(path, { indexPages: 2 })
    using whole = openReader(path)
    for (let entry = 0; entry < documents.length; entry += 7) {
      const of = (reader: typeof few) => [
        reader.lane(entry),
        reader.nextInLane(entry),
        reader.length(entry),
        toHex(reader.entry(entry)),
      ]
      expect(of(few)).toEqual(of(whole))
    }
    expect(few.nextInLane(20_000)).toBeUndefined()
    expect(few.nextInLane(0)).toBe(10_000)
  })

  it('says that the file has changed where it has', () => {
    const path = scratchFile(cassetteBytes(documents))
    using few = openReader(path, { indexPages: 2 })
    writeFileSync(path, cassetteBytes(documents.map(() => entryDocument({ key: 'zz' }))))
    expect(() => few.lane(0)).toThrow('the file has changed since it was opened')
  })
})
