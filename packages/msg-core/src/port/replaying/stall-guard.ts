/** Notices that nothing has moved for a while although the program waits. */
export class StallGuard {
  readonly #ms: number
  readonly #waiting: () => boolean
  readonly #stalled: () => void
  #timer: NodeJS.Timeout | undefined
  #moved = false

  constructor(ms: number, waiting: () => boolean, stalled: () => void) {
    this.#ms = ms
    this.#waiting = waiting
    this.#stalled = stalled
  }

  /** Something moved. */
  moved(): void {
    this.#moved = true
    // A program that waits for nothing must be able to end.
    if (this.#timer !== undefined && !this.#waiting()) this.#timer.unref()
  }

  /** The program begins to wait. */
  watch(): void {
    if (this.#timer === undefined) {
      this.#moved = false
      this.#timer = setTimeout(() => this.#check(), this.#ms)
    } else {
      this.#timer.ref()
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #check(): void {
    this.#timer = undefined
    if (!this.#waiting()) return
    if (this.#moved) this.watch()
    else this.#stalled()
  }
}
