import { array, assert, nat, oneof, property, tuple, uint8Array } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  codecs,
  compressionOf,
  compressSnappy,
  decompressLz4,
  decompressSnappy,
  type CompressionName,
} from '../../../src/protocol/compression/index.ts'
import { xxhash32 } from '../../../src/protocol/compression/xxhash32.ts'

const limit = 1_048_576
const names = Object.keys(codecs) as CompressionName[]
const hex = (digits: string): Buffer => Buffer.from(digits.replace(/\s/g, ''), 'hex')
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const repeated = '{"n":1}'

describe('bytes that other programs wrote', () => {
  test.each<[string, CompressionName, string]>([
    ['gzip, one member', 'gzip', '1f8b0800000000000003ab56ca53b232acad46a1007e1c87bf15000000'],
    ['zstd, with its size', 'zstd', '28b52ffd24156d0000387b226e223a317d0100928b117d93ce4d'],
    ['zstd, a stream', 'zstd', '28b52ffd04586d0000387b226e223a317d0100928b117d93ce4d'],
    ['zstd, two frames', 'zstd', '28b52ffd2007390000 7b226e223a317d 28b52ffd200e710000 7b226e223a317d7b226e223a317d'],
    ['snappy, raw with a copy', 'snappy', '15507b226e223a317d7b226e223a317d7b226e223a317d'],
    ['snappy, raw with an overlapping copy', 'snappy', '15 18 7b226e223a317d 36 0700'],
    [
      'snappy, xerial in two blocks',
      'snappy',
      '82534e4150505900 00000001 00000001 00000009 07187b226e223a317d 0000000b 0e187b226e223a317d 0d07',
    ],
    [
      'lz4, checksums and size',
      'lz4',
      '04224d187c4015000000000000007310000000757b226e223a317d0700506e223a317dfae31a25000000007cfad3cd',
    ],
    ['lz4, bare', 'lz4', '04224d1860408210000000757b226e223a317d0700506e223a317d00000000'],
    [
      'lz4, a block that is not compressed',
      'lz4',
      '04224d18604082 15000080 7b226e223a317d7b226e223a317d7b226e223a317d 00000000',
    ],
    [
      'lz4, behind a frame to pass over',
      'lz4',
      '532a4d18 03000000 010203 04224d1860408210000000757b226e223a317d0700506e223a317d00000000',
    ],
  ])('%s', (_what, name, digits) => {
    expect(latin1(codecs[name].decompress(hex(digits), limit))).toBe(repeated.repeat(3))
  })

  test('lz4, blocks that reach back into the block before, with checksums', () => {
    const written =
      'BCJNGFxAUDQDAAAAAABbEQEAAH97Im4iOjF9BwD/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////4VA6MX17IgNxv48KAQAAD/7//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////+hQfXsibiLt8Ij+EQEAAH86MX17Im4iBwD/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////4VAibiI6MVT06mo+AAAAD/7//////////////////////////////////////////////////////////////////////2xQbiI6MX1nUVQhAAAAAD3V3bE='
    expect(latin1(decompressLz4(Buffer.from(written, 'base64'), limit))).toBe(repeated.repeat(30_000))
  })

  test('lz4, a frame of nothing', () => {
    expect(decompressLz4(hex('04224d186440a700000000055dcc02'), limit)).toHaveLength(0)
  })
})

test.each([
  ['', 0x02cc5d05],
  ['a', 0x550d7456],
  ['abcdefghijklmno', 0xb918a375],
  ['abcdefghijklmnopqrstuvwxyz', 0x63a14d5f],
  [repeated.repeat(1000), 0xd6e33075],
])('xxHash32 $#', (text, hash) => {
  expect(xxhash32(Buffer.from(text))).toBe(hash)
})

/** Bytes that compress and bytes that do not. */
const contents = oneof(
  uint8Array({ maxLength: 300 }),
  tuple(uint8Array({ minLength: 1, maxLength: 40 }), nat(6_000), uint8Array({ maxLength: 40 })).map(
    ([part, times, rest]) => Buffer.concat([...Array.from({ length: times }, () => part), rest]),
  ),
)

describe.each(names)('%s', (name) => {
  const codec = codecs[name]

  test('gives back what it was given', () => {
    assert(
      property(contents, (bytes) => {
        expect(Buffer.from(codec.decompress(codec.compress(bytes), limit)).equals(bytes)).toBe(true)
      }),
    )
  })

  test('gives back megabytes that do not compress', () => {
    let seed = 1
    const bytes = Buffer.alloc(300_000)
    for (let at = 0; at < bytes.length; at++) bytes[at] = (seed = Math.imul(seed, 1_103_515_245) + 12_345) >>> 16
    expect(Buffer.from(codec.decompress(codec.compress(bytes), limit)).equals(bytes)).toBe(true)
  })

  test('takes as much as the limit and not a byte more', () => {
    const compressed = codec.compress(Buffer.alloc(100_000, 'ab'))
    expect(codec.decompress(compressed, 100_000)).toHaveLength(100_000)
    expect(() => codec.decompress(compressed, 99_999)).toThrow(
      expect.objectContaining({
        code: 'too_large',
        message: `decompress ${name} records: the batch has more than 99999 bytes`,
      }),
    )
  })

  test('refuses every beginning of its bytes, and never reads past the end', () => {
    const compressed = codec.compress(Buffer.from(repeated.repeat(40)))
    for (let length = 1; length < compressed.length; length++) {
      // A snappy stream has no end: it may stop after a block, and before the first.
      if (name === 'snappy' && length === 16) continue
      expect(() => codec.decompress(compressed.subarray(0, length), limit), `${length} bytes`).toThrow(
        expect.objectContaining({ code: 'protocol' }),
      )
    }
  })

  test('answers hostile bytes with an error or with bytes within the limit', () => {
    const sample = codec.compress(Buffer.from(repeated.repeat(40)))
    assert(
      property(array(tuple(nat(sample.length - 1), nat(255)), { maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(sample)
        for (const [at, value] of changes) bytes[at] = value
        try {
          expect(codec.decompress(bytes, 10_000).length).toBeLessThanOrEqual(10_000)
        } catch (error) {
          expect(error).toMatchObject({ name: 'DriverError' })
        }
      }),
    )
  })
})

test('snappy is written in the framing that is asked for', () => {
  const bytes = Buffer.from(repeated.repeat(10_000))
  expect(latin1(compressSnappy(bytes)).slice(0, 8)).toBe('\x82SNAPPY\0')
  const raw = compressSnappy(bytes, 'raw')
  expect([...raw.subarray(0, 3)]).toEqual([0xf0, 0xa2, 0x04])
  expect(latin1(decompressSnappy(raw, limit))).toBe(latin1(bytes))
})

test('a length that no bytes follow does not allocate', () => {
  const lying: [CompressionName, string, string][] = [
    ['snappy', 'ffffffff0f 00', 'too_large'],
    ['snappy', 'ffff3f 00', 'protocol'],
    ['lz4', '04224d18 6840 ffffffffffff0000 2b', 'protocol'],
  ]
  for (const [name, digits, code] of lying) {
    expect(() => codecs[name].decompress(hex(digits), limit)).toThrow(expect.objectContaining({ code }))
  }
})

test('attributes of a batch name the codec in their lowest three bits', () => {
  expect([0, 1, 2, 3, 4, 5, 0x13].map(compressionOf)).toEqual([
    'none',
    'gzip',
    'snappy',
    'lz4',
    'zstd',
    undefined,
    'lz4',
  ])
})
