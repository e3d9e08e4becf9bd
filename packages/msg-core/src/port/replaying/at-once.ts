import type { CassetteReader } from '../../format/cassette/index.ts'
import type { LaneName, Part } from './parts.ts'

/**
 * The parts whose recording shows that deliveries were handled at the same time: one was settled before another that had come
 * before it, and the program or the broker did something between the two settles. (Settles right after each other are one
 * act, in whatever order the program chose.) Such a program does the same work in another order every time; a recording in
 * order is of a program that keeps order.
 *
 * One pass over the positions of begins and ends; for cassettes that have them.
 */
export function handledAtOnce(
  cassette: CassetteReader,
  lanes: readonly LaneName[],
  open: ReadonlySet<number>,
): Set<Part> {
  const found = new Set<Part>()
  /** By part: the latest begin of a settled delivery, and where it was settled. */
  const latest = new Map<Part, { begin: number; end: number }>()
  const begins = new Uint8Array(((2 * cassette.count + open.size) >> 3) + 1)
  for (let entry = 0; entry < cassette.count; entry++) {
    const begin = cassette.begin(entry) ?? 0
    begins[begin >> 3] = (begins[begin >> 3] ?? 0) | (1 << (begin & 7))
  }
  let position = 0
  for (let entry = 0; entry < cassette.count; entry++) {
    while (((begins[position >> 3] ?? 0) & (1 << (position & 7))) !== 0 || open.has(position)) position++
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
