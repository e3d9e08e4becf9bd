import type { RecordedTime } from '@x07-lab/msg-core/playback'

import { realTimers } from '../seam/timers.ts'
import { PendingWork } from './pending-work.ts'
import { samePassMs } from './timer-journal.ts'
import { TimerQueue, type QueuedTimer } from './timer-queue.ts'

/** How often it is looked whether the program waits, in milliseconds; twice with the same result, then time jumps. */
const lookMs = 1

/**
 * A timer that is due by the program's clock, or nearly so, fires after so many turns of the event loop in which nothing else
 * happens: it is no jump that something slower could have come before. Not so while the program waits for something of the
 * real world, which takes its time.
 */
const nearlyDueMs = 1
const quietTurns = 6
/** After so many turns it is looked again in a while. */
const mostTurns = 64

/**
 * A loop that looks again every millisecond, as kafkajs has one for each connection, would hold time up: each jump costs a few
 * milliseconds of real time. After so many rounds each further one is longer, up to `longestTickMs`.
 */
const freeTicks = 32
const longestTickMs = 250

/** So many timers of a program that led to nothing are such as heartbeats and loops that wait for something. */
const idleTimers = 50

/** So much before its time a timer may fire: Node counts from the beginning of a millisecond. */
const earliestMs = 2

/** So much after its time, in milliseconds: the program was at work, or its machine was. */
const latestMs = 5_000

