import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { openReader } from '../../src/format/cassette/index.ts'
import { createVirtualClock, encodeConfig, openCassette, RR_MODES } from '../../src/rr/index.ts'
import type { RrHandle, RrMode } from '../../src/rr/index.ts'
import { cassetteBytes, entryDocument, entryFields, fromHex, toHex } from '../format/cassette/samples.ts'
import { cassetteHex, cassettePath, configOf, outcome, rootWith } from './rr-samples.ts'

const a = entryDocument({ key: 'a', resp: fromHex('01') })
const b = entryDocument({ key: 'b', resp: fromHex('02') })
const a2 = entryDocument({ key: 'a', resp: fromHex('03') })

const ask = (handle: RrHandle, key: string, op = 'fetch', kind = 'rr') =>
  outcome(async () => toHex(await handle.next(kind, op, key)))

describe('the modes', () => {
  const table: [
    RrMode,
    { next: number | 'hit'; append: number | 'appends'; missing: number | 'opens'; damaged: number | 'opens' },
  ][] = [
    ['off', { next: 2012, append: 2013, missing: 'opens', damaged: 'opens' }],
    ['record_v1', { next: 2012, append: 'appends', missing: 'opens', damaged: 'opens' }],
    ['replay_v1', { next: 'hit', append: 2013, missing: 2002, damaged: 2014 }],
    ['record_missing_v1', { next: 'hit', append: 'appends', missing: 'opens', damaged: 2014 }],
    ['rewrite_v1', { next: 2012, append: 'appends', missing: 'opens', damaged: 'opens' }],
  ]
  it.each(table)('%s serves, appends and opens as its row says', async (mode, row) => {
    const root = rootWith([a])
    using handle = await openCassette(configOf(mode), { root })
    expect(await ask(handle, 'a')).toBe(row.next === 'hit' ? toHex(a) : row.next)
    expect(await outcome(() => handle.append(b))).toBe(row.append === 'appends' ? undefined : row.append)
    handle.close()
    const kept = mode === 'rewrite_v1' ? [b] : row.append === 'appends' ? [a, b] : [a]
    expect(cassetteHex(root)).toBe(toHex(cassetteBytes(kept)))

    const opened = async (place: string) => {
      const result = await outcome(async () => (await openCassette(configOf(mode), { root: place })).close())
      return result === true ? 'opens' : result
    }
    expect(await opened(rootWith())).toBe(row.missing)
    const torn = rootWith()
    writeFileSync(cassettePath(torn), cassetteBytes([a]).subarray(0, 50))
    expect(await opened(torn)).toBe(row.damaged)
  })

  it('are numbered as in X7RC', () => {
    expect(RR_MODES.map((mode) => encodeConfig(configOf(mode))[8])).toEqual([0, 1, 2, 3, 4])
  })

  it('take their configuration as bytes too', async () => {
    using handle = await openCassette(encodeConfig(configOf('replay_v1')), { root: rootWith([a]) })
    expect(await ask(handle, 'a')).toBe(toHex(a))
  })

  it('leave an existing cassette alone in rewrite_v1 until the first append', async () => {
    const root = rootWith([a])
    using handle = await openCassette(configOf('rewrite_v1'), { root })
    handle.close()
    expect(cassetteHex(root)).toBe(toHex(cassetteBytes([a])))
  })

  it('never create folders', async () => {
    const root = rootWith()
    using handle = await openCassette({ ...configOf('record_v1'), path: 'sub/c.rrbin' }, { root })
    expect(await outcome(() => handle.append(a))).toBe(2002)
    expect(existsSync(join(root, '.x07_rr', 'sub'))).toBe(false)
  })

  it('write nothing where the run may only read', async () => {
    const root = rootWith([a])
    using handle = await openCassette(configOf('record_missing_v1'), { root, readOnly: true })
    expect(await outcome(() => handle.append(b))).toBe(2002)
    expect(await ask(handle, 'a')).toBe(toHex(a))
  })
})

