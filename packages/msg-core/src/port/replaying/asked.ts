import type { PlayedEntry } from '../../format/cassette/entry-decode.ts'
import { DriverError, type PublishResult } from '../index.ts'
import { EntryMap } from './entry-map.ts'

/** A publish that waits for its recorded answer. */
export interface Asked {
  readonly envelope: Uint8Array
  readonly recorded: PlayedEntry
  readonly signal: AbortSignal | undefined
  readonly resolve: (result: PublishResult) => void
  readonly reject: (error: unknown) => void
}

/** The publishes without an answer, by the index of their entry. */
export class AskedPublishes {
  readonly #endpoint: string
  readonly #letDue: () => void
  readonly #asked = new EntryMap<Asked>()
  readonly #heard = new WeakSet<AbortSignal>()

  /** @param letDue answers everything that is due */
  constructor(endpoint: string, letDue: () => void) {
    this.#endpoint = endpoint
    this.#letDue = letDue
  }

  get size(): number {
    return this.#asked.size
  }

  has(entry: number): boolean {
    return this.#asked.get(entry) !== undefined
  }

  add(entry: number, asked: Asked): void {
    this.#asked.add(entry, asked)
    if (asked.signal !== undefined && !this.#heard.has(asked.signal)) this.#listen(asked.signal)
  }

  /** Takes a publish out to be answered. */
  take(entry: number): Asked | undefined {
    return this.#asked.take(entry)
  }

  /** Rejects all, or those of a signal, in the order of their entries. */
  rejectAll(error: DriverError, signal?: AbortSignal): void {
    for (const entry of this.#asked.entries()) {
      if (signal !== undefined && this.#asked.get(entry)?.signal !== signal) continue
      this.#asked.take(entry)?.reject(error)
    }
  }

  /** One listener a signal: a pipeline hands the same one to every publish. Answers that are due come before the abort. */
  #listen(signal: AbortSignal): void {
    this.#heard.add(signal)
    const aborted = (): void => {
      this.#letDue()
      this.rejectAll(new DriverError('aborted', `publish to ${this.#endpoint}: aborted by the caller`), signal)
    }
    signal.addEventListener('abort', () => setImmediate(aborted), { once: true })
  }
}
