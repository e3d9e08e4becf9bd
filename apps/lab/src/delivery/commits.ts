import type { DeliveryAct } from './act.ts'

/** Deliveries of a log that a commit may still come to cover, at most; of more the oldest are no longer looked at. */
const maxKept = 4_096
/** Commits that a settle may still come too late for, at most. */
const maxClaims = 64

interface Handed {
  readonly entry: number
  readonly begin: number
  /** Infinity where it was never settled. */
  readonly settledAt: number
}

interface Claim {
  readonly entry: number
  readonly begin: number
  readonly committed: number
}

/** Two entries of which the one tells of a commit, the other of a delivery before it that was not settled then. */
export interface Ahead {
  readonly entry: number
  readonly other: number
  /** Of the delivery that was not settled. */
  readonly offset: number
}

/**
 * Commits beside settles. Each delivery says which offset its group had committed when it was handed over: all that was
 * handed over before, below that offset, must have been settled by then.
 */
export class CommittedOffsets {
  #highest: number | undefined
  readonly #handed = new Map<number, Handed>()
  readonly #claims: Claim[] = []

  /** The highest offset that was committed. */
  get highest(): number | undefined {
    return this.#highest
  }

  /** Notes an offset that is known to be committed. */
  claim(committed: number): void {
    this.#highest = Math.max(this.#highest ?? 0, committed)
  }

  /** Takes a delivery, and gives what it or an earlier one shows to be committed too early. */
  take({ entry, begin, end, committed }: DeliveryAct, offset: number, isSettled: boolean): Ahead[] {
    const found: Ahead[] = []
    if (committed !== undefined && committed > (this.#highest ?? -1)) {
      this.claim(committed)
      for (const [below, handed] of this.#handed) {
        if (below >= committed) continue
        if (handed.begin < begin && handed.settledAt > begin) found.push({ entry, other: handed.entry, offset: below })
        this.#handed.delete(below)
      }
      this.#claims.push({ entry, begin, committed })
      if (this.#claims.length > maxClaims) this.#claims.shift()
    }
    const settledAt = isSettled ? end : Infinity
    const early = this.#claims.find((one) => one.committed > offset && one.begin > begin && one.begin < settledAt)
    if (early !== undefined) found.push({ entry: early.entry, other: entry, offset })
    this.#handed.delete(offset)
    this.#handed.set(offset, { entry, begin, settledAt })
    if (this.#handed.size > maxKept) this.#handed.delete(this.#handed.keys().next().value ?? offset)
    return found
  }
}