describe('lookup', () => {
  it('serves equal calls in file order, once each, and different ones in any order', async () => {
    using handle = await openCassette(configOf('replay_v1'), { root: rootWith([a, b, a2]) })
    expect(await ask(handle, 'b')).toBe(toHex(b))
    expect(await ask(handle, 'a')).toBe(toHex(a))
    expect(await ask(handle, 'a')).toBe(toHex(a2))
    expect(await ask(handle, 'a')).toBe(2009)
  })

  it('matches kind, op and key exactly', async () => {
    using handle = await openCassette(configOf('replay_v1'), { root: rootWith([a]) })
    expect(await ask(handle, 'A')).toBe(2009)
    expect(await ask(handle, '')).toBe(2009)
    expect(await ask(handle, 'a', 'fetc')).toBe(2009)
    expect(await ask(handle, 'a', 'fetch', '')).toBe(2009)
    expect(await ask(handle, 'a')).toBe(toHex(a))
  })

  it('takes text and bytes for the same', async () => {
    using handle = await openCassette(configOf('replay_v1'), { root: rootWith([a, a2]) })
    expect(toHex(await handle.next(Buffer.from('rr'), 'fetch', Buffer.from('a')))).toBe(toHex(a))
    expect(toHex(await handle.next('rr', 'fetch', 'a'))).toBe(toHex(a2))
  })

  it('goes by the call, whatever the one before it asked for', async () => {
    using handle = await openCassette(configOf('replay_v1'), { root: rootWith([a, b, a2]) })
    expect(await ask(handle, 'a')).toBe(toHex(a))
    expect(toHex(await handle.next('rr', 'fetch', Buffer.from('b')))).toBe(toHex(b))
    expect(await ask(handle, 'a')).toBe(toHex(a2))
  })

  it('looks at bytes anew although the array is the one of the call before', async () => {
    using handle = await openCassette(configOf('replay_v1'), { root: rootWith([a, b]) })
    const key = Buffer.from('a')
    expect(toHex(await handle.next('rr', 'fetch', key))).toBe(toHex(a))
    key[0] = 0x62
    expect(toHex(await handle.next('rr', 'fetch', key))).toBe(toHex(b))
  })

  it('names what was asked and the nearest that was recorded', async () => {
    using handle = await openCassette(configOf('replay_v1'), { root: rootWith([a]) })
    await expect(handle.next('rr', 'fetch', 'c')).rejects.toThrow(
      'next in "c.rrbin" for kind "rr", op "fetch", key "c": nothing was recorded for it, ' +
        'nearest is kind "rr", op "fetch", key "a"; record again if the program has changed',
    )
    await handle.next('rr', 'fetch', 'a')
    await expect(handle.next('rr', 'fetch', 'a')).rejects.toThrow('every entry recorded for it is used')
  })
})

describe('transcript', () => {
  it('serves entries in file order and does not look at the key', async () => {
    using handle = await openCassette(configOf('replay_v1', 'transcript_v1'), { root: rootWith([a, b]) })
    expect(await ask(handle, 'whatever')).toBe(toHex(a))
    expect(await ask(handle, 'a')).toBe(toHex(b))
    expect(await ask(handle, 'a')).toBe(2009)
  })

  it('consumes the entry whose kind or op differs, kind first', async () => {
    const other = entryDocument({ kind: 'http', op: 'get' })
    using handle = await openCassette(configOf('replay_v1', 'transcript_v1'), { root: rootWith([other, a, b]) })
    expect(await ask(handle, 'a')).toBe(2010)
    expect(await ask(handle, 'a', 'send')).toBe(2011)
    expect(await ask(handle, 'a')).toBe(toHex(b))
    expect(handle.stats()).toContain('"used":0')
  })

  it('stays at its end although entries are appended', async () => {
    using handle = await openCassette(configOf('record_missing_v1', 'transcript_v1'), { root: rootWith([a]) })
    handle.append(b)
    expect(await ask(handle, 'x')).toBe(toHex(a))
    expect(await ask(handle, 'x')).toBe(toHex(b))
    expect(await ask(handle, 'x')).toBe(2009)
    handle.append(a2)
    expect(await ask(handle, 'x')).toBe(2009)
  })
})

