import { realTimers } from '../seam/timers.ts'
import { PendingWork } from './pending-work.ts'
import { TimerQueue, type QueuedTimer } from './timer-queue.ts'

/** How often it is looked whether the program waits, in milliseconds; twice with the same result, then time jumps. */
const lookMs = 1

/**
 * A loop that looks again every millisecond, as kafkajs has one for each connection, would hold time up: each jump costs a few
 * milliseconds of real time. After so many rounds each further one is a little longer, up to `longestTickMs`.
 */
const freeTicks = 32
const longestTickMs = 250

/**
 * The time of a program that is replayed. Its timers fire in the order of their times, and only when there is nothing else to
 * do: the brokers have given what is due, the program waits. Then time jumps to the next one, so that no pause is waited
 * for, and a slow machine fires no timeout which a fast one would not.
 *
 * While the program waits for something of the real world (see {@link PendingWork}), time is the real one. Its clock is the real
 * one plus all jumps.
 */
export class VirtualTime {
  readonly #queue = new TimerQueue()
  readonly #pending = new PendingWork()
  readonly #isBusy: () => boolean
  /** Virtual time of the timers: stands still while the program works. */
  #now = 0
  #offset = 0
  #seq = 0
  /** Counts whatever happens between program and brokers, and timers that are set. */
  #moves = 0
  #seen = -1
  #isLooking = false
  /** Rounds of the loop whose timer fires now; undefined where no timer fires. */
  #rounds: number | undefined

  /** @param isBusy whether a broker has something to give that is due */
  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy
  }

  /** How far the program's clock is ahead of the real one, in milliseconds. */
  get offset(): number {
    return this.#offset
  }

  /** The program's monotonic clock. */
  now(): number {
    return realTimers.now() + this.#offset
  }

  /** Something happened: time does not jump at once. */
  moved(): void {
    this.#moves++
  }

  /** See {@link PendingWork.forget}. */
  forget(handle: unknown): void {
    this.#pending.forget(handle)
  }

  /** Runs once, after so many milliseconds of the program's time. */
  set(ms: number, fire: () => void): QueuedTimer {
    const rounds = ms <= 1 && this.#rounds !== undefined ? this.#rounds + 1 : 0
    const waitMs = rounds > freeTicks ? Math.min(longestTickMs, ms + rounds - freeTicks) : ms
    const timer: QueuedTimer = {
      due: this.#now + waitMs,
      wallDue: this.now() + waitMs,
      seq: this.#seq++,
      fire: () => {
        this.#rounds = rounds
        try {
          fire()
        } finally {
          this.#rounds = undefined
        }
      },
      isGone: false,
    }
    this.#queue.push(timer)
    this.#moves++
    this.#look(lookMs)
    return timer
  }

  #look(ms: number): void {
    if (this.#isLooking) return
    this.#isLooking = true
    realTimers.setTimeout(() => this.#looked(), ms).unref()
  }

  #looked(): void {
    this.#isLooking = false
    const next = this.#queue.peek()
    if (next === undefined) return
    const isQuiet = this.#seen === this.#moves && !this.#isBusy()
    this.#seen = this.#moves
    const toWait = next.wallDue - this.now()
    if (!isQuiet || process.getActiveResourcesInfo().includes('Immediate')) return this.#look(lookMs)
    if (this.#pending.any && toWait > 0) return this.#look(Math.min(5, Math.max(lookMs, toWait)))
    this.#jump(next)
  }

  #jump({ due, wallDue }: QueuedTimer): void {
    this.#now = Math.max(this.#now, due)
    this.#offset += Math.max(0, wallDue - this.now())
    // All of one time in one pass of the event loop, each with its own turn of promises, as Node does it.
    for (let next = this.#queue.peek(); next !== undefined && next.due <= this.#now; next = this.#queue.peek()) {
      const timer = next
      this.#queue.shift()
      realTimers.setTimeout(() => {
        if (timer.isGone) return
        this.#moves++
        timer.isGone = true
        timer.fire()
      }, 1)
    }
    this.#look(lookMs)
  }
}
