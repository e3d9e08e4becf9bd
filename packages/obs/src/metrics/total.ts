import { ObsError } from '../error.ts'

/**
 * A sum of whole numbers that stays exact however large it grows, and costs one addition: the part below 2^53 is a
 * double in place, what overflows it moves to a bigint.
 */
export class ExactTotal {
  readonly #low = new Float64Array(1)
  #carried = 0n

  /** Adds a whole number from 0 to 2^53 - 1; the caller has checked it. */
  add(amount: number): void {
    const next = (this.#low[0] ?? 0) + amount
    if (next <= Number.MAX_SAFE_INTEGER) {
      this.#low[0] = next
      return
    }
    this.#carried += BigInt(this.#low[0] ?? 0)
    this.#low[0] = amount
  }

  get value(): bigint {
    return this.#carried + BigInt(this.#low[0] ?? 0)
  }
}

/** Says that an instrument was given something other than a whole number from 0. */
export function refuseAmount(id: string, amount: unknown, what: string): never {
  const hint = typeof amount === 'number' && amount > 0 ? ', round it first' : ''
  const message = `${what} metric ${id}: ${String(amount)} is not a whole number from 0 to 2^53 - 1${hint}`
  throw new ObsError('invalid_value', message)
}
