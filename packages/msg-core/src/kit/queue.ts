const INITIAL_SLOTS = 16

/**
 * First in, first out, constant time: a ring that grows when it is full. What was taken is not kept alive, which it would be by
 * an array whose front is cut off now and then.
 */
export class Queue<T> {
  #slots: (T | undefined)[] = Array.from({ length: INITIAL_SLOTS })
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#slots.length) this.#grow()
    this.#slots[(this.#head + this.#length++) & (this.#slots.length - 1)] = item
  }

  /** The item `offset` places behind the front, without taking it. */
  peek(offset = 0): T | undefined {
    return offset < this.#length ? this.#slots[(this.#head + offset) & (this.#slots.length - 1)] : undefined
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#length--
    return item
  }

  #grow(): void {
    const length = 2 * this.#slots.length
    this.#slots = Array.from({ length }, (_, at) => this.peek(at))
    this.#head = 0
  }
}
