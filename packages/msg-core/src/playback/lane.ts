import { Queue } from '../kit/queue.ts'
import type { PlaybackEvent } from './event.ts'
import type { MatchRule, OpenLane } from './match.ts'

/** How an engine compares what the program does with what was recorded; it holds no bytes itself. */
export interface Comparison<Act> {
  /** Whether the recorded event says what the program does now. Asked once for an act in its order. */
  same(event: PlaybackEvent, act: Act): boolean
  /** Equal acts have equal digests. Asked after a mismatch only. */
  digest(act: Act): string
  /** The digest of what was recorded. */
  digestOf(event: PlaybackEvent): string
  /** A copy that stays good, of an act that the report will show. */
  keep(act: Act): Act
}

/** What a lane asks of its engine. */
export interface LaneHost<Act> extends Comparison<Act> {
  /** Whether the program has not done it, and no other act has taken its place. */
  isOpen(event: PlaybackEvent): boolean
  /** Reads the next event of the order; false at its end. */
  readAhead(): boolean
}

/** Events passed over and still waited for by their digest, at most: the oldest are given up. */
const maxPassed = 4_096

/** Events of one digest that are compared, at most. */
const maxAlike = 64

/** How far from its place a free act is looked for, in events of its lane. */
const freedReach = 4_096

/** The events of one lane that were read from the tape and that the program has not done. */
export class Lane<Act> implements OpenLane {
  /** The rule of the last event read: what holds behind the end of the lane. */
  rule: MatchRule | undefined
  readonly #host: LaneHost<Act>
  readonly #open = new Queue<PlaybackEvent>()
  /** From the front of `#open`: how many are in the index. */
  #indexed = 0
  /** Open events by digest, each list in the order of the tape. Made after the first mismatch. */
  readonly #index = new Map<string, PlaybackEvent[]>()
  readonly #digests = new Map<PlaybackEvent, string>()
  readonly #passed = new Set<PlaybackEvent>()
  /** By digest: events whose place an unknown act has taken. */
  readonly #displaced = new Map<string, PlaybackEvent[]>()
  readonly #matched = new Map<string, PlaybackEvent>()
  /** Digests of acts that the program may do once more at any time, and how often. */
  readonly #freed = new Map<string, number>()
  #latest: PlaybackEvent | undefined
  #act: Act | undefined
  #digest: string | undefined

  constructor(host: LaneHost<Act>) {
    this.#host = host
  }

  /** What the program does, for the questions that follow. */
  look(act: Act): void {
    this.#act = act
    this.#digest = undefined
  }

  push(event: PlaybackEvent): void {
    this.rule = event.rule
    this.#open.push(event)
  }

  next(): PlaybackEvent | undefined {
    return this.peek(0)
  }

  /** The open event `offset` places behind the next one. */
  peek(offset: number): PlaybackEvent | undefined {
    this.#trim()
    while (this.#open.length <= offset) if (!this.#host.readAhead()) return undefined
    this.#trim()
    return this.#open.peek(offset)
  }

  /** The open events read so far, the next one first. */
  *read(): Generator<PlaybackEvent> {
    for (let offset = 0; offset < this.#open.length; offset++) {
      const event = this.#open.peek(offset)
      if (event !== undefined && this.#host.isOpen(event)) yield event
    }
  }

  same(event: PlaybackEvent): boolean {
    return this.#host.same(event, this.#act as Act)
  }

  find(within: number): PlaybackEvent | undefined {
    while (this.#indexed <= within) {
      const event = this.peek(this.#indexed)
      if (event === undefined) break
      this.#indexed++
      if (this.#host.isOpen(event)) this.#enter(event)
    }
    const [first, ...others] = this.#index.get(this.digest()) ?? []
    // Of those that look alike the one whose made-up values are those of now, where one is.
    if (first === undefined || others.length === 0 || this.same(first)) return first
    return others.slice(0, maxAlike).find((event) => this.same(event)) ?? first
  }

  again(): PlaybackEvent | undefined {
    return this.#matched.get(this.digest())
  }

  latest(): PlaybackEvent | undefined {
    return this.#latest
  }

  /** An act that says the same as this one may come at any time from now on, once: it tries again what failed. */
  free(act: Act): void {
    const digest = this.#host.digest(act)
    this.#freed.set(digest, (this.#freed.get(digest) ?? 0) + 1)
  }

  /**
   * The event of an act that is free, however far ahead; of another the first open one that says the same, where only events of
   * free acts are before it.
   */
  findFreed(): PlaybackEvent | undefined {
    if (this.#freed.size === 0) return undefined
    if (this.#freed.has(this.digest())) return this.find(freedReach)
    for (let offset = 0; offset < freedReach; offset++) {
      const event = this.peek(offset)
      if (event === undefined) return undefined
      if (!this.#host.isOpen(event)) continue
      if (this.same(event)) return event
      if (!this.#freed.has(this.#host.digestOf(event))) return undefined
    }
    return undefined
  }

  /** The digest of the act looked at. */
  digest(): string {
    return (this.#digest ??= this.#host.digest(this.#act as Act))
  }

  /** The act is this event, which is no longer open. */
  take(event: PlaybackEvent): void {
    this.#latest = event
    if (this.#freed.size > 0) this.#useFreed()
    if (this.#passed.size > 0) this.#passed.delete(event)
    if (this.#digests.size > 0) this.#leave(event)
    if (event.rule.name === 'repeat') this.#matched.set(this.#host.digestOf(event), event)
  }

  /** Passes over the open events before one that was found ahead; gives them back. */
  passTo(event: PlaybackEvent): PlaybackEvent[] {
    if (this.#passed.has(event)) return []
    const passed: PlaybackEvent[] = []
    for (let next = this.next(); next !== undefined && next !== event; next = this.next()) {
      this.#shift()
      passed.push(next)
      this.#passed.add(next)
    }
    for (const old of this.#passed) {
      if (this.#passed.size <= maxPassed) break
      this.#passed.delete(old)
      this.#leave(old)
    }
    return passed
  }

  /** An act that the recording does not have took the place of this event. */
  displace(event: PlaybackEvent): void {
    const digest = this.#host.digestOf(event)
    const others = this.#displaced.get(digest)
    if (others === undefined) this.#displaced.set(digest, [event])
    else others.push(event)
  }

  /** The event whose place was taken and that says what the act says; its place is given back. */
  reclaim(): PlaybackEvent | undefined {
    const digest = this.digest()
    const events = this.#displaced.get(digest)
    const event = events?.shift()
    if (events?.length === 0) this.#displaced.delete(digest)
    return event
  }

  #useFreed(): void {
    const left = this.#freed.get(this.digest()) ?? 0
    if (left > 1) this.#freed.set(this.digest(), left - 1)
    else this.#freed.delete(this.digest())
  }

  #trim(): void {
    for (let front = this.#open.peek(); front !== undefined && !this.#host.isOpen(front); front = this.#open.peek())
      this.#shift()
  }

  #shift(): void {
    this.#open.shift()
    if (this.#indexed > 0) this.#indexed--
  }

  #enter(event: PlaybackEvent): void {
    const digest = this.#host.digestOf(event)
    this.#digests.set(event, digest)
    const others = this.#index.get(digest)
    if (others === undefined) this.#index.set(digest, [event])
    else others.push(event)
  }

  #leave(event: PlaybackEvent): void {
    const digest = this.#digests.get(event)
    if (digest === undefined) return
    this.#digests.delete(event)
    const events = this.#index.get(digest) ?? []
    if (events.length === 1) this.#index.delete(digest)
    else events.splice(events.indexOf(event), 1)
  }
}
