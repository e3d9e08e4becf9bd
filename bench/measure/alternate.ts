import { collectGarbage } from './collect-garbage.ts'

/** One side of a comparison: runs once and gives its rate. */
export type Side = () => Promise<number>

/** How often a pair is measured. */
export interface Rounds {
  /** Runs of each side before the measured ones. */
  readonly warmUps: number
  /** Measured runs of each side; odd, so that the median is one of them. */
  readonly rounds: number
}

/**
 * Measures two sides in turns (ours, other, other, ours, …), so that what disturbs the machine disturbs both, and neither
 * always follows the other. Gives the median of each.
 */
export async function alternate(
  ours: Side,
  other: Side,
  { warmUps, rounds }: Rounds,
): Promise<{ readonly ours: number; readonly other: number }> {
  const rates: { readonly ours: number[]; readonly other: number[] } = { ours: [], other: [] }
  for (let round = -warmUps; round < rounds; round++) {
    const order = round % 2 === 0 ? (['ours', 'other'] as const) : (['other', 'ours'] as const)
    for (const name of order) {
      collectGarbage()
      const rate = await (name === 'ours' ? ours : other)()
      if (round >= 0) rates[name].push(rate)
    }
  }
  return { ours: median(rates.ours), other: median(rates.other) }
}

/** The middle of the values; of an even number of them the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) throw new RangeError('take the median: there are no values')
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

/** Runs `work` and gives units per second. */
export async function rateOf(units: number, work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return (units / (performance.now() - start)) * 1000
}
