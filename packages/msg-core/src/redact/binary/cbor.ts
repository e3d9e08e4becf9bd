import { slice, unsigned, type CountedFormat, type Head } from './head.ts'

// RFC 8949

const sizes = [1, 2, 4, 8] as const
const indefinite = 31

export const cbor: CountedFormat = {
  head(bytes, at) {
    const first = bytes[at]
    if (first === undefined) return undefined
    const [major, low] = [first >>> 5, first & 0x1f]
    if (low === indefinite) return major === 7 ? { kind: 'break', next: at + 1 } : openEnded(bytes, at + 1, major)
    if (low > 27) return undefined
    const size = low < 24 ? 0 : sizes[low - 24]!
    const next = at + 1 + size
    if (next > bytes.length) return undefined
    if (major < 2) return { kind: 'scalar', next }
    if (major === 6) return { kind: 'tag', next }
    if (major === 7) return { kind: 'scalar', next, isNull: first === 0xf6 || first === 0xf7 }
    const count = size === 0 ? low : unsigned(bytes, at + 1, size)
    if (count === undefined) return undefined
    if (major > 3) return { kind: major === 4 ? 'list' : 'map', next, count }
    const inner = slice(bytes, next, count)
    return inner && { kind: kindOf(major), next: next + count, content: inner }
  },
  text: (text) => withLength(3, Buffer.from(text)),
  bytes: (content) => withLength(2, content),
}

function kindOf(major: number): 'text' | 'bytes' {
  return major === 3 ? 'text' : 'bytes'
}

/** Without a length: pieces of text or bytes up to a break, or a map or list that ends with one. */
function openEnded(bytes: Buffer, at: number, major: number): Head | undefined {
  if (major === 4 || major === 5) return { kind: major === 4 ? 'list' : 'map', next: at, count: undefined }
  if (major !== 2 && major !== 3) return undefined
  const pieces: Buffer[] = []
  for (let from = at; ;) {
    if (bytes[from] === 0xff) return { kind: kindOf(major), next: from + 1, content: Buffer.concat(pieces) }
    const isPiece = bytes[from] !== undefined && bytes[from]! >>> 5 === major && (bytes[from]! & 0x1f) !== indefinite
    const piece = isPiece ? cbor.head(bytes, from) : undefined
    if (piece?.kind !== kindOf(major)) return undefined
    pieces.push(piece.content)
    from = piece.next
  }
}

function withLength(major: number, content: Uint8Array): Buffer {
  const { length } = content
  if (length < 24) return Buffer.concat([Buffer.of((major << 5) | length), content])
  const size = length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 4
  const head = Buffer.alloc(1 + size)
  head[0] = (major << 5) | (24 + sizes.indexOf(size))
  head.writeUIntBE(length, 1, size)
  return Buffer.concat([head, content])
}
