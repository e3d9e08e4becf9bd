import { Bits } from '../kit/bits.ts'
import type { CassetteReader } from './cassette/index.ts'

/** Cassettes whose begin positions were found to be good, all of them, and with how many open begins. */
const good = new WeakMap<CassetteReader, number>()

/** Whether {@link beginFault} has looked at all entries of a cassette, each has a begin position, and nothing is wrong with them. */
export function hasGoodBegins(cassette: CassetteReader, open: ReadonlySet<number>): boolean {
  return good.get(cassette) === open.size
}

/**
 * What is wrong with the begin positions of the first `entries` entries of a sealed cassette; undefined where nothing is.
 * Begins and ends share one counter, so every position is one entry's begin, one entry's end, or in `open`: none twice, none
 * beyond the count, and no entry ends before it begins.
 *
 * @param entries all but the seal
 * @param open begins without an entry, from the seal
 */
export function beginFault(cassette: CassetteReader, entries: number, open: readonly number[]): string | undefined {
  if (cassette.badBegin !== undefined && cassette.badBegin < entries) {
    return `entry ${cassette.badBegin} has a begin position that is not a whole number from 0 to 4294967294`
  }
  const positions = 2 * entries + open.length
  const begins = readBegins(cassette, entries, positions)
  // Entries without a position, such as the single events of a socket, do not account for theirs.
  if (typeof begins !== 'object') return begins
  const opened = new Set<number>()
  for (const position of open) {
    if (position >= positions) return `the seal lists position ${position}, beyond the ${positions} that there are`
    if (begins.has(position) || opened.has(position)) {
      return `the seal lists position ${position} as open, and it is taken`
    }
    opened.add(position)
  }
  let ended = 0
  for (let position = 0; ended < entries && position < positions; position++) {
    if (begins.has(position) || opened.has(position)) continue
    if ((cassette.begin(ended) ?? 0) > position) return `entry ${ended} ends at position ${position}, before it begins`
    ended++
  }
  if (cassette.begin(entries) === positions) good.set(cassette, opened.size)
  return undefined
}

/** The positions at which entries begin; a sentence where one cannot be; undefined where some entries have none. */
function readBegins(
  cassette: CassetteReader,
  entries: number,
  positions: number,
): { has(position: number): boolean } | string | undefined {
  const { begins } = cassette
  // The reader has seen them all, and the seal's own, which is behind the others.
  const isWhole = begins?.areDistinct === true && begins.count === entries + 1 && begins.highest === positions
  if (isWhole && cassette.begin(entries) === positions) return begins
  const seen = new Bits()
  let begun = 0
  for (let entry = 0; entry < entries; entry++) {
    const begin = cassette.begin(entry)
    if (begin === undefined) continue
    begun++
    if (begin >= positions) return `entry ${entry} begins at position ${begin}, beyond the ${positions} that there are`
    if (!seen.add(begin)) return `entry ${entry} begins at position ${begin}, where another has begun`
  }
  return begun < entries ? undefined : seen
}
