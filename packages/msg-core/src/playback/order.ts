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
 * Memory: one bit a number, and the entries that overlap in time.
 */
export function causalOrder(tape: CausalTape, open: ReadonlySet<number> = new Set()): EventOrder {
  const isBegin = tape.begins ?? beginBits(tape)
  const ahead = new Map<number, number>()
  let looked = 0
  let ended = 0
  let now = 0

  const entryBegunAt = (position: number): number => {
    const known = ahead.get(position)
    if (known !== undefined) {
      ahead.delete(position)
      return known
    }
    for (;;) {
      const entry = looked++
      const begin = tape.begin(entry)
      if (begin === position) return entry
      if (begin !== undefined) ahead.set(begin, entry)
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
