/** Ids up to this one are kept as single bits: 8 MiB at the most. */
const largestDense = 1 << 26
const decimal = /^(?:0|[1-9]\d{0,7})$/

/**
 * Which message ids were seen. Running numbers, as this program writes them, cost one bit each; any other id is kept as
 * text.
 */
export class SeenIds {
  #bits = new Uint8Array(1024)
  readonly #others = new Set<string>()

  /** Adds an id; false where it was there already. */
  add(id: string): boolean {
    const number = decimal.test(id) ? Number(id) : largestDense
    if (number < largestDense) return this.#addNumber(number)
    const before = this.#others.size
    return this.#others.add(id).size > before
  }

  #addNumber(number: number): boolean {
    const at = number >> 3
    if (at >= this.#bits.length) {
      const grown = new Uint8Array(2 ** Math.ceil(Math.log2(at + 1)))
      grown.set(this.#bits)
      this.#bits = grown
    }
    const bit = 1 << (number & 7)
    const byte = this.#bits[at] ?? 0
    this.#bits[at] = byte | bit
    return (byte & bit) === 0
  }
}
