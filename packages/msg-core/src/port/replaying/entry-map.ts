const INITIAL_BITS = 6
const FREE = -1

/** 2^32 by the golden ratio: entries that follow each other are spread evenly, so that no long run of slots is taken. */
const SPREAD = 0x9e37_79b1

/**
 * Values by the index of their entry, for values that come and go by the million while few are there at a time. A Map makes
 * itself anew every so often, and each old table keeps alive what was in it until the next full garbage collection. This is
 * a table with open addressing, at most half full, whose slots are used again.
 */
export class EntryMap<Value> {
  #bits = INITIAL_BITS
  #entries = new Int32Array(1 << INITIAL_BITS).fill(FREE)
  #values: (Value | undefined)[] = Array.from({ length: 1 << INITIAL_BITS })
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The value of an entry; undefined where it has none. */
  get(entry: number): Value | undefined {
    return this.#values[this.#slotOf(entry)]
  }

  /** Puts the value of an entry that has none. */
  add(entry: number, value: Value): void {
    if (2 * ++this.#size > this.#entries.length) this.#grow()
    const slot = this.#slotOf(entry)
    this.#entries[slot] = entry
    this.#values[slot] = value
  }

  /** Takes the value of an entry out; undefined where it has none. */
  take(entry: number): Value | undefined {
    const slot = this.#slotOf(entry)
    if (this.#entries[slot] !== entry) return undefined
    const value = this.#values[slot]
    this.#size--
    this.#free(slot)
    return value
  }

  /** The entries that have a value, in ascending order. */
  entries(): Int32Array {
    return this.#entries.filter((entry) => entry !== FREE).sort()
  }

  #home(entry: number): number {
    return Math.imul(entry, SPREAD) >>> (32 - this.#bits)
  }

  /** Where the entry is, or the free slot where it would be. */
  #slotOf(entry: number): number {
    const entries = this.#entries
    const mask = entries.length - 1
    let slot = this.#home(entry)
    while (entries[slot] !== entry && entries[slot] !== FREE) slot = (slot + 1) & mask
    return slot
  }

  /** Frees a slot; what stands behind it because its own was taken moves up, so that it is still found. */
  #free(slot: number): void {
    const entries = this.#entries
    const values = this.#values
    const mask = entries.length - 1
    let free = slot
    for (let at = (free + 1) & mask; entries[at] !== FREE; at = (at + 1) & mask) {
      const entry = entries[at] ?? FREE
      const distance = (at - this.#home(entry)) & mask
      if (distance < ((at - free) & mask)) continue
      entries[free] = entry
      values[free] = values[at]
      free = at
    }
    entries[free] = FREE
    values[free] = undefined
  }

  #grow(): void {
    const entries = this.#entries
    const values = this.#values
    this.#bits++
    this.#entries = new Int32Array(1 << this.#bits).fill(FREE)
    this.#values = Array.from({ length: 1 << this.#bits })
    for (const [slot, entry] of entries.entries()) {
      if (entry === FREE) continue
      const to = this.#slotOf(entry)
      this.#entries[to] = entry
      this.#values[to] = values[slot]
    }
  }
}
