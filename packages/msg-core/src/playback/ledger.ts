import { align, type Edit } from './align.ts'
import type { PlaybackEvent } from './event.ts'
import type { Comparison } from './lane.ts'

/** Where a lane differs from the recording. */
export type LaneDifference<Act> =
  /** Another act in the place of an event. */
  | { readonly kind: 'changed'; readonly event: PlaybackEvent; readonly act: Act | undefined }
  /** An act that the recording does not have, before this event or at the end of the lane. */
  | {
      readonly kind: 'extra'
      readonly lane: number
      readonly before: PlaybackEvent | undefined
      readonly act: Act | undefined
    }
  /** Events next to each other that the program did not do. */
  | { readonly kind: 'missing'; readonly event: PlaybackEvent; readonly count: number }
  /** An event that the program did before or after its turn. */
  | { readonly kind: 'moved'; readonly event: PlaybackEvent; readonly before: PlaybackEvent | undefined }

/** Events and acts of a lane that are aligned, at most; of what lies behind only the number is kept. */
const maxAligned = 20_000
/** Acts whose contents are kept for the report, at most. */
const maxKept = 100

/**
 * What was recorded and what the program did in one lane since they first differed. While the run goes on nobody knows whether
 * an unknown act is one more or another one; from both sequences together it can be told, by their longest common subsequence.
 */
export class Ledger<Act> {
  readonly #comparison: Comparison<Act>
  readonly #events: PlaybackEvent[] = []
  readonly #acts: string[] = []
  readonly #kept = new Map<number, Act>()
  #behind = 0
  #unmatched = 0

  readonly #inOrder: boolean
  readonly #lane: number

  /** @param inOrder whether the order of the lane counts; else both are sets in which equal ones may occur again */
  constructor(lane: number, comparison: Comparison<Act>, inOrder: boolean) {
    this.#lane = lane
    this.#comparison = comparison
    this.#inOrder = inOrder
  }

  /** A recorded event of the lane. */
  recorded(event: PlaybackEvent): void {
    if (this.#events.length < maxAligned) this.#events.push(event)
  }

  /** An act of the lane, its digest, and whether the report may have to show it. */
  done(act: Act, digest: string, differs: boolean): void {
    if (differs) this.#unmatched++
    if (this.#acts.length >= maxAligned) {
      if (differs) this.#behind++
      return
    }
    if (differs && this.#kept.size < maxKept) this.#kept.set(this.#acts.length, this.#comparison.keep(act))
    this.#acts.push(digest)
  }

  /**
   * The differences so far, and how many there are beyond those listed.
   *
   * @param ended whether the program has done all that it will: what is left of the recording is missing then
   */
  differences(ended: boolean): { readonly list: LaneDifference<Act>[]; readonly more: number } {
    if (!this.#inOrder) return { list: this.#asSets(ended), more: this.#behind }
    const edits = align(
      this.#events.map((event) => this.#comparison.digestOf(event)),
      this.#acts,
    )
    if (edits === undefined) return this.#tooMany()
    if (!ended) while (edits.at(-1)?.kind === 'left_out') edits.pop()
    return { list: this.#named(edits), more: this.#behind }
  }

  #asSets(ended: boolean): LaneDifference<Act>[] {
    const left = new Map<string, number[]>()
    for (const [at, digest] of this.#acts.entries()) left.set(digest, [...(left.get(digest) ?? []), at])
    const missing = this.#events.filter(
      (event) => left.get(this.#comparison.digestOf(event))?.shift() === undefined && event.rule.asserted,
    )
    const extra = [...left.values()].flat().sort((a, b) => a - b)
    const out: LaneDifference<Act>[] = extra.map((at, index) => {
      const act = this.#kept.get(at)
      const event = missing[index]
      return event === undefined
        ? { kind: 'extra', lane: this.#lane, before: undefined, act }
        : { kind: 'changed', event, act }
    })
    const event = missing[extra.length]
    if (ended && event !== undefined) out.push({ kind: 'missing', event, count: missing.length - extra.length })
    return out
  }

  #tooMany(): { list: LaneDifference<Act>[]; more: number } {
    const [first] = this.#kept
    const event = this.#events[0]
    const list: LaneDifference<Act>[] = event === undefined ? [] : [{ kind: 'changed', event, act: first?.[1] }]
    return { list, more: Math.max(0, this.#unmatched - list.length) }
  }

  #named(edits: readonly Edit[]): LaneDifference<Act>[] {
    const putIn = new Map<string, number[]>()
    for (const edit of edits) {
      if (edit.kind !== 'put_in') continue
      const digest = this.#acts[edit.now] ?? ''
      putIn.set(digest, [...(putIn.get(digest) ?? []), edit.before])
    }
    /** Events left out at their own place and put in at another, by digest: how often. */
    const moved = new Map<string, number>()
    const out: LaneDifference<Act>[] = []
    let left: PlaybackEvent[] = []
    let added: { before: PlaybackEvent | undefined; act: Act | undefined }[] = []
    const flush = (): void => {
      const pairs = Math.min(left.length, added.length)
      for (let at = 0; at < pairs; at++) {
        const event = left[at]
        if (event !== undefined) out.push({ kind: 'changed', event, act: added[at]?.act })
      }
      for (const one of added.slice(pairs)) out.push({ kind: 'extra', lane: this.#lane, ...one })
      const missing = left[pairs]
      if (missing !== undefined) out.push({ kind: 'missing', event: missing, count: left.length - pairs })
      left = []
      added = []
    }
    const isMoved = (digest: string): boolean => {
      const count = moved.get(digest) ?? 0
      if (count > 0) moved.set(digest, count - 1)
      return count > 0
    }
    for (const edit of edits) {
      if (edit.kind !== 'left_out') continue
      const event = this.#events[edit.recorded]
      const digest = event === undefined ? '' : this.#comparison.digestOf(event)
      const before = putIn.get(digest)?.shift()
      if (event === undefined || before === undefined) continue
      moved.set(digest, (moved.get(digest) ?? 0) + 1)
      out.push({ kind: 'moved', event, before: this.#events[before] })
    }
    const movedAway = new Map(moved)
    for (const edit of edits) {
      if (edit.kind === 'same') {
        flush()
      } else if (edit.kind === 'left_out') {
        const event = this.#events[edit.recorded]
        if (event === undefined) continue
        const digest = this.#comparison.digestOf(event)
        const count = movedAway.get(digest) ?? 0
        if (count > 0) movedAway.set(digest, count - 1)
        else left.push(event)
      } else if (!isMoved(this.#acts[edit.now] ?? '')) {
        added.push({ before: this.#events[edit.before], act: this.#kept.get(edit.now) })
      }
    }
    flush()
    return out
  }
}
