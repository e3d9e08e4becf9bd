import { ExactTotal, refuseAmount } from './total.ts'

/** A count that only grows, bound to its labels. */
export interface Counter {
  /**
   * Adds `amount`, a whole number from 0 to 2^53 - 1 in the metric's unit, 1 by default.
   *
   * @throws ObsError `invalid_value`
   */
  inc(amount?: number): void
}

export class CounterCell implements Counter {
  readonly #id: string
  readonly #total = new ExactTotal()

  constructor(id: string) {
    this.#id = id
  }

  inc(amount = 1): void {
    if (!Number.isSafeInteger(amount) || amount < 0) refuseAmount(this.#id, amount, 'add to')
    this.#total.add(amount)
  }

  get value(): bigint {
    return this.#total.value
  }
}
