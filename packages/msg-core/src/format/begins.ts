import type { CassetteReader } from './cassette/index.ts'

/**
 * What is wrong with the begin positions of the first `entries` entries of a sealed cassette; undefined where nothing is.
 * Begins and ends share one counter, so every position is one entry's begin, one entry's end, or in `open`: none twice, none
 * beyond the count, and no entry ends before it begins.
 *
 * @param open begins without an entry, from the seal
 */
export function beginFault(cassette: CassetteReader, entries: number, open: readonly number[]): string | undefined {
  if (cassette.badBegin !== undefined && cassette.badBegin < entries) {
    return `entry ${cassette.badBegin} has a begin position that is not a whole number from 0 to 4294967294`
  }
  const positions = 2 * entries + open.length
  const seen = new Uint8Array((positions >> 3) + 1)
  let begun = 0
  for (let entry = 0; entry < entries; entry++) {
    const begin = cassette.begin(entry)
    if (begin === undefined) continue
    begun++
    if (begin >= positions) return `entry ${entry} begins at position ${begin}, beyond the ${positions} that there are`
    if (bit(seen, begin)) return `entry ${entry} begins at position ${begin}, where another has begun`
    set(seen, begin)
  }
  // Entries without a position, such as the single events of a socket, do not account for theirs.
  if (begun < entries) return undefined
  for (const position of open) {
    if (position >= positions) return `the seal lists position ${position}, beyond the ${positions} that there are`
    if (bit(seen, position)) return `the seal lists position ${position} as open, and it is taken`
    set(seen, position)
  }
  let ended = 0
  for (let position = 0; ended < entries && position < positions; position++) {
    if (bit(seen, position)) continue
    if ((cassette.begin(ended) ?? 0) > position) return `entry ${ended} ends at position ${position}, before it begins`
    ended++
  }
  return undefined
}

function bit(bits: Uint8Array, at: number): boolean {
  return (bits[at >> 3]! & (1 << (at & 7))) !== 0
}

function set(bits: Uint8Array, at: number): void {
  bits[at >> 3] = bits[at >> 3]! | (1 << (at & 7))
}
