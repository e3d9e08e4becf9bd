/** What a row without a number gives; no number of a column may be this one. */
export const ABSENT = 0xffff_ffff

/** Rows that share one base; a power of two. */
const BLOCK_BITS = 4

const NEAR_ABSENT = 0xffff
/** So that numbers below the base, which is the first of their block, are near it too. */
const MIDDLE = 0x7fff

/**
 * A column of numbers from 0 to 4294967294 of which neighbours are near each other, such as places in a file: two bytes a row,
 * the distance to the first number of its block of 16. Where one is farther than 32 767 off, the column has four bytes a row
 * from then on.
 */
export class NearColumn {
  readonly #bases: Uint32Array
  #near: Uint16Array | undefined
  #far: Uint32Array | undefined

  /** @param rows how many rows there are at most; a multiple of 16 */
  constructor(rows: number) {
    this.#bases = new Uint32Array(rows >>> BLOCK_BITS).fill(ABSENT)
    this.#near = new Uint16Array(rows).fill(NEAR_ABSENT)
  }

  /** The number of a row, {@link ABSENT} where none was put. */
  get(row: number): number {
    const near = this.#near
    if (near === undefined) return this.#far![row]!
    const distance = near[row]!
    return distance === NEAR_ABSENT ? ABSENT : this.#bases[row >>> BLOCK_BITS]! - MIDDLE + distance
  }

  /** Takes all numbers out. */
  clear(): void {
    this.#bases.fill(ABSENT)
    this.#near = (this.#near ?? new Uint16Array(this.#far!.length)).fill(NEAR_ABSENT)
    this.#far = undefined
  }

  put(row: number, value: number): void {
    const near = this.#near
    if (near !== undefined) {
      const block = row >>> BLOCK_BITS
      if (this.#bases[block] === ABSENT) this.#bases[block] = value
      const distance = value - this.#bases[block]! + MIDDLE
      if (distance >= 0 && distance < NEAR_ABSENT) {
        near[row] = distance
        return
      }
      this.#far = Uint32Array.from(near, (_, at) => this.get(at))
      this.#near = undefined
    }
    this.#far![row] = value
  }
}
