import type { CassetteReader } from '@x07-lab/msg-core/format'

/** Ops of unmodified programs: single events, whose ticks are the time since the entry before. */
const singleEvent = /^std\.msg\.\w+\.(?:client|server|session)_/

/** When entries began and ended, by entry. */
export interface Times {
  /** `position`: the counter of begins and ends; `microseconds`: the tape's own clock. */
  readonly clock: 'position' | 'microseconds'
  readonly begin: Float64Array
  readonly end: Float64Array
}

/** By which clock {@link timesOf} tells the times of a cassette. */
export function clockOf(cassette: CassetteReader): Times['clock'] {
  return isSingleEvents(cassette) ? 'microseconds' : 'position'
}

/**
 * By the tape's clock for single events, by the counter of begins and ends for the others.
 *
 * @param ticks what each entry took: of all entries, or of the first ones alone
 */
export function timesOf(cassette: CassetteReader, ticks: Float64Array): Times {
  const count = ticks.length
  const [begin, end] = [new Float64Array(count), new Float64Array(count)]
  if (isSingleEvents(cassette)) {
    let now = 0
    for (let index = 0; index < count; index++) {
      now += ticks[index] ?? 0
      begin[index] = now
      end[index] = now
    }
    return { clock: 'microseconds', begin, end }
  }
  const begun = new Set<number>()
  for (let index = 0; index < count; index++) {
    const position = cassette.begin(index)
    if (position !== undefined && position <= 2 * count) begun.add(position)
  }
  let position = 0
  for (let index = 0; index < count; index++) {
    while (begun.has(position)) position++
    end[index] = position++
    begin[index] = Math.min(cassette.begin(index) ?? end[index] ?? 0, end[index] ?? 0)
  }
  return { clock: 'position', begin, end }
}

/**
 * Microseconds since the recording began, as the virtual clock of a replay counts them: what overlapped overlaps, each entry takes its
 * ticks, and time that passed between entries is not known and does not pass.
 */
export function clockTimes(cassette: CassetteReader, ticks: Float64Array): Times {
  const times = timesOf(cassette, ticks)
  if (times.clock === 'microseconds') return times
  const count = ticks.length
  const [begin, end] = [new Float64Array(count), new Float64Array(count)]
  const byBegin = Uint32Array.from({ length: count }, (_, index) => index).sort(
    (a, b) => (times.begin[a] ?? 0) - (times.begin[b] ?? 0),
  )
  let now = 0
  let next = 0
  for (let ended = 0; ended < count; ended++) {
    for (; next < count; next++) {
      const entry = byBegin[next] ?? 0
      if ((times.begin[entry] ?? 0) > (times.end[ended] ?? 0)) break
      begin[entry] = now
    }
    now = Math.max(now, (begin[ended] ?? 0) + (ticks[ended] ?? 0))
    end[ended] = now
  }
  return { clock: 'microseconds', begin, end }
}

function isSingleEvents(cassette: CassetteReader): boolean {
  return Iterator.from(cassette.lanes.values()).some(({ op }) => singleEvent.test(Buffer.from(op).toString()))
}
