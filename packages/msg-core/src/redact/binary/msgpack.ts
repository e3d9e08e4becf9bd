import { slice, unsigned, type CountedFormat, type Head } from './head.ts'

// https://github.com/msgpack/msgpack/blob/master/spec.md

/** Bytes of the numbers `0xca` to `0xd3`. */
const numberBytes = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8]
const sizes = [1, 2, 4] as const

export const msgpack: CountedFormat = {
  head(bytes, at) {
    const first = bytes[at]
    if (first === undefined) return undefined
    const next = at + 1
    if (first <= 0x7f || first >= 0xe0) return { kind: 'scalar', next }
    if (first <= 0x8f) return { kind: 'map', next, count: first & 0x0f }
    if (first <= 0x9f) return { kind: 'list', next, count: first & 0x0f }
    if (first <= 0xbf) return content('text', bytes, next, first & 0x1f)
    if (first === 0xc0) return { kind: 'scalar', next, isNull: true }
    if (first === 0xc1) return undefined
    if (first <= 0xc3) return { kind: 'scalar', next }
    if (first <= 0xc6) return sized('bytes', bytes, next, sizes[first - 0xc4]!)
    if (first <= 0xc9) return extension(bytes, next, sizes[first - 0xc7]!)
    if (first <= 0xd3) return scalar(bytes, next + numberBytes[first - 0xca]!)
    if (first <= 0xd8) return scalar(bytes, next + 1 + 2 ** (first - 0xd4))
    if (first <= 0xdb) return sized('text', bytes, next, sizes[first - 0xd9]!)
    const size = (first & 1) === 0 ? 2 : 4
    const count = unsigned(bytes, next, size)
    return count === undefined ? undefined : { kind: first <= 0xdd ? 'list' : 'map', next: next + size, count }
  },
  text(text) {
    const content = Buffer.from(text)
    return Buffer.concat([
      content.length < 32 ? Buffer.of(0xa0 | content.length) : lengthOf(content.length, 0xd9),
      content,
    ])
  },
  bytes: (content) => Buffer.concat([lengthOf(content.length, 0xc4), content]),
}

function scalar(bytes: Buffer, next: number): Head | undefined {
  return next > bytes.length ? undefined : { kind: 'scalar', next }
}

function content(kind: 'text' | 'bytes', bytes: Buffer, at: number, length: number): Head | undefined {
  const inner = slice(bytes, at, length)
  return inner && { kind, next: at + length, content: inner }
}

function sized(kind: 'text' | 'bytes', bytes: Buffer, at: number, size: 1 | 2 | 4): Head | undefined {
  const length = unsigned(bytes, at, size)
  return length === undefined ? undefined : content(kind, bytes, at + size, length)
}

function extension(bytes: Buffer, at: number, size: 1 | 2 | 4): Head | undefined {
  const length = unsigned(bytes, at, size)
  return length === undefined ? undefined : scalar(bytes, at + size + 1 + length)
}

/** A length in as few bytes as it takes, behind the first of three codes for them. */
function lengthOf(length: number, code: number): Buffer {
  if (length < 0x100) return Buffer.of(code, length)
  const head = Buffer.alloc(length < 0x1_0000 ? 3 : 5)
  head[0] = head.length === 3 ? code + 1 : code + 2
  head.writeUIntBE(length, 1, head.length - 1)
  return head
}
