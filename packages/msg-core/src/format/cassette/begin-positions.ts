import { Bits } from '../../kit/bits.ts'

/** Pages of positions that are kept whatever they hold; beyond them there is one for so many entries. */
const freePages = 256
const entriesOfPage = 1_024

/** An entry that lasts for so many positions at least is found by where it begins; more entries than that overlap in few recordings. */
const farPositions = 131_072
/** Such entries that are kept; where there are more, none is found. */
const mostFar = 65_536

/** The begin positions of many entries, without saying whose they are: a bit each. */
export class BeginPositions {
  #bits: Bits | undefined = new Bits()
  #count = 0
  #highest = -1
  #repeats = false
  #far: Map<number, number> | undefined = new Map()

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

  /**
   * Which entry begins at a position, of those that end long behind it, such as an iteration over all messages; undefined of others.
   * Only where every entry has a position.
   */
  farEntry(position: number): number | undefined {
    return this.#far?.get(position)
  }

  /** The position of the next entry. */
  add(position: number): void {
    const entry = this.#count++
    // Ends and begins share a counter: before an entry ends, as many others have ended and begun as stand before it.
    if (2 * entry - position > farPositions) this.#far?.set(position, entry)
    if ((this.#far?.size ?? 0) > mostFar) this.#far = undefined
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
