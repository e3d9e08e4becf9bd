/** Another seed lets every fault strike at another point of its run. */
export const faultSeed = Number(process.env['X07_LAB_FAULT_SEED'] ?? 0)

/** Messages of a run: enough for several prefetches and batches, little enough for seconds. */
export const messages = 600

/** A point of a run where a fault strikes, moved by the seed; behind it enough is left to be hit. */
export function shifted(point: number): number {
  return 1 + ((point + faultSeed * 61) % (messages - 200))
}

/** Calls `strike` once, when the count reaches `point`. */
export function at(point: number, strike: () => void): (count: number) => void {
  return (count) => {
    if (count === point) strike()
  }
}
