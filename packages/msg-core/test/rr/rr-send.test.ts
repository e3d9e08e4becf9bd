import { truncateSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, gunzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { collectBytes, createVirtualClock, RR_SEND_OP, rrSend, withConfig } from '../../src/rr/index.ts'
import type { RrHandle, RrMode } from '../../src/rr/index.ts'
import { entryDocument, utf8 } from '../format/cassette/samples.ts'
import { cassettePath, configOf, MIB, outcome, rootWith, rootWithLarge } from './rr-samples.ts'

const sent = (key: string, resp: string, more: { err?: number; latencyTicks?: number } = {}): Uint8Array =>
  entryDocument({ op: RR_SEND_OP, key, resp: utf8(resp), ...more })

const replaying = <Result>(documents: readonly Uint8Array[], body: (handle: RrHandle) => Promise<Result>) =>
  withConfig(configOf('replay_v1'), body, { root: rootWith(documents) })

async function sizes(stream: ReadableStream<Uint8Array>): Promise<number[]> {
  const found: number[] = []
  for await (const chunk of stream) found.push(chunk.length)
  return found
}

const textOf = async (stream: ReadableStream<Uint8Array>): Promise<string> =>
  Buffer.from(await collectBytes(stream)).toString()

const digits = '0123456789'

describe('rrSend', () => {
  it("does what X07's pipe of source and collecting sink does", () =>
    replaying([sent('K', digits)], async () => {
      const limits = {
        chunkMaxBytes: 64,
        bufreadCapBytes: 64,
        maxInBytes: 1_048_576,
        maxOutBytes: 1_048_576,
        maxItems: 1_048_576,
      }
      expect(Buffer.from(await collectBytes(rrSend('K', limits), limits)).toString()).toBe(digits)
      expect(await outcome(() => collectBytes(rrSend('K', limits)))).toBe(2009)
    }))

  it('gives chunks no larger than the smaller of two limits', () =>
    replaying([sent('K', digits), sent('K', digits), sent('K', digits), sent('E', '')], async () => {
      expect(await sizes(rrSend('K', { chunkMaxBytes: 4 }))).toEqual([4, 4, 2])
      expect(await sizes(rrSend('K', { bufreadCapBytes: 8, maxItems: 2, maxInBytes: 10 }))).toEqual([8, 2])
      expect(await sizes(rrSend(utf8('K'), { chunkMaxBytes: 5 }))).toEqual([5, 5])
      expect(await sizes(rrSend('E', { maxItems: 0, maxInBytes: 0 }))).toEqual([])
    }))

  it('composes with a TransformStream and with the streams of Node', () =>
    replaying([sent('K', digits), sent('K', digits)], async () => {
      const next = new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => controller.enqueue(chunk.map((byte) => byte + 1)),
      })
      expect(await textOf(rrSend('K', { chunkMaxBytes: 3 }).pipeThrough(next))).toBe('123456789:')
      const zipped = createGzip()
      const [bytes] = await Promise.all([
        Readable.from(zipped).toArray(),
        pipeline(Readable.fromWeb(rrSend('K', { chunkMaxBytes: 3 })), zipped),
      ])
      expect(gunzipSync(Buffer.concat(bytes as Buffer[])).toString()).toBe(digits)
    }))

  it.each([
    ['K', { maxInBytes: 9 }, { name: 'StreamBudgetError', code: 2 }],
    ['K', { chunkMaxBytes: 3, maxItems: 3 }, { name: 'StreamBudgetError', code: 4 }],
    ['other', {}, { name: 'RrError', code: 2009 }],
    ['a key over the budget', {}, { name: 'RrError', code: 2007 }],
    ['failed', {}, { name: 'RecordedError', code: -7 }],
  ] as const)('fails with the real code: %s %j', async (key, limits, error) => {
    const root = rootWith([sent('K', digits), sent('failed', digits, { err: -7 })])
    await withConfig(
      configOf('replay_v1', 'lookup_v1', { maxKeyBytes: 8 }),
      () => expect(sizes(rrSend(key, limits))).rejects.toMatchObject(error),
      { root },
    )
  })

  it('fails with the real code in transcript mode, and in a mode that does not replay', async () => {
    const root = rootWith([entryDocument({ kind: 'http' }), entryDocument({ op: 'fetch' })])
    await withConfig(
      configOf('replay_v1', 'transcript_v1'),
      async () => {
        for (const code of [2010, 2011, 2009]) expect(await outcome(() => sizes(rrSend('K')))).toBe(code)
      },
      { root },
    )
    for (const mode of ['off', 'record_v1', 'rewrite_v1'] as const) {
      expect(await withConfig(configOf(mode), () => outcome(() => sizes(rrSend('K'))), { root })).toBe(2012)
    }
  })

  it('fails for an entry whose err is not a number that X07 reads', async () => {
    const document = sent('K', digits)
    document[Buffer.from(document).indexOf('err') + 8] = 0x78
    await replaying([document], async () => {
      expect(await outcome(() => sizes(rrSend('K')))).toBe('rr.entry_err_v1 invalid err')
    })
  })

  it('refuses a limit that cannot be one, and a call outside of a scope', async () => {
    expect(await outcome(() => sizes(rrSend('K')))).toBe('rr invalid handle')
    await replaying([sent('K', digits)], async () => {
      for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => rrSend('K', { chunkMaxBytes: limit })).toThrow(`limit chunkMaxBytes is ${limit}, must be`)
      }
      expect(() => rrSend('K', { maxInBytes: Number.NaN })).toThrow(RangeError)
    })
  })

  it('takes the entry at the first read, after its latency', async () => {
    const clock = createVirtualClock()
    await withConfig(
      configOf('replay_v1'),
      async () => {
        const unread = rrSend('K')
        expect(await textOf(rrSend('K'))).toBe('first')
        expect(clock.now()).toBe(50)
        expect(await textOf(unread)).toBe('second')
      },
      { root: rootWith([sent('K', 'first', { latencyTicks: 50 }), sent('K', 'second')]), clock },
    )
  })

  it('gives chunks that are the own of who reads them', () =>
    replaying([sent('K', digits)], async (handle) => {
      const before = Uint8Array.from(handle.reader!.entry(0))
      for await (const chunk of rrSend('K', { chunkMaxBytes: 4 })) chunk.fill(0)
      expect(handle.reader!.entry(0)).toEqual(before)
    }))

  it('fails once its cassette is closed', async () => {
    const left = await replaying([sent('K', digits)], async () => {
      const reader = rrSend('K', { chunkMaxBytes: 4 }).getReader()
      await reader.read()
      return reader
    })
    expect(await outcome(() => left.read())).toBe('rr invalid handle')
  })
})

