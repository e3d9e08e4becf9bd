import type { PlayedEntry } from '../../format/cassette/entry-decode.ts'
import { DriverError, type PublishResult } from '../index.ts'
import { EntryMap } from './entry-map.ts'

/** A publish that waits for its recorded answer. */
export interface PendingPublish {
  readonly envelope: Uint8Array
  readonly recorded: PlayedEntry
  readonly signal: AbortSignal | undefined
  readonly resolve: (result: PublishResult) => void
  readonly reject: (error: unknown) => void
}

/** The publishes without an answer, by the index of their entry. */
export class PendingPublishes {
  readonly #endpoint: string
  readonly #releaseDue: () => void
  readonly #turn: (callback: () => void) => void
  readonly #pending = new EntryMap<PendingPublish>()
  readonly #heard = new WeakSet<AbortSignal>()

  /**
   * @param releaseDue answers everything that is due
   * @param turn runs a callback in a turn of its own
   */
  constructor(endpoint: string, releaseDue: () => void, turn: (callback: () => void) => void) {
    this.#endpoint = endpoint
    this.#releaseDue = releaseDue
    this.#turn = turn
  }

  get size(): number {
    return this.#pending.size
  }

  has(entry: number): boolean {
    return this.#pending.get(entry) !== undefined
  }

  add(entry: number, publish: PendingPublish): void {
    this.#pending.add(entry, publish)
    if (publish.signal !== undefined && !this.#heard.has(publish.signal)) this.#listen(publish.signal)
  }

  /** Takes a publish out to be answered. */
  take(entry: number): PendingPublish | undefined {
    return this.#pending.take(entry)
  }

  /** Their entries, in order. */
  entries(): Int32Array {
    return this.#pending.entries()
  }

  /** Rejects all, or those of a signal, in the order of their entries. */
  rejectAll(error: Error, signal?: AbortSignal): void {
    for (const entry of this.#pending.entries()) {
      if (signal !== undefined && this.#pending.get(entry)?.signal !== signal) continue
      this.#pending.take(entry)?.reject(error)
    }
  }

  /** One listener a signal: a pipeline hands the same one to every publish. Answers that are due come before the abort. */
  #listen(signal: AbortSignal): void {
    this.#heard.add(signal)
    const aborted = (): void => {
      this.#releaseDue()
      this.rejectAll(new DriverError('aborted', `publish to ${this.#endpoint}: aborted by the caller`), signal)
    }
    signal.addEventListener('abort', () => this.#turn(aborted), { once: true })
  }
}