/** Less than this is what adding fractions leaves over. */
const leastWaitMs = 1e-6

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
  /** Those of the queue that hold broker events, until they have fired. */
  readonly #holding = new TimerQueue()
  readonly #pending: PendingWork
  readonly #isBusy: () => boolean
  /** Virtual time of the timers: stands still while the program works. */
  #now = 0
  /** The program's clock at that time. */
  #wall = realTimers.now()
  #offset = 0
  #seq = 0
  /** Timers of the program that fired since the last {@link progressed}, and those that were set before the first of them. */
  #fired = 0
  #firstSet = 0
  /** Counts whatever happens between program and brokers, and timers that are set. */
  #moves = 0
  #seen = -1
  #isLooking = false
  /** The broker's event given last: when it happened in the recording, and when in virtual time. */
  #given: { readonly at: number; readonly now: number } | undefined
  /** Rounds of the loop whose timer fires now; undefined where no timer fires. */
  #rounds: number | undefined

  #isStopped = false
  /** Whether the program waits for what another process of the run is to do: time is the real one then. */
  awaitsOther = false

  /**
   * @param isBusy whether a broker has something to give that is due
   * @param withParent whether the program waits for what its parent process may send, see {@link PendingWork}
   */
  constructor(isBusy: () => boolean, withParent = true) {
    this.#isBusy = isBusy
    this.#pending = new PendingWork(withParent)
  }

  /** Time jumps no more: timers that are left fire at their own pace. */
  stop(): void {
    this.#isStopped = true
    this.#pending.stop()
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

  /** The program and its brokers have done something of the recording. */
  progressed(): void {
    this.#fired = 0
  }

  /**
   * How long the program's timers may yet lead to something that it does, in milliseconds; 0 where only such are left as come
   * again and again, or none.
   */
  timersLeadOnMs(): number {
    let [any, lastDue, nextDue] = [false, 0, Infinity]
    for (const { seq, due, repeats } of this.#holding) {
      if (repeats) continue
      any = true
      nextDue = Math.min(nextDue, due)
      if (this.#fired === 0 || seq < this.#firstSet) lastDue = Math.max(lastDue, due)
    }
    if (lastDue > 0) return Math.max(lastDue - this.#now, lookMs)
    return any && this.#fired < idleTimers ? Math.max(nextDue - this.#now, lookMs) : 0
  }

  /** Whether somebody outside of the program may make it do something: see {@link PendingWork.isOpenToOutside}. */
  get isOpenToOutside(): boolean {
    return this.#pending.isOpenToOutside
  }

  /** See {@link PendingWork.forget}. */
  forget(handle: unknown): void {
    this.#pending.forget(handle)
  }

  /**
   * When the events of one player are due: the time that went by before each of them in the recording goes by again, at once
   * where the program has no timer in it.
   */
  recordedTime(): (event: RecordedTime) => number {
    let given: { readonly at: number; readonly now: number } | undefined
    let next: { readonly at: number; readonly due: number } | undefined
    return ({ at, since }) => {
      if (next?.at !== at) {
        // What the program did before it took its time too.
        if (given !== undefined) this.#advance(given.now + (at - since - given.at))
        next = { at, due: this.#now + since }
      }
      const left = this.#advance(next.due)
      if (left <= 0) this.#given = given = { at, now: this.#now }
      return left
    }
  }

  /** Lets time go by up to a time, or up to the next timer that holds broker events; gives what is left. */
  #advance(to: number): number {
    if (to <= this.#now) return 0
    const first = this.#holding.peek()
    const until = first === undefined ? to : Math.max(this.#now, Math.min(to, first.due))
    this.#goTo(until, this.#wall + until - this.#now)
    return to - until < leastWaitMs ? 0 : to - until
  }

  /**
   * Runs once, after so many milliseconds of the program's time; `of` is whose it is: a player's, or an interval's once more.
   *
   * @param firedAt when it fired in the recording, in milliseconds since that began, where that is known
   */
  set(ms: number, fire: () => void, of: 'program' | 'interval' | 'player' = 'program', firedAt?: number): QueuedTimer {
    const rounds = ms <= 1 && this.#rounds !== undefined ? this.#rounds + 1 : 0
    const ownMs = rounds > freeTicks ? Math.min(longestTickMs, ms + (rounds - freeTicks) ** 2) : ms
    const waitMs = ownMs + this.#late(ownMs, firedAt)
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
      holds: of !== 'player' && rounds === 0,
      repeats: of === 'interval',
      isGone: false,
    }
    this.#queue.push(timer)
    if (timer.holds) this.#holding.push(timer)
    this.#moves++
    this.#look(lookMs)
    return timer
  }

  /**
   * How much later than after so many milliseconds a timer fired in the recording. A time that its delay does not explain is
   * another timer's: the program has one more, or one fewer, than it had.
   */
  #late(ms: number, firedAt: number | undefined): number {
    if (firedAt === undefined || this.#given === undefined) return 0
    const late = this.#given.now + (firedAt - this.#given.at) - (this.#now + ms)
    return late >= -earliestMs && late <= Math.max(latestMs, ms) ? late : 0
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
    const isQuiet = this.#wasQuiet()
    const toWait = next.wallDue - this.now()
    if (!this.#isReal && toWait <= nearlyDueMs) return this.#lookByTurns()
    if (!isQuiet || hasImmediates(process.getActiveResourcesInfo())) return this.#look(lookMs)
    if (this.#isReal && toWait > 0) return this.#look(Math.min(5, Math.max(lookMs, toWait)))
    this.#jump(next)
    this.#look(lookMs)
  }

  /**
   * Looks in each of the next turns of the event loop whether anything happens.
   *
   * @param quiet turns in which nothing did
   * @param turns all of them
   */
  #lookByTurns(quiet = 0, turns = 0): void {
    this.#isLooking = true
    realTimers.setImmediate(() => {
      this.#isLooking = false
      const next = this.#queue.peek()
      if (next === undefined) return
      const isQuiet = this.#wasQuiet()
      if (this.#isReal || next.wallDue - this.now() > nearlyDueMs || turns >= mostTurns) return this.#look(lookMs)
      if (!isQuiet) return this.#lookByTurns(0, turns + 1)
      if (quiet + 1 < quietTurns) return this.#lookByTurns(quiet + 1, turns + 1)
      const active = process.getActiveResourcesInfo()
      if (hasImmediates(active)) return this.#look(lookMs)
      this.#jump(next)
      // Looks by turns would keep a process alive which waits for nothing any more.
      if (active.includes('Timeout')) this.#lookByTurns()
      else this.#look(lookMs)
    })
  }

  /** Whether the program waits for something of the real world, which takes its time. */
  get #isReal(): boolean {
    return this.#isStopped || this.awaitsOther || this.#pending.any
  }

  /** Whether nothing has happened since the look before this one. */
  #wasQuiet(): boolean {
    const isQuiet = this.#seen === this.#moves && !this.#isBusy()
    this.#seen = this.#moves
    return isQuiet
  }

  /** @param wall what the program's clock tells then, at least */
  #goTo(now: number, wall: number): void {
    this.#now = now
    this.#offset += Math.max(0, wall - this.now())
    this.#wall = this.now()
  }

  #jump({ due, wallDue }: QueuedTimer): void {
    this.#goTo(Math.max(this.#now, due), wallDue)
    const until = this.#now + samePassMs
    // All of one time in one pass of the event loop, each with its own turn of promises, as Node does it.
    for (let next = this.#queue.peek(); next !== undefined && next.due <= until; next = this.#queue.peek()) {
      const timer = next
      this.#queue.shift()
      realTimers.setImmediate(() => {
        if (timer.isGone) return
        this.#moves++
        timer.isGone = true
        if (timer.holds && !timer.repeats && this.#fired++ === 0) this.#firstSet = this.#seq
        timer.fire()
      })
    }
  }
}

/** Whether callbacks of `setImmediate` are to come. */
function hasImmediates(active: readonly string[]): boolean {
  return active.includes('Immediate')
}
