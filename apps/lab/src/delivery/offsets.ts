/** Offsets as runs of consecutive ones: a log that is read in order is one run. */
export class OffsetSet {
  /** Begin and end (exclusive) of each run, ascending. */
  readonly #begins: number[] = []
  readonly #ends: number[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): number | undefined {
    return this.#begins[0]
  }

  get last(): number | undefined {
    const end = this.#ends.at(-1)
    return end === undefined ? undefined : end - 1
  }

  has(offset: number): boolean {
    const run = this.#runAt(offset)
    return run >= 0 && offset < this.#ends[run]!
  }

  /** Adds an offset; false where it was there. */
  add(offset: number): boolean {
    const run = this.#runAt(offset)
    if (run >= 0 && offset < this.#ends[run]!) return false
    this.#size++
    const follows = run >= 0 && this.#ends[run] === offset
    const meets = this.#begins[run + 1] === offset + 1
    if (follows && meets) {
      this.#ends[run] = this.#ends[run + 1]!
      this.#begins.splice(run + 1, 1)
      this.#ends.splice(run + 1, 1)
    } else if (follows) this.#ends[run] = offset + 1
    else if (meets) this.#begins[run + 1] = offset
    else {
      this.#begins.splice(run + 1, 0, offset)
      this.#ends.splice(run + 1, 0, offset + 1)
    }
    return true
  }

  /** The last run that begins at an offset or before it; -1 where there is none. */
  #runAt(offset: number): number {
    let [low, high] = [0, this.#begins.length]
    // What comes next is what is asked for nearly always.
    if (high > 0 && this.#begins[high - 1]! <= offset) return high - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#begins[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

const pageSize = 4_096

interface Page {
  readonly entries: Uint32Array
  readonly sums: Uint32Array
  used: number
}

/** What is known of a publish by its offset. */
export interface PublishedAt {
  readonly entry: number
  /** CRC-32 of its message. */
  readonly sum: number
}

/** Publishes by offset until they are delivered: eight bytes each, in pages that go once they are empty. */
export class PublishedOffsets {
  readonly #pages = new Map<number, Page>()
  #size = 0

  get size(): number {
    return this.#size
  }

  set(offset: number, { entry, sum }: PublishedAt): void {
    const name = Math.floor(offset / pageSize)
    let page = this.#pages.get(name)
    if (page === undefined) {
      page = { entries: new Uint32Array(pageSize), sums: new Uint32Array(pageSize), used: 0 }
      this.#pages.set(name, page)
    }
    const at = offset % pageSize
    if (page.entries[at] === 0) {
      page.used++
      this.#size++
    }
    // Zero is none.
    page.entries[at] = entry + 1
    page.sums[at] = sum
  }

  /** Takes out what is known of an offset. */
  take(offset: number): PublishedAt | undefined {
    const name = Math.floor(offset / pageSize)
    const page = this.#pages.get(name)
    const at = offset % pageSize
    const entry = page?.entries[at] ?? 0
    if (page === undefined || entry === 0) return undefined
    page.entries[at] = 0
    this.#size--
    if (--page.used === 0) this.#pages.delete(name)
    return { entry: entry - 1, sum: page.sums[at] ?? 0 }
  }

  /** All that are left, ascending. */
  *left(): Generator<readonly [offset: number, entry: number]> {
    for (const name of [...this.#pages.keys()].sort((a, b) => a - b)) {
      const page = this.#pages.get(name)
      if (page === undefined) continue
      for (let at = 0; at < pageSize; at++) {
        if (page.entries[at] !== 0) yield [name * pageSize + at, page.entries[at]! - 1]
      }
    }
  }
}
