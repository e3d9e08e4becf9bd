/**
 * Where the records of a partition stand in a cassette, in the order of their offsets. Three numbers for each recorded answer:
 * bytes are read again when somebody asks.
 */
export class PartitionLog {
  readonly #first: number[] = []
  readonly #last: number[] = []
  /** The entry, or its complement where it may not be read yet out of its order. */
  readonly #entries: number[] = []

  /** Takes the records from `first` to `last` of an entry. What is known already only becomes readable. */
  add(entry: number, first: number, last: number, readable: boolean): void {
    const known = this.#last.at(-1) ?? -1
    if (last > known) {
      this.#first.push(first)
      this.#last.push(last)
      this.#entries.push(readable ? entry : ~entry)
    } else if (readable) {
      for (let at = this.#find(first); at < this.#first.length && this.#first[at]! <= last; at++) {
        const marked = this.#entries[at]!
        if (marked < 0) this.#entries[at] = ~marked
      }
    }
  }

  /** The entry that has the record of this offset, or the next one after it in the same answer. */
  at(offset: number, again: boolean): { readonly entry: number; readonly readable: boolean } | undefined {
    const at = this.#find(offset)
    const marked = this.#entries[at]
    if (marked === undefined || this.#first[at]! > offset) return undefined
    if (marked < 0 && !again) return undefined
    return marked < 0 ? { entry: ~marked, readable: false } : { entry: marked, readable: true }
  }

  /** The first answer that ends at the offset or behind it. */
  #find(offset: number): number {
    let low = 0
    let high = this.#last.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#last[middle]! < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
