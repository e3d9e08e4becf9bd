import { describeDivergence } from '@x07-lab/msg-core'
import type { ToldDivergence } from '@x07-lab/msg-core/driver'
import type { Divergence, FieldDifference } from '@x07-lab/msg-core/playback'

/** Divergences kept for the report. */
const maxKept = 100

/** What a player found, each told at its moment, and once. */
export class Divergences {
  readonly #told: (divergence: Divergence, text: string) => void
  /** By name: the place in the list, -1 for what is counted alone. */
  readonly #seen = new Map<string, number>()
  readonly list: ToldDivergence[] = []
  count = 0

  constructor(told: (divergence: Divergence, text: string) => void) {
    this.#told = told
  }

  /** @param name names what happened: a client that tries again does not do something else */
  tell(divergence: Divergence, name: string, text: string = textOf(divergence)): void {
    if (this.#seen.has(name)) return
    this.#seen.set(name, this.list.length < maxKept ? this.list.push({ ...divergence, text }) - 1 : -1)
    this.count++
    this.#told(divergence, text)
  }

  /** What was told under a name has turned out to be something else. */
  correct(name: string, divergence: Divergence, text: string): void {
    const place = this.#seen.get(name) ?? -1
    if (place >= 0) this.list[place] = { ...divergence, text }
  }
}

/** A divergence as a sentence. */
export function textOf(divergence: Divergence): string {
  const { key } = divergence
  switch (divergence.kind) {
    case 'changed':
      return divergence.sameAs === undefined
        ? `${key}: this call differs from entry ${divergence.entry}: ${textOfDifferences(divergence.differences)}`
        : `${key}: entry ${divergence.entry} is another call; this one was recorded as entry ${divergence.sameAs}, so the order has changed`
    case 'extra':
      return `${key}: one call more than the ${divergence.recorded ?? 0} recorded; record the run again if that is meant`
    case 'settled_differently':
      return `${key}: entry ${divergence.entry} was ${divergence.recorded}, is ${divergence.now}`
    case 'moved':
    case 'settled_again':
    case 'unsettled':
      return describeDivergence(divergence)
    case 'stalled':
      return divergence.entry === null
        ? `${key}: the program waits, and the recording has nothing more to give`
        : `${key}: the program waits, and the recording goes on when it makes the call of entry ${divergence.entry}`
    case 'unused':
      return `${key}: ${divergence.count} recorded ${divergence.count === 1 ? 'call was' : 'calls were'} never made, the first is entry ${divergence.entry}`
  }
}

export function textOfDifferences(differences: readonly FieldDifference[]): string {
  return differences.map(({ field, recorded, now }) => `${field} was ${recorded}, is ${now}`).join('; ')
}
