import { Bits } from '../kit/bits.ts'
import { Queue } from '../kit/queue.ts'
import type { Half, PlaybackEvent } from './event.ts'
import type { EventOrder } from './order.ts'

/** Events listed by {@link Cut.waitingFor} where nobody says how many. */
const listedWaits = 10

/** An event of the program that it has not done, and the first one behind it that it has. */
export interface LeftBehind {
  readonly left: PlaybackEvent
  readonly by: PlaybackEvent
}

/** What a cut is told beside its order. */
export interface CutOptions {
  /**
   * False where the order of the tape says nothing of causes (X07's own cassettes): the broker then waits for nothing but the call that
   * it answers. Default true.
   */
  readonly causes?: boolean
  /** Hears of each event that happened, in the order of the tape; where that says nothing of causes, as it happens. */
  readonly onEvent?: ((entry: number, half: Half) => void) | undefined
  /** Whether an event of the broker whose causes have happened may happen now; default always. */
  readonly mayHappen?: ((event: PlaybackEvent) => boolean) | undefined
}

/**
 * What has happened of a recorded run, and what its broker may do now.
 *
 * The law of release: an event of the broker is given when every asserted event of the program that precedes it in the recording has
 * happened, and the broker's events come in their recorded order. A program whose acts depend only on what it was given cannot wait
 * for ever. An answer never comes before its own call, asserted or not.
 *
 * Kept are the events between the first one that has not happened and the last one looked at.
 */
export class Cut {
  readonly hasCauses: boolean
  readonly #order: EventOrder
  readonly #onRead: (event: PlaybackEvent) => void
  readonly #onEvent: CutOptions['onEvent']
  readonly #mayHappen: CutOptions['mayHappen']
  /** Events read from the tape and not passed by the cut. */
  readonly #ahead = new Queue<PlaybackEvent>()
  /** By key: events of the program that happened or whose place was taken, events of the broker that were given. */
  readonly #happened = new Bits()
  /** By key: events behind which the cut lies; the broker's too, so that nothing is between those of the program in the set. */
  readonly #crossed = new Bits()
  /** By key: events of the program that {@link next} gives when the cut passes them. */
  readonly #announced = new Bits()
  /** By key: events of the program that were passed over in their lane. */
  readonly #passed = new Bits()
  /** Events that were left behind, in the order of that. */
  readonly #left: PlaybackEvent[] = []
  /** Answers whose turn has come and whose call has not been made, by entry. */
  readonly #early = new Map<number, PlaybackEvent>()
  /** Answers whose turn came before their call, and whose call has been made now. */
  readonly #due = new Queue<PlaybackEvent>()
  /** Asserted events of the program that have not happened, in order; kept from the first {@link causesHappened} on. */
  #causes: Queue<PlaybackEvent> | undefined
  #ended = false
  #lastRead = -1

  /** @param onRead hears of each event of the program when it is read from the tape */
  constructor(
    order: EventOrder,
    onRead: (event: PlaybackEvent) => void,
    { causes = true, onEvent, mayHappen }: CutOptions,
  ) {
    this.#order = order
    this.#onRead = onRead
    this.hasCauses = causes
    this.#onEvent = onEvent
    this.#mayHappen = mayHappen
  }

  /** The program did this event, or another act took its place. An answer whose turn has come is due now. */
  happen({ entry, half }: PlaybackEvent): void {
    this.happenElsewhere(entry, half)
    if (half !== 'begin') return
    const early = this.#early.get(entry)
    if (early === undefined) return
    this.#early.delete(entry)
    this.#happened.add(keyOf(early.entry, early.half))
    this.#due.push(early)
  }

  /** As {@link happen}, of an event that is out of its place. */
  happenElsewhere(entry: number, half: Half): void {
    this.#happened.add(keyOf(entry, half))
    if (!this.hasCauses) this.#onEvent?.(entry, half)
  }

  /** Takes an event out of the order: the broker's is not given again, the program's keeps nobody waiting. */
  take(entry: number, half: Half): void {
    this.#happened.add(keyOf(entry, half))
  }

  /** The program went past this event in its lane: the broker does not wait for it. */
  passOver({ entry, half }: PlaybackEvent): void {
    this.#passed.add(keyOf(entry, half))
  }

