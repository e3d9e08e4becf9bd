/** Where the first delivery of each numbered message is: five bytes a number. */
export class FirstDeliveries {
  #entries = new Uint32Array(1_024)
  #shards = new Uint8Array(1_024)
  #count = 0

  /** Messages that are there. */
  get count(): number {
    return this.#count
  }

  /** Notes a delivery; false where there was one of this number before. */
  add(n: number, shard: number, entry: number): boolean {
    if (n >= this.#entries.length) {
      const entries = new Uint32Array(2 * n)
      entries.set(this.#entries)
      this.#entries = entries
      const shards = new Uint8Array(2 * n)
      shards.set(this.#shards)
      this.#shards = shards
    }
    if (this.#shards[n] !== 0) return false
    this.#shards[n] = shard + 1
    this.#entries[n] = entry
    this.#count++
    return true
  }

  /** In the order of the numbers. */
  *[Symbol.iterator](): Generator<{ readonly shard: number; readonly entry: number }> {
    for (let n = 0; n < this.#entries.length; n++) {
      const shard = this.#shards[n] ?? 0
      if (shard > 0) yield { shard: shard - 1, entry: this.#entries[n] ?? 0 }
    }
  }
}
