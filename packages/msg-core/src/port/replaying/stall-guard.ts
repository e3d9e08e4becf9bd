import type { Scheduler, Timer } from '../../playback/index.ts'

/** What a {@link StallGuard} asks and tells. */
export interface StallWatch {
  /** Whether the program waits for something of the replay. */
  waiting(): boolean
  /** How long nothing may move now, in milliseconds: longer where the recording had a pause. */
  allowedMs(): number
  /** Nothing has moved for that long. */
  stalled(ms: number): void
}

/** Notices that nothing has moved for a while although the program waits. */
export class StallGuard {
  readonly #scheduler: Scheduler
  #ms: number
  readonly #watch: StallWatch
  #timer: Timer | undefined
  #moved = false
  #hurries = false
  #since = 0

  /** @param ms how long nothing may move at the least */
  constructor(scheduler: Scheduler, ms: number, watch: StallWatch) {
    this.#scheduler = scheduler
    this.#ms = ms
    this.#watch = watch
  }

  /** Something moved. */
  moved(): void {
    this.#moved = true
    // A program that waits for nothing must be able to end.
    if (this.#timer !== undefined && !this.#watch.waiting()) this.#timer.unref()
  }

  /** The program begins to wait. */
  watch(): void {
    if (this.#timer === undefined) this.#start(this.#ms)
    else this.#timer.ref()
  }

  /** The program does otherwise than it did, and may do so a thousand times: from now on nothing moves for a tenth of the time. */
  hurry(): void {
    this.#ms = Math.max(1, this.#ms / 10)
    this.#hurries = true
  }

  get hurries(): boolean {
    return this.#hurries
  }

  /** How long nothing may move at the least, in milliseconds. */
  get ms(): number {
    return this.#ms
  }

  stop(): void {
    if (this.#timer !== undefined) this.#scheduler.cancel(this.#timer)
    this.#timer = undefined
  }

  #start(ms: number): void {
    this.#moved = false
    this.#since = this.#scheduler.now()
    this.#timer = this.#scheduler.after(ms, () => this.#check())
  }

  #check(): void {
    this.#timer = undefined
    if (!this.#watch.waiting()) return
    if (this.#moved) return this.#start(this.#ms)
    const waited = this.#scheduler.now() - this.#since
    const left = this.#watch.allowedMs() - waited
    // A timer may fire a little early.
    if (left > 1) this.#timer = this.#scheduler.after(Math.min(left, 0x7fff_ffff), () => this.#check())
    else this.#watch.stalled(Math.round(waited))
  }
}