  /**
   * The asserted events that the program has left behind: not done, though it did something that came after them in the recording; not
   * those that were passed over already.
   *
   * @param counts whether an event that the program has done says that it went on
   */
  *leftBehind(counts: (event: PlaybackEvent) => boolean): Generator<LeftBehind> {
    const waits: PlaybackEvent[] = []
    for (let offset = 0; offset < this.#ahead.length; offset++) {
      const event = this.#ahead.peek(offset)
      if (event?.side !== 'program') continue
      if (this.#isAwaited(event)) waits.push(event)
      else if (waits.length > 0 && this.hasHappened(event.entry, event.half) && counts(event)) {
        for (const left of waits.splice(0)) yield { left, by: event }
      }
    }
  }

  /** The broker no longer waits for an event that was left behind; it is missing as long as it has not happened. */
  leave(event: PlaybackEvent): void {
    this.passOver(event)
    this.#left.push(event)
  }

  /** Whether an event has happened: done by the program, or given. */
  hasHappened(entry: number, half: Half): boolean {
    return this.#happened.has(keyOf(entry, half))
  }

  /**
   * Whether the cut lies behind an event that the program has done: everything before it has happened. Where it does not,
   * {@link next} gives the event when it does: so an act can be made to end where it ended in the recording.
   */
  isPassed(entry: number, half: Half): boolean {
    const key = keyOf(entry, half)
    if (this.#crossed.has(key)) return true
    this.#announced.add(key)
    return false
  }

  /** The next event of the broker whose causes have all happened, or undefined. */
  next(): PlaybackEvent | undefined {
    const due = this.#due.shift()
    if (due !== undefined) {
      this.#onEvent?.(due.entry, due.half)
      return due
    }
    for (let event = this.#front(); event !== undefined; event = this.#front()) {
      if (event.side === 'program') {
        if (this.#isAwaited(event)) return undefined
        this.#ahead.shift()
        if (this.#pass(event)) return event
        continue
      }
      if (this.#mayHappen?.(event) === false) return undefined
      this.#ahead.shift()
      const key = keyOf(event.entry, event.half)
      this.#crossed.add(key)
      if (this.#happened.has(key)) {
        this.#onEvent?.(event.entry, event.half)
        continue
      }
      if (event.half === 'end' && !this.#happened.has(key - 1)) {
        this.#early.set(event.entry, event)
        continue
      }
      this.#happened.add(key)
      this.#onEvent?.(event.entry, event.half)
      return event
    }
    return undefined
  }

  /** The next turn of the broker: what came together in the recording, as far as its causes have happened. */
  release(): PlaybackEvent[] {
    const turn: PlaybackEvent[] = []
    const first = this.next()
    if (first === undefined) return turn
    turn.push(first)
    for (let front = this.#front(); front !== undefined; front = this.#front()) {
      const goesOn = front.side === 'program' ? !this.#isAwaited(front) : front.turn === first.turn
      if (!goesOn) break
      if (front.side === 'program' || this.#happened.has(keyOf(front.entry, front.half))) {
        this.#ahead.shift()
        if (front.side === 'program' && this.#pass(front)) turn.push(front)
        continue
      }
      const event = this.next()
      if (event === undefined) break
      turn.push(event)
    }
    return turn
  }

  /** The next event of the broker, whether its causes have happened or not; undefined where the recording has no more. */
  nextOfBroker(): PlaybackEvent | undefined {
    for (let offset = 0; ; offset++) {
      if (offset >= this.#ahead.length && !this.readAhead()) return undefined
      const event = this.#ahead.peek(offset)
      if (event?.side === 'broker' && !this.hasHappened(event.entry, event.half)) return event
    }
  }

  /** The events of the program for which the broker's next event waits, in order, the first `limit` of them. */
  waitingFor(limit = listedWaits): PlaybackEvent[] {
    const waits: PlaybackEvent[] = []
    for (let offset = 0; waits.length < limit; offset++) {
      if (offset >= this.#ahead.length && !this.readAhead()) break
      const event = this.#ahead.peek(offset)
      if (event === undefined) break
      if (event.side === 'program') {
        if (this.#isAwaited(event)) waits.push(event)
      } else if (!this.hasHappened(event.entry, event.half)) break
    }
    return waits
  }

  /** Whether all of the broker's events and the asserted ones of the program before an entry have happened. */
  hasReached(entry: number): boolean {
    const next = this.nextOfBroker()
    if (next !== undefined && next.entry < entry) return false
    for (const _ of this.undoneBefore(entry)) return false
    return true
  }

  /** The asserted events of the program before an entry that have not happened, in order; of an entry that was read already. */
  *undoneBefore(entry: number): Generator<PlaybackEvent> {
    for (let offset = 0; offset < this.#ahead.length; offset++) {
      const event = this.#ahead.peek(offset)
      if (event === undefined || event.entry >= entry) return
      if (event.side === 'program' && event.rule.asserted && !this.hasHappened(event.entry, event.half)) yield event
    }
  }

  /**
   * Whether every asserted event of the program before this entry has happened, whatever the broker gave so far. For tapes
   * in {@link fileOrder}: what a partition's log may be read up to.
   */
  causesHappened(entry: number): boolean {
    if (this.#causes === undefined) {
      this.#causes = new Queue()
      for (let offset = 0; offset < this.#ahead.length; offset++) this.#noteCause(this.#ahead.peek(offset))
    }
    while (this.#lastRead < entry && this.readAhead()) {
      // The order fills the queue.
    }
    for (let cause = this.#causes.peek(); cause !== undefined; cause = this.#causes.peek()) {
      if (this.#isAwaited(cause)) return cause.entry >= entry
      this.#causes.shift()
    }
    return true
  }

  /**
   * The asserted events that have not happened, in the order of the tape: of the broker, and of the program where its order says
   * something of causes.
   */
  *missing(): Generator<PlaybackEvent> {
    this.readAll()
    for (const event of this.#left) {
      if (this.#crossed.has(keyOf(event.entry, event.half)) && this.#isMissing(event)) yield event
    }
    // What was taken out of the queue without having happened: answers that wait for their call, which are not missing.
    for (let offset = 0; offset < this.#ahead.length; offset++) {
      const event = this.#ahead.peek(offset)
      if (event !== undefined && this.#isMissing(event)) yield event
    }
  }

  #isMissing({ entry, half, rule, side }: PlaybackEvent): boolean {
    if (!rule.asserted || this.hasHappened(entry, half)) return false
    // Nor is an answer to a call that was never made.
    return side === 'broker' ? half !== 'end' || this.hasHappened(entry, 'begin') : this.hasCauses
  }

  /** The cut passes an event of the program; whether somebody wants to hear of it. */
  #pass(event: PlaybackEvent): boolean {
    const key = keyOf(event.entry, event.half)
    this.#crossed.add(key)
    if (this.hasCauses && this.#happened.has(key)) this.#onEvent?.(event.entry, event.half)
    const isAnnounced = this.#announced.has(key)
    if (isAnnounced) this.#announced.delete(key)
    return isAnnounced
  }

  /** Whether the broker waits for this event of the program. */
  #isAwaited(event: PlaybackEvent): boolean {
    if (!this.hasCauses) return false
    const key = keyOf(event.entry, event.half)
    return event.rule.asserted && !this.#happened.has(key) && !this.#passed.has(key)
  }

  #front(): PlaybackEvent | undefined {
    const event = this.#ahead.peek()
    return event === undefined && this.readAhead() ? this.#ahead.peek() : event
  }

  /** Reads the tape to its end. */
  readAll(): void {
    while (this.readAhead()) {
      // What is read goes into the queue and the lanes.
    }
  }

  /** Reads the next event of the order; false at its end. */
  readAhead(): boolean {
    if (this.#ended) return false
    const event = this.#order()
    if (event === undefined) {
      this.#ended = true
      return false
    }
    this.#lastRead = event.entry
    this.#ahead.push(event)
    if (event.side === 'program') {
      this.#onRead(event)
      if (this.#causes !== undefined) this.#noteCause(event)
    }
    return true
  }

  #noteCause(event: PlaybackEvent | undefined): void {
    if (event?.side === 'program' && event.rule.asserted) this.#causes?.push(event)
  }
}

function keyOf(entry: number, half: Half): number {
  return 2 * entry + (half === 'end' ? 1 : 0)
}
