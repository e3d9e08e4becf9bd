import { Bits } from '../../kit/bits.ts'

/** Pages of positions that are kept whatever they hold; beyond them there is one for so many entries. */
const freePages = 256
const entriesOfPage = 1_024

/** The begin positions of many entries, without saying whose they are: a bit each. */
export class BeginPositions {
  #bits: Bits | undefined = new Bits()
  #count = 0
  #highest = -1
  #repeats = false

  /** How many entries have one. */
  get count(): number {
    return this.#count
  }

  /** The highest position; -1 where there is none. */
  get highest(): number {
    return this.#highest
  }

  /** Whether each belongs to one entry; undefined where they lie so far apart that they are not kept, which ours never do. */
  get areDistinct(): boolean | undefined {
    return this.#bits === undefined ? undefined : !this.#repeats
  }

  add(position: number): void {
    this.#count++
    if (position > this.#highest) this.#highest = position
    const bits = this.#bits
    if (bits === undefined) return
    if (!bits.add(position)) this.#repeats = true
    if (bits.pages > freePages + this.#count / entriesOfPage) this.#bits = undefined
  }

  /** Only where {@link areDistinct} is known. */
  has(position: number): boolean {
    return this.#bits?.has(position) ?? false
  }
}
