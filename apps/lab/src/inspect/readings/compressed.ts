import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import bzip2 from 'seek-bzip'
import type { Message } from '@x07-lab/msg-core'
import { textOfHeader, type Reading } from './reading.ts'

/** Bytes that a compressed body may become, so that a small one cannot fill the memory. */
const maxBytes = 64 * 1_048_576

interface Codec {
  readonly name: string
  readonly isMagic: (bytes: Uint8Array) => boolean
  readonly decompress: (bytes: Uint8Array) => Uint8Array
}

const limit = { maxOutputLength: maxBytes }

const codecs: readonly Codec[] = [
  { name: 'gzip', isMagic: (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b, decompress: (b) => gunzipSync(b, limit) },
  {
    name: 'zstd',
    isMagic: (bytes) => bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd,
    decompress: (bytes) => zstdDecompressSync(bytes, limit),
  },
  { name: 'bzip2', isMagic: isBzip2, decompress: bunzip },
  // RFC 1950: the first two bytes, as a number, are a multiple of 31; 8 is deflate. kombu names this form gzip.
  {
    name: 'zlib',
    isMagic: (bytes) =>
      bytes.length > 2 && ((bytes[0] ?? 0) & 0x8f) === 0x08 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0,
    decompress: (bytes) => inflateSync(bytes, limit),
  },
]

/** Those that nothing but a header tells. `deflate` is zlib by RFC 9110, and without its frame in many programs. */
const namedCodecs: Readonly<Record<string, Codec['decompress']>> = {
  br: (bytes) => brotliDecompressSync(bytes, limit),
  brotli: (bytes) => brotliDecompressSync(bytes, limit),
  deflate: (bytes) => inflateRawSync(bytes, limit),
}

/**
 * A body compressed as its header says (`content-encoding`, kombu's `compression`) or as its first bytes say: the bytes win,
 * since kombu calls zlib gzip.
 */
export function compressed(message: Message): Reading | undefined {
  const { value } = message
  if (value === null || value.length < 3) return undefined
  const named = namedEncoding(message)
  const codec = codecs.find(({ isMagic }) => isMagic(value)) ?? codecNamed(named)
  if (codec === undefined) return undefined
  try {
    const inner = codec.decompress(value)
    return {
      form: codec.name,
      fields: [
        ['bytes', `${value.length} compressed, ${inner.length} plain`],
        ...(named === undefined || named === codec.name ? [] : [['header says', named] as const]),
      ],
      inner,
    }
  } catch {
    // Two bytes that look like a compressed body are in many bodies that are not.
    return undefined
  }
}

function codecNamed(name: string | undefined): Pick<Codec, 'name' | 'decompress'> | undefined {
  if (name === undefined || !Object.hasOwn(namedCodecs, name)) return undefined
  const decompress = namedCodecs[name]
  return decompress === undefined ? undefined : { name, decompress }
}

function bunzip(bytes: Uint8Array): Uint8Array {
  let out = Buffer.allocUnsafe(16_384)
  let length = 0
  bzip2.decode(Buffer.from(bytes), {
    writeByte(byte) {
      if (length === maxBytes) throw new RangeError(`more than ${maxBytes} bytes`)
      if (length === out.length) out = Buffer.concat([out], out.length * 2)
      out[length++] = byte
    },
    flush() {},
  })
  return out.subarray(0, length)
}

/** In lower case, without kombu's `application/x-`. */
function namedEncoding({ headers, properties }: Message): string | undefined {
  const property = properties?.['contentEncoding']
  const header = headers.findLast(([name]) => /^(?:content-encoding|compression)$/i.test(name))
  const named = textOfHeader(header?.[1]) ?? (typeof property === 'string' ? property : undefined)
  const encoding = named?.toLowerCase().replace(/^application\/x-/, '')
  return encoding === 'utf-8' || encoding === 'binary' || encoding === '' ? undefined : encoding
}

// The magic is in text as well: a digit from 1 to 9 and the block's own mark follow.
function isBzip2(bytes: Uint8Array): boolean {
  return (
    Buffer.from(bytes.subarray(0, 3)).toString('latin1') === 'BZh' &&
    (bytes[3] ?? 0) > 0x30 &&
    (bytes[3] ?? 0) <= 0x39 &&
    bytes[4] === 0x31 &&
    bytes[5] === 0x41
  )
}
