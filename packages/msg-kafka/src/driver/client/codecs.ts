import { createRequire } from 'node:module'
import { asBuffer } from '@x07-lab/msg-core/kit'
import kafkajs from 'kafkajs'
import { codecs, defaultMaxOutputBytes, type Codec, type CompressionName } from '../../protocol/compression/index.ts'

/** Codecs to use instead of the driver's. */
export type OwnCodecs = Readonly<Partial<Record<CompressionName, Codec>>>

/** kafkajs's codec: it compresses an encoder of its own, whose bytes are in `buffer`. */
interface KafkajsCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

type Lookup = (() => KafkajsCodec | undefined) | undefined

const { CompressionCodecs, CompressionTypes } = kafkajs
const registry = CompressionCodecs as Record<number, Lookup>

/** kafkajs's numbers. */
export const compressionTypes = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const

/** The codecs of the drivers that are open, in the order of their opening, and the way back. */
const registered: OwnCodecs[] = []
let restore: (() => void) | undefined

/**
 * kafkajs has one table of codecs for the process, and in it three that say "not implemented". While a driver is open the
 * driver's own stand in place of these and of its gzip, which knows no limit. A codec that the program registered with
 * kafkajs itself stays; the `own` of the options go before every other.
 *
 * @returns the way back
 */
export function registerCodecs(own: OwnCodecs = {}): () => void {
  // A copy, so that the same options given twice are two registrations.
  const registration = { ...own }
  registered.push(registration)
  restore ??= install()
  return () => {
    const at = registered.indexOf(registration)
    if (at >= 0) registered.splice(at, 1)
    if (registered.length > 0) return
    restore?.()
    restore = undefined
  }
}

function install(): () => void {
  const replaced = (['gzip', 'snappy', 'lz4', 'zstd'] as const).map((name) => {
    const type = compressionTypes[name]
    const before = registry[type]
    const fallback = isKafkajsOwn(before) ? adapt(codecs[name]) : before?.()
    const after = (): KafkajsCodec | undefined => {
      const own = registered.findLast((registration) => registration[name] !== undefined)?.[name]
      return own === undefined ? fallback : adapt(own)
    }
    registry[type] = after
    return { type, before, after }
  })
  return () => {
    // Somebody who registered another meanwhile keeps it.
    for (const { type, before, after } of replaced) if (registry[type] === after) registry[type] = before
  }
}

const gzip: unknown = createRequire(import.meta.url)('kafkajs/src/protocol/message/compression/gzip.js')

function isKafkajsOwn(lookup: Lookup): boolean {
  try {
    return lookup === undefined || lookup() === gzip
  } catch {
    return true
  }
}

function adapt(codec: Codec): KafkajsCodec {
  return {
    compress: async ({ buffer }) => asBuffer(await codec.compress(buffer)),
    decompress: async (bytes) => asBuffer(await codec.decompress(bytes, defaultMaxOutputBytes)),
  }
}
