/**
 * A set of patterns compiled into one automaton over bytes. It is simulated by the subset construction, one state at a
 * time as texts need them, so that matching takes one table look-up a byte whatever the number of patterns, and never
 * more than (bytes of text) × (size of the patterns) steps.
 */

/** 256 flags: which bytes a transition takes. */
export type ByteSet = Uint8Array

/** One set of positions in the patterns; opaque to callers, who step it, ask it and keep it. */
export interface State {
  readonly positions: Int32Array
  /** Tags of the patterns that match the text so far, ascending. */
  readonly tags: readonly number[]
  /** Tags of the patterns that match the text so far and whatever follows. */
  readonly always: readonly number[]
  /** No pattern can match any more. */
  readonly dead: boolean
  readonly next: (State | undefined)[]
}

/** States kept before the table starts over; a bound on memory, not on what can be matched. */
const STATES_MAX = 4096

const ANY: ByteSet = new Uint8Array(256).fill(1)

/** Builds the position graph; `b.sequence`-like combinators live with the pattern languages that use them. */
export class AutomatonBuilder {
  readonly sets: (ByteSet | undefined)[] = []
  readonly targets: number[] = []
  readonly skips: number[][] = []
  readonly tagOf: (number | undefined)[] = []
  readonly starts: number[] = []

  /** A position that passes without a byte to each of `skips`. */
  split(...skips: number[]): number {
    this.sets.push(undefined)
    this.targets.push(-1)
    this.skips.push(skips)
    this.tagOf.push(undefined)
    return this.sets.length - 1
  }

  /** A position that takes one byte of the set and goes to `target`. */
  take(set: ByteSet, target: number): number {
    const at = this.split()
    this.sets[at] = set
    this.targets[at] = target
    return at
  }

  /** A position that takes any bytes, none included, before `target`. */
  takeAll(target: number): number {
    const at = this.split(target)
    this.skips[at]?.push(this.take(ANY, at))
    return at
  }

  /** The end of the pattern called `tag`. */
  accept(tag: number): number {
    const at = this.split()
    this.tagOf[at] = tag
    return at
  }

  build(): Automaton {
    return new Automaton(this)
  }
}

/** A compiled set of patterns. */
export class Automaton {
  readonly start: State
  readonly #graph: AutomatonBuilder
  readonly #always: (readonly number[] | undefined)[]
  #known = new Map<string, State>()
  readonly #encoder = new TextEncoder()

  constructor(graph: AutomatonBuilder) {
    this.#graph = graph
    this.#always = graph.sets.map((_, at) => this.#alwaysFrom(at))
    this.start = this.#state(graph.starts)
  }

  /** The state after `text`. */
  step(from: State, text: string): State {
    let state = from
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return this.#stepBytes(state, this.#encoder.encode(text.slice(i)))
      state = state.next[code] ?? this.#advance(state, code)
    }
    return state
  }

  /** The tags of the patterns that match `text`, ascending. */
  match(text: string): readonly number[] {
    return this.step(this.start, text).tags
  }

  #stepBytes(from: State, bytes: Uint8Array): State {
    let state = from
    for (const byte of bytes) state = state.next[byte] ?? this.#advance(state, byte)
    return state
  }

  #advance(state: State, byte: number): State {
    const { sets, targets } = this.#graph
    const reached: number[] = []
    for (const at of state.positions) {
      const target = targets[at]
      if (target !== undefined && sets[at]?.[byte] === 1) reached.push(target)
    }
    const next = this.#state(reached)
    state.next[byte] = next
    return next
  }

  #state(roots: readonly number[]): State {
    const positions = Int32Array.from(this.#closure(roots)).sort()
    const key = positions.join()
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const tags = new Set<number>()
    const always = new Set<number>()
    for (const at of positions) {
      const tag = this.#graph.tagOf[at]
      if (tag !== undefined) tags.add(tag)
      for (const every of this.#always[at] ?? []) always.add(every)
    }
    const state: State = {
      positions,
      tags: ascending(tags),
      always: ascending(always),
      dead: positions.length === 0,
      next: [],
    }
    if (this.#known.size >= STATES_MAX) this.#known = new Map()
    this.#known.set(key, state)
    return state
  }

  /** Everything reachable without a byte, kept to the positions that take one, accept, or loop over everything. */
  #closure(roots: readonly number[]): Set<number> {
    const seen = new Set<number>()
    const kept = new Set<number>()
    const pending = [...roots]
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen.has(at)) continue
      seen.add(at)
      const { sets, skips, tagOf } = this.#graph
      if (sets[at] !== undefined || tagOf[at] !== undefined || this.#always[at] !== undefined) kept.add(at)
      for (const skip of skips[at] ?? []) pending.push(skip)
    }
    return kept
  }

  /** The tags accepted by a loop over all bytes that starts and may end at this position. */
  #alwaysFrom(at: number): readonly number[] | undefined {
    const { sets, targets, skips, tagOf } = this.#graph
    const loops = (skips[at] ?? []).some((skip) => sets[skip] === ANY && targets[skip] === at)
    if (!loops) return undefined
    const seen = new Set<number>([at])
    const pending = [at]
    const tags = new Set<number>()
    for (let now = pending.pop(); now !== undefined; now = pending.pop()) {
      const tag = tagOf[now]
      if (tag !== undefined) tags.add(tag)
      for (const skip of skips[now] ?? []) {
        if (!seen.has(skip)) {
          seen.add(skip)
          pending.push(skip)
        }
      }
    }
    return tags.size === 0 ? undefined : ascending(tags)
  }
}

function ascending(values: Set<number>): number[] {
  return [...values].sort((a, b) => a - b)
}
