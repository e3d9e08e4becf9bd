const PAGE_SHIFT = 15
const PAGE = 1 << PAGE_SHIFT
const LAST_OF_PAGE = PAGE - 1

/** Every page all of whose numbers are in the set; never written. */
const FULL = new Uint8Array(PAGE >> 3).fill(0xff)

/**
 * A set of numbers from 0 to 2^32 - 1, one bit each, in pages of 32,768. A page with none or with all of its numbers takes no memory,
 * so that a set of what has happened is as large as the stretch in which some things have and others have not.
 */
export class Bits {
  readonly #pages: (Uint8Array | undefined)[] = []
  readonly #counts: number[] = []
  #taken = 0

  /** Pages that take memory, 4 KiB each. */
  get pages(): number {
    return this.#taken
  }

  has(at: number): boolean {
    const page = this.#pages[at >>> PAGE_SHIFT]
    return page !== undefined && (page[(at & LAST_OF_PAGE) >> 3]! & (1 << (at & 7))) !== 0
  }

  /** Adds a number; false where it was there. */
  add(at: number): boolean {
    const number = at >>> PAGE_SHIFT
    let page = this.#pages[number]
    if (page === undefined) page = this.#addPage(number)
    const byte = (at & LAST_OF_PAGE) >> 3
    const before = page[byte]!
    const bit = 1 << (at & 7)
    if ((before & bit) !== 0) return false
    page[byte] = before | bit
    if (++this.#counts[number]! === PAGE) this.#give(number, FULL)
    return true
  }

  delete(at: number): void {
    if (!this.has(at)) return
    const number = at >>> PAGE_SHIFT
    let page = this.#pages[number]
    if (page === undefined) return
    if (page === FULL) this.#pages[number] = page = this.#take(new Uint8Array(FULL))
    page[(at & LAST_OF_PAGE) >> 3]! &= ~(1 << (at & 7))
    if (--this.#counts[number]! === 0) this.#give(number, undefined)
  }

  #addPage(number: number): Uint8Array {
    // Without holes the array stays one that is looked up fast.
    while (this.#pages.length <= number) {
      this.#pages.push(undefined)
      this.#counts.push(0)
    }
    return (this.#pages[number] = this.#take(new Uint8Array(PAGE >> 3)))
  }

  #take(page: Uint8Array): Uint8Array {
    this.#taken++
    return page
  }

  #give(number: number, instead: Uint8Array | undefined): void {
    this.#taken--
    this.#pages[number] = instead
  }
}
