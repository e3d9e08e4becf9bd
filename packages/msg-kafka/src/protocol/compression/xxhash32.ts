const prime1 = 0x9e37_79b1 | 0
const prime2 = 0x85eb_ca77 | 0
const prime3 = 0xc2b2_ae3d | 0
const prime4 = 0x27d4_eb2f | 0
const prime5 = 0x1656_67b1 | 0

/** xxHash32 with seed 0, the checksum of LZ4 frames, as an unsigned number. See https://github.com/Cyan4973/xxHash. */
export function xxhash32(bytes: Uint8Array): number {
  const { length } = bytes
  let at = 0
  let hash: number
  if (length >= 16) {
    let a = (prime1 + prime2) | 0
    let b = prime2
    let c = 0
    let d = -prime1 | 0
    for (; at <= length - 16; at += 16) {
      a = round(a, word(bytes, at))
      b = round(b, word(bytes, at + 4))
      c = round(c, word(bytes, at + 8))
      d = round(d, word(bytes, at + 12))
    }
    hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0
  } else {
    hash = prime5
  }
  hash = (hash + length) | 0
  for (; at <= length - 4; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(word(bytes, at), prime3)) | 0, 17), prime4)
  }
  for (; at < length; at++) hash = Math.imul(rotate((hash + Math.imul(bytes[at]!, prime5)) | 0, 11), prime1)
  hash = Math.imul(hash ^ (hash >>> 15), prime2)
  hash = Math.imul(hash ^ (hash >>> 13), prime3)
  return (hash ^ (hash >>> 16)) >>> 0
}

function round(sum: number, input: number): number {
  return Math.imul(rotate((sum + Math.imul(input, prime2)) | 0, 13), prime1)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
