import type { PlayScheduler } from '@x07-lab/msg-core/driver'
import type { PlaybackEvent } from '@x07-lab/msg-core/playback'
import type { Answers } from './answers.ts'
import type { Calls } from './calls.ts'
import type { FetchPlayer } from './fetch-player.ts'
import type { GroupState } from './group-state.ts'
import type { KafkaTape } from './tape.ts'

/** Nothing given and nothing asserted for so long is a standstill: longer than two empty fetches. */
const standstillMs = 250
/** Standstills in a row after which an answer is given although calls before it were not made. */
const patience = 4
/** Such a standstill lasts longer where the program paused before what it leaves out, but not longer than a stall takes. */
const longestPauseMs = 6_000
const mostStandstills = patience + longestPauseMs / standstillMs
/** Calls that are looked at for one that had to come first. */
const listed = 100

/** What {@link Release} works with. */
export interface ReleaseOptions {
  readonly scheduler: PlayScheduler
  readonly tape: KafkaTape
  readonly engine: Calls['engine']
  readonly answers: Answers
  readonly fetches: FetchPlayer
  readonly groups: GroupState
  /** The program waits for the answer to a call, and has not made one that was answered before it. */
  readonly cameEarly: (call: number, leftOut: number) => void
  /** Counts what was allowed beyond the recorded order, by name. */
  readonly relaxed: (rule: string) => void
}

/**
 * What the broker does, and when: recorded answers as wholes in the recorded order while things move; after a standstill what
 * the order holds up is let go, the records first.
 */
export class Release {
  readonly #options: ReleaseOptions
  /** The broker's next event, which could not be given yet. */
  #head: PlaybackEvent | undefined
  #pumping = false
  #cancelStandstill: (() => void) | undefined
  #standstills = 0
  /** How long the broker's next event has to wait yet, in milliseconds. */
  #heldMs = 0
  #cancelHold: (() => void) | undefined
  #given = 0
  #moves = 0

  constructor(options: ReleaseOptions) {
    this.#options = options
  }

  /** Whether something is due in the next turn. */
  get busy(): boolean {
    return this.#pumping
  }

