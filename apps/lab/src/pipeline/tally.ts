import { Aggregate } from './aggregate.ts'
import { isCanonicalJson } from './canonical.ts'

/** What the messages of a run came to. */
export interface Totals {
  readonly aggregate: Pick<Aggregate, 'count' | 'toJson'>
  /** Payloads that are not in RFC 8785 form (the messages of others may be anything). */
  readonly notCanonical: number
}

/** What each message that counts is added to: in this thread, or in one beside it. */
export interface Tally {
  /** Messages added. */
  readonly count: number
  /** @param payload borrowed */
  add(key: Uint8Array | null, payload: Uint8Array): void
  end(): Totals | Promise<Totals>
}

/** A tally in this thread. */
export class OwnTally implements Tally {
  readonly #aggregate = new Aggregate()
  #notCanonical = 0

  get count(): number {
    return this.#aggregate.count
  }

  add(key: Uint8Array | null, payload: Uint8Array): void {
    if (!isCanonicalJson(payload)) this.#notCanonical++
    this.#aggregate.add(key, payload)
  }

  end(): Totals {
    return { aggregate: this.#aggregate, notCanonical: this.#notCanonical }
  }
}
