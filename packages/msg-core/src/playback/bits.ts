/** A set of small numbers, one bit each; grows as it is filled. */
export class Bits {
  #bytes: Uint8Array

  /** @param size numbers to make room for at once */
  constructor(size = 1024) {
    this.#bytes = new Uint8Array((size >> 3) + 1)
  }

  has(at: number): boolean {
    return ((this.#bytes[at >> 3] ?? 0) & (1 << (at & 7))) !== 0
  }

  add(at: number): void {
    const byte = at >> 3
    if (byte >= this.#bytes.length) {
      const grown = new Uint8Array(Math.max(byte + 1, 2 * this.#bytes.length))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes[byte] = (this.#bytes[byte] ?? 0) | (1 << (at & 7))
  }

  delete(at: number): void {
    const byte = at >> 3
    if (byte < this.#bytes.length) this.#bytes[byte] = (this.#bytes[byte] ?? 0) & ~(1 << (at & 7))
  }
}
