import type { Timers } from '../seam/timers.ts'
import type { VirtualTime } from '../time/virtual-time.ts'

/** What {@link StallWatch} asks and tells. */
export interface StallWatchOptions {
  readonly timers: Timers
  /** The program's time, where it is not the real one. */
  readonly time: VirtualTime | undefined
  /** Whether the program can only wait for the recording. */
  readonly isWaiting: () => boolean
  /** How long nothing may move. */
  readonly allowedMs: () => number
  readonly stalled: () => void
  /** The program has waited so long, and has more time only because somebody outside may make it go on. Told once a wait. */
  readonly waits?: (outsideMs: number) => void
}

/** How often it is looked at in real time; a stall is told at most this much late. */
const checkMs = 250

/** So long a program that listens to somebody outside may wait for him, in milliseconds of real time. */
const outsideMs = 30_000

/**
 * Notices that a program and its recording wait for each other. It keeps no process alive.
 *
 * In virtual time a stall is told as soon as time has jumped over what the program may wait; one that has timers which may
 * lead to something is given the time of these.
 */
export class StallWatch {
  readonly #options: StallWatchOptions
  #timer: NodeJS.Timeout | undefined
  #lastMoved = 0
  /** The movement after which a wait for somebody outside was told. */
  #toldAfter: number | undefined
  #isWatched = false
  #isOver = false

  constructor(options: StallWatchOptions) {
    this.#options = options
  }

  moved(): void {
    const { timers, time } = this.#options
    this.#lastMoved = timers.now()
    time?.progressed()
    if (this.#isOver) return
    if (this.#timer === undefined) {
      this.#timer = timers.setInterval(() => this.#check(), checkMs)
      this.#timer.unref()
    }
    if (time !== undefined && !this.#isWatched) this.#watch(time)
  }

  stop(): void {
    this.#isOver = true
    this.#options.timers.clearInterval(this.#timer)
  }

  #check(): void {
    const { timers, time, isWaiting, allowedMs, waits } = this.#options
    if (!isWaiting()) return
    const waited = timers.now() - this.#lastMoved
    const allowed = allowedMs()
    if (waited < allowed) return
    if (time?.isOpenToOutside !== true || waited >= outsideMs) return this.#tell()
    if (this.#toldAfter === this.#lastMoved) return
    this.#toldAfter = this.#lastMoved
    waits?.(outsideMs)
  }

  /** Looks again after what may go by without a movement. */
  #watch(time: VirtualTime): void {
    this.#isWatched = true
    const { isWaiting, allowedMs } = this.#options
    const moved = this.#lastMoved
    const look = (): void => {
      this.#isWatched = false
      if (this.#isOver) return
      if (this.#lastMoved !== moved) return this.#watch(time)
      if (!isWaiting() || time.isOpenToOutside) return
      const left = time.timersLeadOnMs()
      if (left === 0) return this.#tell()
      this.#isWatched = true
      time.set(left, look, 'player')
    }
    time.set(allowedMs(), look, 'player')
  }

  #tell(): void {
    if (this.#isOver) return
    this.stop()
    this.#options.stalled()
  }
}
