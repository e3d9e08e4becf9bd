/** How many publishes, before and after a place, may have changed places with the one there. */
const window = 32

/** What is looked at of the recording: the recorded bytes of a publish, and the publishes still to come. */
export interface Recorded {
  readonly isRequest: (entry: number, envelope: Uint8Array) => boolean
  /** The recorded publish `offset` places further on. */
  readonly later: (offset: number) => number | undefined
}

/**
 * Tasks of one program that run at the same time may publish in another order than in the recording. The places of the order
 * stay as they are, since what follows hangs on them; but each message gets the answer that was recorded for its own bytes.
 */
export class Overtaken {
  readonly #recorded: Recorded
  /** Entries whose place was taken by other bytes and whose answer has not been given, the oldest first. */
  readonly #left: number[] = []
  /** Entries ahead whose answer has been given. */
  readonly #given = new Set<number>()

  constructor(recorded: Recorded) {
    this.#recorded = recorded
  }

  /**
   * The entry whose answer a publish in the place of `entry` is given: that one itself where the bytes are its `own`, else one
   * near that has them; undefined where there is none.
   */
  answerTo(entry: number, own: boolean, envelope: Uint8Array): number | undefined {
    if (own && !this.#given.delete(entry)) return entry
    if (!own) this.#leave(entry)
    return this.#find(envelope) ?? (own ? entry : undefined)
  }

  #find(envelope: Uint8Array): number | undefined {
    const left = this.#left.findIndex((at) => this.#recorded.isRequest(at, envelope))
    if (left >= 0) return this.#left.splice(left, 1)[0]
    for (let offset = 0; offset < window; offset++) {
      const at = this.#recorded.later(offset)
      if (at === undefined) return undefined
      if (this.#given.has(at) || !this.#recorded.isRequest(at, envelope)) continue
      this.#given.add(at)
      return at
    }
    return undefined
  }

  #leave(entry: number): void {
    if (this.#given.delete(entry)) return
    this.#left.push(entry)
    if (this.#left.length > window) this.#left.shift()
  }
}
