import type { Timers } from '../seam/timers.ts'

/** What {@link StallWatch} asks and tells. */
export interface StallWatchOptions {
  readonly timers: Timers
  /** Whether the program can only wait for the recording. */
  readonly isWaiting: () => boolean
  /** How long nothing may move. */
  readonly allowedMs: () => number
  readonly stalled: () => void
}

/** How often it is looked at; a stall is told at most this much late. */
const checkMs = 250

/** Notices that a program and its recording wait for each other. It keeps no process alive. */
export class StallWatch {
  readonly #options: StallWatchOptions
  #timer: NodeJS.Timeout | undefined
  #lastMoved = 0

  constructor(options: StallWatchOptions) {
    this.#options = options
  }

  moved(): void {
    const { timers } = this.#options
    this.#lastMoved = timers.now()
    if (this.#timer !== undefined) return
    this.#timer = timers.setInterval(() => this.#check(), checkMs)
    this.#timer.unref()
  }

  stop(): void {
    this.#options.timers.clearInterval(this.#timer)
  }

  #check(): void {
    const { timers, isWaiting, allowedMs, stalled } = this.#options
    if (!isWaiting() || timers.now() - this.#lastMoved < allowedMs()) return
    this.stop()
    stalled()
  }
}
