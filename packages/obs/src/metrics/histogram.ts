import { canonicalFloat, millionths } from '../openmetrics/number.ts'
import { type MetricDeclaration, ticksPerUnit } from '../registry/declaration.ts'
import type { Bucket } from './snapshot.ts'
import { ExactTotal, refuseAmount } from './total.ts'

/** A distribution of observations, bound to its labels. */
export interface Histogram {
  /**
   * Counts one observation: whole microseconds where the metric's unit is `seconds` (a cassette's ticks as they are),
   * else a whole number of the unit; from 0 to 2^53 - 1. Whole numbers add up to the same sum in any order, doubles do
   * not, and the sum is part of what two runs must agree on.
   *
   * @throws ObsError `invalid_value`
   */
  observe(ticks: number): void
}

export class HistogramCell implements Histogram {
  readonly #id: string
  readonly #bounds: readonly number[]
  readonly #ticksPerUnit: number
  /** Upper bounds in ticks. */
  readonly #limits: Float64Array
  /** Observations per bucket, not cumulative; the last is above all bounds. */
  readonly #counts: Float64Array
  readonly #sum = new ExactTotal()

  constructor({ id, unit, histogramBuckets: bounds }: MetricDeclaration) {
    this.#id = id
    this.#bounds = bounds
    this.#ticksPerUnit = ticksPerUnit(unit)
    this.#limits = Float64Array.from(bounds, (bound) => Math.round(bound * this.#ticksPerUnit))
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(ticks: number): void {
    if (!Number.isSafeInteger(ticks) || ticks < 0) refuseAmount(this.#id, ticks, 'observe in')
    const limits = this.#limits
    let at = 0
    // For the dozen or two of bounds that histograms have, a binary search is no faster.
    while (at < limits.length && ticks > (limits[at] ?? 0)) at += 1
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#sum.add(ticks)
  }

  read(): { buckets: readonly Bucket[]; sum: string; count: bigint } {
    let count = 0n
    const buckets = Array.from(this.#counts, (own, at) => {
      count += BigInt(own)
      return { le: canonicalFloat(this.#bounds[at] ?? Number.POSITIVE_INFINITY), count }
    })
    const ticks = this.#sum.value
    return { buckets, sum: this.#ticksPerUnit === 1 ? String(ticks) : millionths(ticks), count }
  }
}