describe('budgets', () => {
  const size = BigInt(cassetteBytes([a]).length)

  it('refuse a key that is asked for before anything is matched', async () => {
    for (const matchMode of ['lookup_v1', 'transcript_v1'] as const) {
      using handle = await openCassette(configOf('replay_v1', matchMode, { maxKeyBytes: 1 }), { root: rootWith([a]) })
      expect(await ask(handle, 'aa')).toBe(2007)
      expect(await ask(handle, 'ü')).toBe(2007)
      expect(await ask(handle, 'a')).toBe(toHex(a))
    }
  })

  it.each([
    ['an entry that is none', fromHex('00'), {}, 2008],
    ['a key', a, { maxKeyBytes: 0 }, 2007],
    ['a req', entryDocument({ req: fromHex('00') }), { maxReqBytes: 0 }, 2005],
    ['a resp', a, { maxRespBytes: 0 }, 2006],
    ['the number of entries', a, { maxEntries: 1 }, 2004],
    ['the size', a, { maxCassetteBytes: size * 2n - 1n }, 2003],
    ['a resp before the number of entries', a, { maxRespBytes: 0, maxEntries: 0 }, 2006],
    ['the number of entries before the size', a, { maxEntries: 0, maxCassetteBytes: 0n }, 2004],
  ])('refuse an append for %s, and write nothing', async (_name, document, limits, code) => {
    const root = rootWith()
    using handle = await openCassette(configOf('record_v1', 'lookup_v1', limits), { root })
    await outcome(() => handle.append(a))
    expect(await outcome(() => handle.append(document))).toBe(code)
    const written = existsSync(cassettePath(root)) ? cassetteHex(root) : ''
    expect([toHex(cassetteBytes([a])), '']).toContain(written)
  })

  it('count what was loaded in record_missing_v1, and only what was appended in the others', async () => {
    const limits = { maxCassetteBytes: size, maxEntries: 1 }
    for (const [mode, code] of [
      ['record_missing_v1', 2004],
      ['record_v1', undefined],
      ['rewrite_v1', undefined],
    ] as const) {
      using handle = await openCassette(configOf(mode, 'lookup_v1', limits), { root: rootWith([a]) })
      expect(await outcome(() => handle.append(a))).toBe(code)
    }
  })
})

describe('stats', () => {
  it('are the bytes of X07', async () => {
    const root = rootWith([a, b])
    using handle = await openCassette(configOf('record_missing_v1'), { root })
    await handle.next('rr', 'fetch', 'b')
    handle.append(a2)
    expect(handle.stats()).toBe('{"v":1,"mode":3,"match_mode":0,"cassettes":1,"entries":3,"used":1,"bytes":186}')
  })

  it('tell the mode that a rewrite has become', async () => {
    using handle = await openCassette(configOf('rewrite_v1', 'transcript_v1'), { root: rootWith([a]) })
    expect(handle.stats()).toBe('{"v":1,"mode":4,"match_mode":1,"cassettes":1,"entries":0,"used":0,"bytes":0}')
    handle.append(b)
    expect(handle.stats()).toBe('{"v":1,"mode":1,"match_mode":1,"cassettes":1,"entries":1,"used":0,"bytes":0}')
  })
})

