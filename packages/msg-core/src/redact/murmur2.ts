const SEED = 0x9747b28c
const M = 0x5bd1e995

/** The partition of a key by Kafka's default partitioner: murmur2 of the bytes, without its sign, modulo the partitions. */
export function murmur2Partition(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitions
}

function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  let hash = SEED ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    word = Math.imul(word, M)
    word ^= word >>> 24
    hash = Math.imul(hash, M) ^ Math.imul(word, M)
  }
  const left = length - at
  if (left > 2) hash ^= bytes[at + 2]! << 16
  if (left > 1) hash ^= bytes[at + 1]! << 8
  if (left > 0) hash = Math.imul(hash ^ bytes[at]!, M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}
