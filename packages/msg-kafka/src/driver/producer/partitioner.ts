/** The partitioner's name, as recordings state it. */
export const partitionerName = 'murmur2-java'

/**
 * The partition of a message: as the Java client's default for a message with a key, so that every client finds a key in
 * the same place. The n-th message of a topic without a key goes to partition n modulo the number of partitions: with one
 * producer the same input gives the same partitions, which the Java client's sticky choice does not.
 */
export function partitionOf(key: Uint8Array | null, nth: number, partitions: number): number {
  return (key === null ? nth : murmur2(key) & 0x7fff_ffff) % partitions
}

/** 32 bit murmur2 with the seed of the Java client (`org.apache.kafka.common.utils.Utils.murmur2`), as a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  const mix = 0x5bd1_e995
  const { length } = bytes
  const whole = length & ~3
  let h = 0x9747_b28c ^ length
  for (let i = 0; i < whole; i += 4) {
    let k = at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24)
    k = Math.imul(k, mix)
    k ^= k >>> 24
    h = Math.imul(h, mix) ^ Math.imul(k, mix)
  }
  const rest = length - whole
  if (rest === 3) h ^= at(bytes, whole + 2) << 16
  if (rest >= 2) h ^= at(bytes, whole + 1) << 8
  if (rest >= 1) h = Math.imul(h ^ at(bytes, whole), mix)
  h ^= h >>> 13
  h = Math.imul(h, mix)
  return h ^ (h >>> 15)
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}
