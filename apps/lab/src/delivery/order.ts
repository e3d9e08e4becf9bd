/**
 * Whether two numbers rise together: when something happened, and its place in the order that must hold. Pairs may come a
 * little out of order, as entries do that end later than they began: each is compared with the latest one so far.
 */
export class RisingTogether {
  #latest = -1
  #place = -1

  /** The place of the latest one so far; -1 before the first. */
  get place(): number {
    return this.#place
  }

  /** Takes a pair; false where it is out of order with the latest one. */
  take(when: number, place: number): boolean {
    const isLatest = when >= this.#latest
    const isInOrder = isLatest === place > this.#place
    if (isInOrder && !isLatest) return true
    // Also where it is the earlier one: whichever of the two is out of order is one finding, not one for each that follows it.
    this.#latest = when
    this.#place = place
    return isInOrder
  }
}
