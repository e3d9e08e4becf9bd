import { bitAt, setBit } from './player-bits.ts'
import { causalOrder, fileOrder, hasCausalOrder, type EventOrder } from './player-order.ts'
import { Queue } from '../../kit/queue.ts'
import type { Tape, TapeEvent } from './tape.ts'

/** What the program does: it makes a call of a lane, or settles a delivery that was released to it. */
export type Offer =
  | { readonly kind: 'call'; readonly lane: number }
  | { readonly kind: 'settle'; readonly entry: number }

/** What the broker does next: it answers a call, or delivers. */
export type Release = { readonly kind: 'answer' | 'delivery'; readonly entry: number }

/** How a player reads its tape. */
export interface PlayerOptions {
  /** The lane of an entry. Calls of one lane are matched in the order they were begun; lanes are free of each other. */
  readonly lane: (entry: number) => number
  /** Begins that never ended, from the seal. */
  readonly open?: ReadonlySet<number>
}

/**
 * Plays the broker of a recorded run, knowing no client: it is told what the program does ({@link Player.offer}) and tells
 * what the broker does ({@link Player.release}). It compares nothing; whoever owns the bytes does.
 *
 * The law of release: an event of the broker is given when every event of the program that preceded it in the recording has
 * happened, and the broker's events come in their recorded order. A program whose acts depend only on what it was given
 * cannot wait for ever. A tape without begin positions has no order across lanes; there every answer and every delivery is
 * free at once.
 */
export class Player {
  readonly #lane: (entry: number) => number
  readonly #next: EventOrder
  readonly #causal: boolean
  /** Events read from the tape and not yet passed. */
  readonly #ahead = new Queue<TapeEvent>()
  /** Calls read from the tape and not yet made, by lane. */
  readonly #calls = new Map<number, Queue<number>>()
  /** What the program did ahead of the cursor: a bit for each entry. */
  readonly #done: Uint8Array
  readonly #released = new Queue<Release>()
  #deliveriesLeft = 0
  #ended = false

  constructor(tape: Tape, { lane, open }: PlayerOptions) {
    this.#lane = lane
    this.#done = new Uint8Array((tape.count >> 3) + 1)
    this.#causal = hasCausalOrder(tape, open)
    this.#next = this.#causal ? causalOrder(tape, open) : fileOrder(tape)
    for (let entry = 0; entry < tape.count; entry++) if (tape.role(entry) === 'delivery') this.#deliveriesLeft++
  }

  /** Deliveries not released yet. */
  get deliveriesLeft(): number {
    return this.#deliveriesLeft
  }

  /** The recorded call that would match the next call of the lane, or one `offset` calls further on. */
  expected(lane: number, offset = 0): number | undefined {
    const calls = this.#callsOf(lane)
    while (calls.length <= offset && this.#readAhead()) {
      // The tape fills the queues.
    }
    return calls.peek(offset)
  }

  /** Takes what the program does. Gives the entry it matches, or undefined where the recording has no such call left. */
  offer(offer: Offer): number | undefined {
    if (offer.kind === 'settle') {
      // Without an order nothing ever waits for a settle.
      if (this.#causal) setBit(this.#done, offer.entry)
      return offer.entry
    }
    const entry = this.expected(offer.lane)
    if (entry === undefined) return undefined
    this.#callsOf(offer.lane).shift()
    if (this.#causal) setBit(this.#done, entry)
    else this.#released.push({ kind: 'answer', entry })
    return entry
  }

  /** The next event of the broker whose causes have all happened, or undefined. */
  release(): Release | undefined {
    if (this.#released.length === 0) this.#advance()
    const release = this.#released.shift()
    if (release?.kind === 'delivery') this.#deliveriesLeft--
    return release
  }

  /** The first event of the program for which the broker's next event waits; undefined where it waits for none. */
  waitingFor(): TapeEvent | undefined {
    const event = this.#ahead.peek()
    return event !== undefined && isPrograms(event) ? event : undefined
  }

  /** Moves the cursor to the next event of the program that has not happened, or past the next one of the broker. */
  #advance(): void {
    for (;;) {
      const event = this.#ahead.peek()
      if (event === undefined) {
        if (!this.#readAhead()) return
        continue
      }
      if (isPrograms(event)) {
        if (this.#causal && !bitAt(this.#done, event.entry)) return
        this.#ahead.shift()
        continue
      }
      this.#ahead.shift()
      if (event.role === 'delivery') this.#released.push({ kind: 'delivery', entry: event.entry })
      else if (this.#causal) this.#released.push({ kind: 'answer', entry: event.entry })
      else continue
      return
    }
  }

  #readAhead(): boolean {
    if (this.#ended) return false
    const event = this.#next()
    if (event === undefined) {
      this.#ended = true
      return false
    }
    this.#ahead.push(event)
    if (event.role === 'call' && event.half === 'begin') this.#callsOf(this.#lane(event.entry)).push(event.entry)
    return true
  }

  #callsOf(lane: number): Queue<number> {
    let calls = this.#calls.get(lane)
    if (calls === undefined) {
      calls = new Queue()
      this.#calls.set(lane, calls)
    }
    return calls
  }
}

function isPrograms(event: TapeEvent): boolean {
  return (event.role === 'call') === (event.half === 'begin')
}
