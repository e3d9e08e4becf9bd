import { describe, expect, it } from 'vitest'

import { decodeConfig, encodeConfig } from '../../src/rr/index.ts'
import type { RrConfig } from '../../src/rr/index.ts'
import { fromHex, toHex, utf8 } from '../format/cassette/samples.ts'
import { outcome } from './rr-samples.ts'

const example = '5837524301000000020000000000100000000000640000000004000000000200000100000b000000736d6f6b652e727262696e'
const config: RrConfig = {
  mode: 'replay_v1',
  matchMode: 'lookup_v1',
  limits: {
    maxCassetteBytes: 1_048_576n,
    maxEntries: 100,
    maxReqBytes: 1024,
    maxRespBytes: 131_072,
    maxKeyBytes: 256,
  },
  path: 'smoke.rrbin',
}

/** The example with other bytes from `at` on. */
const changed = (at: number, ...bytes: number[]) => {
  const copy = fromHex(example)
  copy.set(bytes, at)
  return copy
}

describe('X7RC', () => {
  it('is written and read as X07 does', () => {
    expect(toHex(encodeConfig(config))).toBe(example)
    expect(decodeConfig(fromHex(example))).toEqual({ ...config, path: utf8('smoke.rrbin') })
  })

  it('carries limits up to the ends of their ranges', () => {
    const limits = {
      maxCassetteBytes: 0xffff_ffff_ffff_ffffn,
      maxEntries: 0xffff_ffff,
      maxReqBytes: 0,
      maxRespBytes: 0xffff_ffff,
      maxKeyBytes: 0,
    }
    expect(decodeConfig(encodeConfig({ ...config, limits })).limits).toEqual(limits)
    expect(() => encodeConfig({ ...config, limits: { ...limits, maxEntries: 2 ** 32 } })).toThrow(
      'encode rr configuration: max_entries is 4294967296, expected a u32',
    )
    expect(() => encodeConfig({ ...config, limits: { ...limits, maxCassetteBytes: -1n } })).toThrow(
      'encode rr configuration: max_cassette_bytes is -1, expected a u64',
    )
  })

  it('does not look at reserved bytes', () => {
    expect(decodeConfig(changed(6, 1, 2)).mode).toBe('replay_v1')
    expect(decodeConfig(changed(10, 1, 2)).mode).toBe('replay_v1')
  })

  it.each([
    ['39 bytes', fromHex(example).subarray(0, 39), 2000],
    ['another magic', changed(3, 0x44), 2000],
    ['version 2', changed(4, 2), 2001],
    ['version 257', changed(5, 1), 2001],
    ['version 2 and mode 9', changed(4, 2, 0, 0, 0, 9), 2001],
    ['mode 5', changed(8, 5), 2000],
    ['match mode 2', changed(9, 2), 2000],
    ['a path length one short', changed(36, 10), 2000],
    ['a path length of 4 GiB', changed(36, 255, 255, 255, 255), 2000],
    ['a path that goes up', fromHex(`${example.slice(0, 72)}020000002e2e`), 2000],
    ['no path', fromHex(`${example.slice(0, 72)}00000000`), 2000],
  ])('refuses %s', async (_name, bytes, code) => {
    expect(await outcome(() => decodeConfig(bytes))).toBe(code)
  })
})
