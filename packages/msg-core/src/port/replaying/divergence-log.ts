import type { CassetteReader } from '../../format/cassette/index.ts'
import { DriverError, type Outcome } from '../index.ts'
import type { TapeEvent } from './tape.ts'
import { wires } from '../../format/record/index.ts'
import type { Divergence } from '../../playback/index.ts'
import { compareEnvelopes } from './divergence.ts'
import type { PlayedEndpoint } from './endpoint.ts'

/** Divergences kept for the report. */
const maxKept = 100

/** Compares what the program does with what was recorded, and keeps where they differ. */
export class DivergenceLog {
  readonly #cassette: CassetteReader
  readonly #played: PlayedEndpoint
  readonly #strict: boolean
  readonly #kept: Divergence[] = []
  #count = 0

  constructor(cassette: CassetteReader, played: PlayedEndpoint, strict: boolean) {
    this.#cassette = cassette
    this.#played = played
    this.#strict = strict
  }

  /** A publish took the place of `entry`, where `recorded` was; its own bytes were recorded as `sameAs`. */
  changed(entry: number, recorded: Uint8Array, envelope: Uint8Array, sameAs: number | undefined): void {
    if (!this.#strict) return
    const differences = compareEnvelopes(recorded, envelope)
    this.#add({
      kind: 'changed',
      ...this.#lane(entry),
      entry,
      differences,
      ...(sameAs === undefined ? {} : { sameAs }),
    })
  }

  /** A delivery was settled. */
  settled(entry: number, recorded: Outcome, now: Outcome): void {
    if (this.#strict && recorded !== now) {
      this.#add({ kind: 'settled_differently', ...this.#lane(entry), entry, recorded, now })
    }
  }

  /** A publish beyond the `recorded` ones; the error for the program. */
  extra(recorded: number): DriverError {
    const { endpoint, wire } = this.#played
    this.#add({ kind: 'extra', op: wires[wire].publishOp, key: endpoint, recorded })
    return new DriverError(
      'not_found',
      `replay of ${endpoint}: the program publishes more than the ${recorded} messages recorded; record the run again if that is meant`,
    )
  }

  /** Nothing moves any more while the program waits; the error for the program. */
  stalled(cause: TapeEvent | undefined, ms: number): DriverError {
    const { endpoint, wire } = this.#played
    const names = wires[wire]
    const wanted = cause === undefined ? null : cause.role === 'call' ? 'publish' : 'settle'
    const op = wanted === 'publish' ? names.publishOp : names.deliverOp
    this.#add({ kind: 'stalled', op, key: endpoint, entry: cause?.entry ?? null, wanted })
    const waits =
      cause === undefined
        ? 'the recording has nothing more to give'
        : `the recording goes on when the program ${wanted === 'publish' ? 'publishes the message' : 'settles the delivery'} of entry ${cause.entry}`
    return new DriverError('timeout', `replay of ${endpoint}: nothing moved for ${ms} ms; ${waits}`)
  }

  /** Everything so far; in the strict match with the messages that nobody asked for. */
  report(): { divergences: readonly Divergence[]; divergenceCount: number } {
    const unused: Divergence[] = this.#strict
      ? this.#cassette
          .unused()
          .filter(({ first }) => this.#played.watched[this.#cassette.lane(first)] === true)
          .map(({ first, count }) => ({ kind: 'unused', ...this.#lane(first), entry: first, count }))
      : []
    return { divergences: [...this.#kept, ...unused].slice(0, maxKept), divergenceCount: this.#count + unused.length }
  }

  #add(divergence: Divergence): void {
    this.#count++
    if (this.#kept.length < maxKept) this.#kept.push(divergence)
  }

  #lane(entry: number): { op: string; key: string } {
    const lane = this.#played.lanes[this.#cassette.lane(entry)]
    return { op: lane?.op ?? '', key: lane?.key ?? '' }
  }
}