  hasReached(entry: number): boolean {
    return (this.#head === undefined || this.#head.entry >= entry) && this.#options.engine.cut.hasReached(entry)
  }

  get isHeld(): boolean {
    return this.#heldMs > 0
  }

  /** Events given. */
  get given(): number {
    return this.#given
  }

  /** Grows with what was given and with what the program did. */
  get moves(): number {
    return this.#moves
  }

  /** Whether as much time has gone by as had before this event of the broker when it was recorded. */
  isDue({ time }: PlaybackEvent): boolean {
    this.#heldMs = (time && this.#options.scheduler.untilDue?.(time)) ?? 0
    return this.#heldMs === 0
  }

  /** Gives what is due, one recorded turn at a time. */
  pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    this.#options.scheduler.turn(() => {
      this.#pumping = false
      this.#giveTurn()
    })
  }

  /** Something was given, or the program did something that is asserted. */
  moved(): void {
    this.#moves++
    this.#standstills = 0
    this.stop()
  }

  stop(): void {
    this.#cancelStandstill?.()
    this.#cancelStandstill = undefined
    this.#cancelHold?.()
    this.#cancelHold = undefined
  }

  /** The error that a member's heartbeat of this key is due, 0 for none. */
  heartbeatError(key: string, member: string): number {
    const { tape } = this.#options
    const head = this.#head
    if (head === undefined) return 0
    const lane = tape.lane(head.entry)
    if (lane.op !== 'heartbeat' || lane.key !== key || tape.memberOf(head.entry).member !== member) return 0
    const code = this.#failMember(head.entry)
    this.#headGiven()
    return code
  }

  #giveTurn(): void {
    let turn: number | undefined
    for (;;) {
      this.#head ??= this.#options.engine.cut.next()
      const head = this.#head
      if (head === undefined) break
      if (turn !== undefined && head.turn !== turn) {
        this.pump()
        return
      }
      const outcome = this.#give(head.entry)
      if (outcome === 'blocked') break
      if (outcome === 'given') turn = head.turn
      this.#headGiven()
    }
    this.#watchStandstill()
  }

  #headGiven(): void {
    if (this.#head === undefined) return
    this.#use(this.#head.entry)
    this.#head = undefined
    this.moved()
    this.pump()
  }

  /** Gives an event of the broker: `skipped` where there is nobody to give it to. */
  #give(entry: number): 'given' | 'skipped' | 'blocked' {
    const { tape, fetches, answers } = this.#options
    const { op, key } = tape.lane(entry)
    if (op === 'fetch') {
      const outcome = fetches.give(entry)
      return outcome === 'spared' ? 'skipped' : outcome
    }
    if (op === 'heartbeat') return 'blocked'
    if (op !== 'end') return answers.give(entry)
    const failure = Buffer.from(tape.entry(entry).resp).toString()
    if (key.startsWith('Fetch/')) return fetches.breakOff(key, failure) ? 'given' : 'blocked'
    return answers.end(entry, key, failure)
  }

  #watchStandstill(): void {
    const { scheduler, fetches, answers } = this.#options
    if (this.#heldMs > 0) {
      this.#cancelHold ??= scheduler.after(this.#heldMs, () => {
        this.#cancelHold = undefined
        this.pump()
      })
      return
    }
    if (this.#cancelStandstill !== undefined) return
    if (fetches.parked === 0 && answers.waiting === 0 && this.#head === undefined) return
    const cancel = scheduler.after(standstillMs, () => {
      // On a busy machine it fires together with what the program has been waiting for: that comes first.
      scheduler.turn(() => {
        if (this.#cancelStandstill === cancel) this.#onStandstill()
      })
    })
    this.#cancelStandstill = cancel
  }

  #onStandstill(): void {
    this.#cancelStandstill = undefined
    if (this.#heldMs > 0) return
    this.#standstills++
    if (this.#relaxOrder()) {
      this.#moves++
      this.pump()
    }
    // With nothing to wait for but the program itself, the watch ends.
    else if (this.#options.answers.waiting > 0 && this.#standstills <= mostStandstills) this.#watchStandstill()
  }

  /** Gives something out of the recorded order; false where nothing can be. */
  #relaxOrder(): boolean {
    const { engine, fetches, relaxed } = this.#options
    let gave = false
    for (let head = (this.#head ??= engine.cut.next()); head !== undefined; head = this.#head = engine.cut.next()) {
      const isHeartbeat = this.#letGo(head.entry)
      gave = true
      this.#use(head.entry)
      this.#head = undefined
      if (isHeartbeat) break
    }
    if (fetches.readLogs(false) > 0 || gave) {
      this.#standstills = 0
      return true
    }
    if (fetches.readLogs(true) > 0) {
      relaxed('records read again')
      return true
    }
    return this.#answerEarly()
  }

  /** An event that nobody takes as it was recorded; whether it was an error of a heartbeat. */
  #letGo(entry: number): boolean {
    const { tape, fetches, answers, relaxed } = this.#options
    const { op } = tape.lane(entry)
    if (op === 'fetch') {
      fetches.toLog(entry)
      relaxed('records read from the log')
    } else if (op === 'heartbeat') {
      this.#failMember(entry)
      relaxed('heartbeat errors out of order')
    } else if (op === 'end') relaxed('ends of connections left out')
    else if (answers.give(entry) === 'skipped') relaxed('answers left out')
    return op === 'heartbeat'
  }

  /** Gives the first answer that waits for calls that the program does not make. */
  #answerEarly(): boolean {
    const { engine, answers, tape, cameEarly } = this.#options
    const reply = answers.first()
    const call = reply === undefined ? undefined : tape.callOf(reply)
    // Behind what a client has in its queue nothing comes before it has its answer.
    if (reply === undefined || (this.#standstills < patience && !(call !== undefined && tape.wasQueued(call))))
      return false
    const leftOut =
      call === undefined ? undefined : engine.cut.waitingFor(listed).find(({ entry }) => tape.follows(call, entry))
    if (call !== undefined && leftOut !== undefined) {
      // It may come by itself yet, as late as it did when it was recorded.
      const pauseMs = Math.min(longestPauseMs, (tape.entry(leftOut.entry).latencyTicks ?? 0) / 1_000)
      if (this.#standstills * standstillMs < patience * standstillMs + pauseMs) return false
      cameEarly(call, leftOut.entry)
    }
    engine.take(reply, 'whole', 'answers before their turn')
    answers.give(reply)
    this.#use(reply)
    return true
  }

  /** Sets what a recorded heartbeat error means, and gives its code. */
  #failMember(entry: number): number {
    const { tape, groups } = this.#options
    const { group, member } = tape.memberOf(entry)
    const code = tape.heartbeatError(entry)
    groups.failed(group, member, code)
    return code
  }

  #use(entry: number): void {
    this.#options.tape.use(entry)
    this.#given++
  }
}
