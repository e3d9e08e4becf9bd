import { mkdirSync, readdirSync, readFileSync, rmdirSync, truncateSync, writeFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { openWriter } from '../../src/format/cassette/index.ts'
import { createVirtualClock, currentCassette, entryErr, openCassette, withConfig } from '../../src/rr/index.ts'
import { cassetteBytes, entryDocument, fromHex, toHex, utf8 } from '../format/cassette/samples.ts'
import { cassetteHex, cassettePath, configOf, outcome, rootWith } from './rr-samples.ts'

const first = entryDocument({ key: 'a', resp: utf8('one') })
const second = entryDocument({ key: 'b', resp: utf8('two') })

/** Repetitions after which a leak of one file each cannot hide behind what the test runner itself opens and closes. */
const ROUNDS = 60
const openFiles = () => readdirSync('/dev/fd').length

describe('bugs of X07 that are not here', () => {
  it.each([
    ['an empty file', []],
    ['a shorter file', [entryDocument({ key: '', op: '', resp: utf8('') })]],
    ['a file of the same entry with a longer err', [entryDocument({ key: 'a', resp: utf8('one'), err: 12_345 })]],
  ])('1: what was appended is served from its own bytes, onto %s', async (_name, before) => {
    using handle = await openCassette(configOf('record_missing_v1'), { root: rootWith(before) })
    const nameless = entryDocument({ kind: '', op: '', key: '', resp: utf8('nameless') })
    for (const document of [second, nameless]) handle.append(document)
    expect(toHex(await handle.next('rr', 'fetch', 'b'))).toBe(toHex(second))
    expect(toHex(await handle.next('', '', ''))).toBe(toHex(nameless))
    expect(await outcome(() => handle.next('rr', 'fetch', 'b'))).toBe(2009)
  })

  it('2: a write that fails is an error of the append, however small the entry', () => {
    const writer = openWriter(cassettePath(rootWith()), {
      io: {
        write: () => {
          throw new Error('ENOSPC: no space left on device, write')
        },
        truncate: () => {},
        sync: () => {},
      },
    })
    expect(() => writer.append(first)).toThrow(expect.objectContaining({ code: 2002 }))
    writer.close()
  })

  it('3: nothing is written behind a torn tail, and what was whole stays readable after the cut', async () => {
    const root = rootWith()
    const torn = cassetteBytes([first, second]).subarray(0, 150)
    writeFileSync(cassettePath(root), torn)
    using handle = await openCassette(configOf('record_v1'), { root })
    expect(await outcome(() => handle.append(second))).toBe(2014)
    expect(cassetteHex(root)).toBe(toHex(torn))
  })

  it('4: an open that fails keeps no file open', async () => {
    const root = rootWith()
    const before = openFiles()
    const bad = [fromHex('ff'), fromHex('00000000'), new Uint8Array(1_100_000).fill(255)]
    for (let round = 0; round < ROUNDS; round++) {
      writeFileSync(cassettePath(root), bad[round % bad.length]!)
      expect([2008, 2014]).toContain(await outcome(() => openCassette(configOf('replay_v1'), { root })))
      using handle = await openCassette(configOf('record_v1'), { root })
      expect([2008, 2014]).toContain(await outcome(() => handle.append(first)))
    }
    expect(openFiles() - before).toBeLessThan(ROUNDS / 2)
  })

  it('4: a close lets go of the files, of a cassette larger than is kept in memory too', async () => {
    const root = rootWith([entryDocument({ resp: new Uint8Array(1_100_000) })])
    const before = openFiles()
    for (let round = 0; round < ROUNDS; round++) {
      const handle = await openCassette(configOf('replay_v1'), { root })
      handle.close()
      openWriter(cassettePath(rootWith())).close()
    }
    expect(openFiles() - before).toBeLessThan(ROUNDS / 2)
  })

  it('5: a rewrite whose open failed is still a rewrite', async () => {
    const root = rootWith()
    mkdirSync(cassettePath(root))
    using handle = await openCassette(configOf('rewrite_v1'), { root })
    expect(await outcome(() => handle.append(second))).toBe(2002)
    expect(handle.stats()).toContain('"mode":4')
    rmdirSync(cassettePath(root))
    writeFileSync(cassettePath(root), cassetteBytes([first]))
    handle.append(second)
    expect(cassetteHex(root)).toBe(toHex(cassetteBytes([second])))
  })

  it('a rewriting handle does not write over what another one has appended meanwhile', async () => {
    const root = rootWith([second])
    using rewriting = await openCassette(configOf('rewrite_v1'), { root })
    using recording = await openCassette(configOf('record_v1'), { root })
    const third = entryDocument({ key: 'c', resp: utf8('one') })
    rewriting.append(first)
    recording.append(second)
    rewriting.append(third)
    expect(cassetteHex(root)).toBe(toHex(cassetteBytes([first, second, third])))
  })

  it('6: a handle may be closed or appended to while an entry of it waits', async () => {
    const slow = entryDocument({ key: 'a', resp: utf8('slow'), latencyTicks: 9 })
    for (const meanwhile of ['close', 'append'] as const) {
      const idle: (() => void)[] = []
      const clock = createVirtualClock((callback) => idle.push(callback))
      const handle = await openCassette(configOf('record_missing_v1'), { root: rootWith([slow]), clock })
      const waiting = handle.next('rr', 'fetch', 'a')
      if (meanwhile === 'close') handle.close()
      else for (let count = 0; count < 100; count++) handle.append(second)
      idle.shift()?.()
      expect(toHex(await waiting)).toBe(toHex(slow))
      handle.close()
    }
  })

  it('7: the current cassette belongs to the task, and ends with its scope when that is cancelled', async () => {
    const root = rootWith([first])
    const controller = new AbortController()
    const forever = Promise.withResolvers<void>()
    const cancelled = withConfig(configOf('replay_v1'), () => forever.promise, { root, signal: controller.signal })
    const other = withConfig(
      configOf('replay_v1'),
      async (handle) => {
        controller.abort(new Error('stop'))
        await Promise.allSettled([cancelled])
        return currentCassette() === handle
      },
      { root },
    )
    expect(await other).toBe(true)
    expect(currentCassette()).toBeUndefined()
  })

  it('11: counts and lengths that lie cost nothing', async () => {
    const before = process.memoryUsage().arrayBuffers
    for (const payload of ['0105ffffffff', '010501000000ffffffff', '010501000000010000006104ffffffff']) {
      const root = rootWith([fromHex(payload)])
      expect(await outcome(() => openCassette(configOf('replay_v1'), { root }))).toBe(2008)
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })

  it('12: an err that cannot be read is an error that can be caught, when it is read', async () => {
    const odd = fromHex(toHex(first).replace('02'.concat('01000000', '30'), '02'.concat('01000000', '2d')))
    using handle = await openCassette(configOf('replay_v1'), { root: rootWith([odd]) })
    const document = await handle.next('rr', 'fetch', 'a')
    expect(await outcome(() => entryErr(document))).toBe('rr.entry_err_v1 invalid err')
    expect(handle.stats()).toContain('"used":1')
  })

  it('14: a file near or over 4 GiB is judged like any other', async () => {
    const root = rootWith([])
    const open = (size: number, limits = {}) => {
      truncateSync(cassettePath(root), size)
      return outcome(() => openCassette(configOf('replay_v1', 'lookup_v1', limits), { root }))
    }
    expect(await open(2 ** 32)).toBe(2002)
    expect(await open(2 ** 32, { maxCassetteBytes: 2n ** 32n - 1n })).toBe(2003)
    for (const size of [2 ** 32 - 1, 2 ** 32 - 31, 2 ** 31 + 5]) expect(await open(size)).toBe(2008)
  })
})

describe('what looks like a bug of X07 and is relied on', () => {
  it('8: a transcript mismatch consumes its entry', async () => {
    using handle = await openCassette(configOf('replay_v1', 'transcript_v1'), { root: rootWith([first, second]) })
    expect(await outcome(() => handle.next('rr', 'other', 'a'))).toBe(2011)
    expect(toHex(await handle.next('rr', 'fetch', 'a'))).toBe(toHex(second))
  })

  it('recording twice keeps the old entries first', async () => {
    const root = rootWith([first])
    using handle = await openCassette(configOf('record_v1'), { root })
    handle.append(first)
    expect(readFileSync(cassettePath(root)).length).toBe(cassetteBytes([first, first]).length)
  })
})
