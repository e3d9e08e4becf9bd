import { ObsError } from '../error.ts'

/** A value that goes up and down, bound to its labels. */
export interface Gauge {
  /**
   * Replaces the value, 0 before, by a finite number in the metric's unit.
   *
   * @throws ObsError `invalid_value`
   */
  set(value: number): void
}

export class GaugeCell implements Gauge {
  readonly #id: string
  readonly #value = new Float64Array(1)

  constructor(id: string) {
    this.#id = id
  }

  set(value: number): void {
    if (!Number.isFinite(value)) {
      throw new ObsError('invalid_value', `set metric ${this.#id}: ${String(value)} is not a finite number`)
    }
    this.#value[0] = value
  }

  get value(): number {
    return this.#value[0] ?? 0
  }
}
