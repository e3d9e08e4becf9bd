import type { CassetteReader } from '../../format/cassette/index.ts'
import { Bits } from '../../kit/bits.ts'
import type { LaneName, Part } from './parts.ts'

const mostEntries = 1_000_000

/**
 * The parts whose recording shows that deliveries were handled at the same time: one was settled before another that had come
 * before it, and the program or the broker did something between the two settles. (Settles right after each other are one
 * act, in whatever order the program chose.) Such a program does the same work in another order every time; a recording in
 * order is of a program that keeps order.
 *
 * One pass over the positions of begins and ends of the first million entries, in which a program that does so has done it; for
 * cassettes that have them.
 */
export function handledAtOnce(
  cassette: CassetteReader,
  lanes: readonly LaneName[],
  open: ReadonlySet<number>,
): Set<Part> {
  const found = new Set<Part>()
  /** By part: the latest begin of a settled delivery, and where it was settled. */
  const latest = new Map<Part, { begin: number; end: number }>()
  const begins = cassette.begins?.areDistinct === true ? cassette.begins : beginsOf(cassette)
  let position = 0
  const entries = Math.min(cassette.count, mostEntries)
  for (let entry = 0; entry < entries; entry++) {
    while (begins.has(position) || open.has(position)) position++
    const end = position++
    const lane = lanes[cassette.lane(entry)]
    if (lane?.part === undefined || lane.role !== 'delivery' || found.has(lane.part)) continue
    const begin = cassette.begin(entry) ?? 0
    const before = latest.get(lane.part)
    if (before === undefined || begin > before.begin) latest.set(lane.part, { begin, end })
    else if (end === before.end + 1) before.end = end
    else found.add(lane.part)
  }
  return found
}

function beginsOf(cassette: CassetteReader): Bits {
  const begins = new Bits()
  for (let entry = 0; entry < cassette.count; entry++) begins.add(cassette.begin(entry) ?? 0)
  return begins
}
