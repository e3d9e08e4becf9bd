/** Lengths, counts and tags at which readers have their edges. */
const edges = [0, 1, 2, 4, 5, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]

/**
 * A mutant of an input: one to four changes, each a flipped bit, another byte, a hostile length in either byte order, a part cut out,
 * doubled, moved or taken from another input, or an early end.
 *
 * @param random whole numbers from 0 to below its argument
 */
export function mutate(input: Uint8Array, other: Uint8Array, random: (below: number) => number): Buffer {
  let bytes: Buffer = Buffer.from(input)
  for (let changes = 1 + random(4); changes > 0; changes--) bytes = change(bytes, other, random)
  return bytes
}

function change(bytes: Buffer, other: Uint8Array, random: (below: number) => number): Buffer {
  if (bytes.length === 0) return Buffer.of(random(256))
  const at = random(bytes.length)
  const length = 1 + random(Math.min(64, bytes.length - at))
  switch (random(8)) {
    case 0:
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random(8)), at)
      return bytes
    case 1:
      bytes.writeUInt8(random(256), at)
      return bytes
    case 2:
    case 3: {
      if (bytes.length < 4) return bytes
      const edge = edges[random(edges.length)] ?? 0
      const place = random(bytes.length - 3)
      if (random(2) === 0) bytes.writeUInt32LE(edge, place)
      else bytes.writeUInt32BE(edge, place)
      return bytes
    }
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    case 5:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
    case 6: {
      const from = random(Math.max(1, other.length))
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + length), bytes.subarray(at)])
    }
    default:
      return bytes.subarray(0, at)
  }
}