describe('latency', () => {
  const slow = (key: string, latencyTicks: number) => entryDocument({ key, latencyTicks })

  it('passes on the clock with a hit, and not with a miss', async () => {
    const clock = createVirtualClock()
    using handle = await openCassette(configOf('replay_v1'), { root: rootWith([slow('a', 50), slow('b', 7)]), clock })
    await ask(handle, 'a')
    await ask(handle, 'none')
    await ask(handle, 'b')
    expect(clock.now()).toBe(57)
  })

  it('overlaps for calls that wait at the same time', async () => {
    const clock = createVirtualClock()
    using handle = await openCassette(configOf('replay_v1'), { root: rootWith([slow('a', 50), slow('b', 7)]), clock })
    await Promise.all([ask(handle, 'a'), ask(handle, 'b')])
    expect(clock.now()).toBe(50)
  })
})

describe('begin', () => {
  it('counts begins and ends of all entries in one row', async () => {
    const root = rootWith()
    using handle = await openCassette(configOf('record_v1'), { root })
    const first = handle.begin()
    const second = handle.begin()
    handle.appendEntry(entryFields({ key: 'second', seq: second }))
    const third = handle.begin()
    handle.appendEntry(entryFields({ key: 'first', seq: first }))
    handle.appendEntry(entryFields({ key: 'third', seq: third }))
    expect([first, second, third]).toEqual([0, 1, 3])
    handle.close()
    using reader = openReader(cassettePath(root))
    expect([0, 1, 2].map((index) => reader.begin(index))).toEqual([1, 0, 3])
  })

  it.each([
    ['record_v1', 4],
    ['record_missing_v1', 4],
    ['rewrite_v1', 0],
  ] as const)('goes on in %s behind what the cassette holds', async (mode, position) => {
    const root = rootWith([entryDocument({ seq: 0 }), entryDocument({ seq: 1 })])
    using handle = await openCassette(configOf(mode), { root })
    expect(handle.begin()).toBe(position)
  })

  it('is refused where nothing can be appended', async () => {
    const root = rootWith([a])
    using replay = await openCassette(configOf('replay_v1'), { root })
    expect(await outcome(() => replay.begin())).toBe(2013)
    using record = await openCassette({ ...configOf('record_v1'), path: 'torn' }, { root })
    writeFileSync(join(root, '.x07_rr', 'torn'), cassetteBytes([a]).subarray(0, 50))
    expect(await outcome(() => record.begin())).toBe(2014)
  })
})

describe('appendEntry', () => {
  it('encodes each entry apart from the next, in the file and for a later next', async () => {
    const root = rootWith()
    using handle = await openCassette(configOf('record_missing_v1'), { root })
    for (const key of ['a', 'b', 'c']) handle.appendEntry(entryFields({ key }))
    expect(cassetteHex(root)).toBe(toHex(cassetteBytes(['a', 'b', 'c'].map((key) => entryDocument({ key })))))
    for (const key of ['b', 'a', 'c']) expect(await ask(handle, key)).toBe(toHex(entryDocument({ key })))
  })

  it('keeps its own copy of what append was given', async () => {
    using handle = await openCassette(configOf('record_missing_v1'), { root: rootWith() })
    const document = Buffer.from(a)
    handle.append(document)
    document.fill(0)
    expect(await ask(handle, 'a')).toBe(toHex(a))
  })

  it('appends nothing of an entry that cannot be encoded', async () => {
    const root = rootWith()
    using handle = await openCassette(configOf('record_v1'), { root })
    expect(() => handle.appendEntry(entryFields({ seq: -1 }))).toThrow(RangeError)
    expect(handle.stats()).toContain('"entries":0,')
  })
})

describe('a closed handle', () => {
  it('traps on everything but close', async () => {
    const handle = await openCassette(configOf('record_missing_v1'), { root: rootWith([a]) })
    expect(handle.close()).toBe(true)
    expect(handle.close()).toBe(false)
    const trap = 'rr invalid handle'
    expect(await ask(handle, 'a')).toBe(trap)
    expect(await outcome(() => handle.append(a))).toBe(trap)
    expect(await outcome(() => handle.stats())).toBe(trap)
    expect(await outcome(() => handle.begin())).toBe(trap)
    expect(await outcome(() => handle.flush())).toBe(trap)
  })
})
