import { bitAt, setBit } from './player-bits.ts'
import type { Tape, TapeEvent } from './tape.ts'

/** The events of a tape, one by one, in the order in which they happened; undefined at the end. */
export type EventOrder = () => TapeEvent | undefined

/**
 * The order of a tape whose entries all say where they began. Begins and ends share one counter and file order is the order
 * of ends, so every number that is not a begin is the end of the next entry of the file. Numbers in `open` belong to what
 * began and never ended (the seal lists them) and are passed over.
 *
 * Memory: one bit a number, and the entries that overlap in time.
 */
export function causalOrder(tape: Tape, open: ReadonlySet<number> = new Set()): EventOrder {
  const isBegin = beginBits(tape)
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
      let event: TapeEvent | undefined
      if (bitAt(isBegin, position)) event = half(tape, entryBegunAt(position), 'begin')
      else if (!open.has(position)) event = half(tape, ended++, 'end')
      if (event !== undefined) return event
    }
    return undefined
  }
}

/** The order of a tape that does not say where entries began: one after the other, each begun and ended. */
export function fileOrder(tape: Tape): EventOrder {
  let entry = 0
  let half: 'begin' | 'end' = 'begin'
  return () => {
    while (entry < tape.count) {
      const role = tape.role(entry)
      if (role === 'none') {
        entry++
        continue
      }
      const event: TapeEvent = { entry, half, role }
      if (half === 'end') entry++
      half = half === 'begin' ? 'end' : 'begin'
      return event
    }
    return undefined
  }
}

/**
 * Whether the begins of a tape can be trusted: every entry has one, no two are equal, and none lies behind the entry's own
 * end.
 */
export function hasCausalOrder(tape: Tape, open: ReadonlySet<number> = new Set()): boolean {
  const last = 2 * tape.count + open.size
  const seen = new Uint8Array((last >> 3) + 1)
  for (let entry = 0; entry < tape.count; entry++) {
    const begin = tape.begin(entry)
    if (begin === undefined || begin >= last || open.has(begin) || bitAt(seen, begin)) return false
    setBit(seen, begin)
  }
  let ended = 0
  for (let position = 0; ended < tape.count; position++) {
    if (bitAt(seen, position) || open.has(position)) continue
    if ((tape.begin(ended) ?? 0) > position) return false
    ended++
  }
  return true
}

function half(tape: Tape, entry: number, which: 'begin' | 'end'): TapeEvent | undefined {
  const role = tape.role(entry)
  return role === 'none' ? undefined : { entry, half: which, role }
}

function beginBits(tape: Tape): Uint8Array {
  let last = 0
  for (let entry = 0; entry < tape.count; entry++) last = Math.max(last, tape.begin(entry) ?? 0)
  const bits = new Uint8Array((last >> 3) + 1)
  for (let entry = 0; entry < tape.count; entry++) setBit(bits, tape.begin(entry) ?? 0)
  return bits
}
