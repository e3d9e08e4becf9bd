import kafkajs from 'kafkajs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compressionTypes, registerCodecs } from '../../../src/driver/client/codecs.ts'
import { codecs, type Codec } from '../../../src/protocol/compression/index.ts'

const registry = kafkajs.CompressionCodecs as Record<number, () => KafkajsCodec>
interface KafkajsCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

const reversing: Codec = { compress: (bytes) => bytes.toReversed(), decompress: (bytes) => bytes.toReversed() }
const text = Buffer.from('{"n":1}'.repeat(100))
let before: Record<number, () => KafkajsCodec>
beforeEach(() => {
  before = { ...registry }
})
afterEach(() => {
  Object.assign(registry, before)
})

test('kafkajs compresses with the codecs of the driver until they are taken back', async () => {
  const undo = registerCodecs()
  for (const name of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const codec = registry[compressionTypes[name]]!()
    const compressed = await codec.compress({ buffer: text })
    expect(Buffer.from(codecs[name].decompress(compressed, text.length))).toEqual(text)
    expect(await codec.decompress(compressed)).toEqual(text)
  }
  undo()
  expect({ ...registry }).toEqual(before)
})

test('a codec that the program registered with kafkajs stays', async () => {
  const asIs: KafkajsCodec = {
    compress: ({ buffer }) => Promise.resolve(buffer),
    decompress: (bytes) => Promise.resolve(bytes),
  }
  const theirs = (): KafkajsCodec => asIs
  registry[compressionTypes.lz4] = theirs
  const undo = registerCodecs()
  expect(await registry[compressionTypes.lz4]!().compress({ buffer: text })).toBe(text)
  undo()
  expect(registry[compressionTypes.lz4]).toBe(theirs)
})

test('a codec of the options goes before every other, of the driver opened last first, and none outlives its driver', async () => {
  const first = registerCodecs({ snappy: reversing })
  const second = registerCodecs()
  const compress = (): Promise<Buffer> => registry[compressionTypes.snappy]!().compress({ buffer: Buffer.from('abc') })
  expect(String(await compress())).toBe('cba')
  first()
  expect(String(await compress())).not.toBe('cba')
  second()
  await expect(async () => compress()).rejects.toThrow('not implemented')
})
