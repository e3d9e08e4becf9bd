import { Bits } from '../kit/bits.ts'
import type { CausalTape, Half, PlaybackEvent, Tape } from './event.ts'

/** The events of a tape, one by one, in the order in which they happened; undefined at the end. */
export type EventOrder = () => PlaybackEvent | undefined

/** The order of a tape whose entries are one event each: that of the file. */
export function fileOrder(tape: Tape): EventOrder {
  let entry = 0
  return () => {
    while (entry < tape.count) {
      const event = tape.event(entry++, 'whole')
      if (event !== undefined) return event
    }
    return undefined
  }
}

/**
 * The order of a tape whose entries all say where they began. Begins and ends share one counter and file order is the order
 * of ends, so every number that is not a begin is the end of the next entry of the file. Numbers in `open` belong to what
 * began and never ended (the seal lists them) and are passed over.
 *
 * Memory: one bit a number, and four bytes for each entry that overlaps in time with one that nobody knows as far.
 */
export function causalOrder(tape: CausalTape, open: ReadonlySet<number> = new Set()): EventOrder {
  const isBegin = tape.begins ?? beginBits(tape)
  const ahead = new EntriesAhead()
  let looked = 0
  let ended = 0
  let now = 0

  const entryBegunAt = (position: number): number => {
    const known = ahead.take(position)
    if (known !== undefined) return known
    const far = tape.farEntry?.(position)
    if (far !== undefined && tape.begin(far) === position) return far
    for (;;) {
      const entry = looked++
      const begin = tape.begin(entry)
      if (begin === position) return entry
      if (begin !== undefined) ahead.add(begin, entry, position)
    }
  }

  return () => {
    while (ended < tape.count) {
      const position = now++
      let event: PlaybackEvent | undefined
      if (isBegin.has(position)) event = tape.event(entryBegunAt(position), 'begin')
      else if (!open.has(position)) event = tape.event(ended++, 'end')
      if (event !== undefined) return event
    }
    return undefined
  }
}

const leastSlots = 1_024

/**
 * The entries that were looked at and begin later, by position: a ring over the positions from the one asked for to the last
 * of them. Nearly every entry goes through it, so that a map would cost more than what is done with the entry.
 */
class EntriesAhead {
  /** Entry and one more, 0 for none. */
  #slots = new Uint32Array(leastSlots)

  /** @param from the position that is asked for now: none before it is in the ring, or will be */
  add(position: number, entry: number, from: number): void {
    if (position < from) return
    while (position - from >= this.#slots.length) this.#grow(from)
    this.#slots[position & (this.#slots.length - 1)] = entry + 1
  }

  take(position: number): number | undefined {
    const at = position & (this.#slots.length - 1)
    const entry = this.#slots[at]!
    if (entry === 0) return undefined
    this.#slots[at] = 0
    return entry - 1
  }

  #grow(from: number): void {
    const old = this.#slots
    this.#slots = new Uint32Array(2 * old.length)
    for (let position = from; position < from + old.length; position++) {
      this.#slots[position & (this.#slots.length - 1)] = old[position & (old.length - 1)]!
    }
  }
}

/**
 * Two events an entry, for a tape that does not say where its entries began: one entry after the other, each begun and
 * ended. It is an order to read by, not one of causes: its events should wait for nothing.
 */
export function pairOrder(tape: Tape): EventOrder {
  let entry = 0
  let half: Half = 'begin'
  return () => {
    while (entry < tape.count) {
      const event = tape.event(entry, half)
      if (half === 'end') entry++
      half = half === 'begin' ? 'end' : 'begin'
      if (event !== undefined) return event
    }
    return undefined
  }
}

/**
 * Whether the begins of a tape can be trusted: every entry has one, no two are equal, and none lies behind the entry's own
 * end.
 */
export function hasCausalOrder(tape: CausalTape, open: ReadonlySet<number> = new Set()): boolean {
  const last = 2 * tape.count + open.size
  const seen = new Bits()
  for (let entry = 0; entry < tape.count; entry++) {
    const begin = tape.begin(entry)
    if (begin === undefined || begin >= last || open.has(begin) || seen.has(begin)) return false
    seen.add(begin)
  }
  let ended = 0
  for (let position = 0; ended < tape.count; position++) {
    if (seen.has(position) || open.has(position)) continue
    if ((tape.begin(ended) ?? 0) > position) return false
    ended++
  }
  return true
}

function beginBits(tape: CausalTape): Bits {
  const bits = new Bits()
  for (let entry = 0; entry < tape.count; entry++) bits.add(tape.begin(entry) ?? 0)
  return bits
}