describe('collectBytes', () => {
  it('fails above what it takes, and cancels its stream', () =>
    replaying([sent('K', digits)], async () => {
      let cancelled = false
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(4)),
        cancel: () => void (cancelled = true),
      })
      await expect(collectBytes(endless, { maxOutBytes: 9 })).rejects.toMatchObject({ code: 3 })
      expect(cancelled).toBe(true)
      await expect(collectBytes(rrSend('K'), { maxOutBytes: 9 })).rejects.toMatchObject({ code: 3 })
    }))
})

describe('a response larger than what is held at once', () => {
  it('is told from one that was cut meanwhile, or whose cassette was closed', async () => {
    const root = rootWithLarge(16 * MIB)
    const left = await withConfig(
      configOf('replay_v1'),
      async () => {
        const reader = rrSend('K').getReader()
        expect((await reader.read()).value?.length).toBe(64 * 1024)
        return reader
      },
      { root },
    )
    expect(await outcome(() => left.read())).toBe('rr invalid handle')
    await withConfig(
      configOf('replay_v1'),
      async () => {
        truncateSync(cassettePath(root), MIB)
        expect(await outcome(() => sizes(rrSend('K')))).toBe(2002)
      },
      { root },
    )
  })
})

describe('a response that is not recorded yet', () => {
  async function* live(): AsyncGenerator<Uint8Array> {
    const memory = utf8('from ')
    yield memory
    memory.set(utf8('afar '))
    yield memory.subarray(0, 4)
  }

  const run = (root: string, mode: RrMode, asked: string[] = []) =>
    withConfig(
      configOf(mode),
      () => textOf(rrSend('K', { chunkMaxBytes: 4 }, { live: () => (asked.push(mode), live()) })),
      { root },
    )

  it('is passed on, recorded once it has ended, and played from then on', async () => {
    const root = rootWith()
    const asked: string[] = []
    for (const mode of ['record_missing_v1', 'record_missing_v1', 'replay_v1', 'rewrite_v1', 'replay_v1'] as const) {
      expect(await run(root, mode, asked)).toBe('from afar')
    }
    expect(asked).toEqual(['record_missing_v1', 'rewrite_v1'])
  })

  it('is not recorded where its reader leaves early, it fails, or it passes a limit or a budget', async () => {
    const root = rootWith()
    await withConfig(
      configOf('record_v1', 'lookup_v1', { maxRespBytes: 8 }),
      async (handle) => {
        const reader = rrSend('K', { chunkMaxBytes: 1 }, { live }).getReader()
        expect(Buffer.from((await reader.read()).value!).toString()).toBe('f')
        await reader.cancel()
        await expect(sizes(rrSend('K', { maxInBytes: 6 }, { live }))).rejects.toMatchObject({ code: 2 })
        expect(await outcome(() => sizes(rrSend('K', {}, { live })))).toBe(2006)
        let given = 0
        async function* long(): AsyncGenerator<Uint8Array> {
          for (; given < 100; given++) yield new Uint8Array(4)
        }
        expect(await outcome(() => sizes(rrSend('K', {}, { live: long })))).toBe(2006)
        expect(given).toBe(2)
        const broken = () => Promise.reject(new Error('down'))
        await expect(sizes(rrSend('K', {}, { live: broken }))).rejects.toThrow('down')
        expect(handle.stats()).toContain('"entries":0')
      },
      { root },
    )
    expect(await outcome(() => run(root, 'replay_v1'))).toBe(2002)
  })
})
