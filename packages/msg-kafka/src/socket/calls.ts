import { Engine, fileOrder, type FieldDifference, type PlaybackEvent } from '@x07-lab/msg-core/playback'
import { apiName } from '../protocol/index.ts'
import { canonicalOf, canonicalText, digestOf, sameCanonical, type Canonical, type Ignored } from './canonical.ts'
import { differencesOf } from './differences.ts'
import { textOf, textOfDifferences, type Divergences } from './divergences.ts'
import { ops, type StoredCall } from './ops.ts'
import { classOf } from './request-class.ts'
import type { KafkaTape } from './tape.ts'

/** What the program does, as the engine compares it. */
export interface Act {
  readonly call: StoredCall
  canonical: Canonical | undefined
}

/** Recorded calls that are looked at for the nearest one, at most. */
const maxLooked = 2000

/** Puts the calls of the program beside the recorded ones, and tells where they differ. */
export class Calls {
  readonly engine: Engine<Act>
  readonly #tape: KafkaTape
  readonly #found: Divergences
  readonly #ignored: Ignored

  constructor(tape: KafkaTape, found: Divergences, ignored: Ignored) {
    this.#tape = tape
    this.#found = found
    this.#ignored = ignored
    this.engine = new Engine<Act>(fileOrder(tape), {
      same: (event, act) => sameCanonical(this.#recorded(event.entry), this.#now(act)),
      digest: (act) => digestOf(canonicalText(this.#now(act))),
      digestOf: (event) => digestOf(canonicalText(this.#recorded(event.entry))),
      keep: (act) => act,
    })
  }

  /**
   * The recorded call that a call is, or whose place it takes; undefined where there is none, which is told.
   *
   * `again`: its answer may have been given already.
   */
  offer(call: StoredCall, key: string): { readonly entry: number; readonly again: boolean } | undefined {
    const lane = this.#tape.callLanes.get(key)
    const act: Act = { call, canonical: undefined }
    const offered = lane === undefined ? undefined : this.engine.offer(lane, act)
    if (offered === undefined || offered.kind === 'extra') {
      this.unknown(call, key)
      return undefined
    }
    if (offered.kind !== 'matched') this.#differs(offered.event, act, offered.kind)
    return { entry: offered.event.entry, again: offered.kind === 'matched' && offered.repeated }
  }

  /** Tells of a call that the recording does not have, with what comes nearest. */
  unknown(call: StoredCall, key: string): void {
    const now = this.#now({ call, canonical: undefined })
    const isSession = classOf(call.apiKey) === 'session'
    const op = isSession ? ops.session : ops.call
    const lanes = isSession ? this.#tape.sessions : this.#tape.callLanes
    const name = `${key} ${digestOf(canonicalText(now))}`
    const nearest = this.#nearest(lanes, apiName(call.apiKey), now)
    const differences = nearest === undefined ? [] : differencesOf(this.#recorded(nearest), now)
    if (nearest !== undefined && differences.length > 0 && !this.#tape.isUsed(nearest)) {
      this.#found.tell({ kind: 'changed', op, key, entry: nearest, differences }, name)
      return
    }
    const lane = lanes.get(key)
    const recorded = lane === undefined ? 0 : [...this.#tape.entries(lane)].length
    const extra = { kind: 'extra', op, key, recorded } as const
    this.#found.tell(extra, name, `${textOf(extra)}${nearText(nearest, differences)}`)
  }

  #differs(event: PlaybackEvent, act: Act, kind: 'moved' | 'changed'): void {
    const { entry } = event
    const { key } = this.#tape.lane(entry)
    const now = this.#now(act)
    const differences = differencesOf(this.#recorded(entry), now)
    this.#found.tell(
      { kind: 'changed', op: ops.call, key, entry, differences, ...(kind === 'moved' ? { sameAs: entry } : {}) },
      `${key} ${digestOf(canonicalText(now))} ${entry}`,
    )
  }

  /** The recorded call of this API that differs least, one that was not made yet before others. */
  #nearest(lanes: ReadonlyMap<string, number>, api: string, now: Canonical): number | undefined {
    let nearest: { entry: number; distance: number } | undefined
    let looked = 0
    for (const [key, lane] of lanes) {
      if (key !== api && !key.startsWith(`${api}/`)) continue
      for (const entry of this.#tape.entries(lane)) {
        if (++looked > maxLooked) return nearest?.entry
        const distance = 2 * differencesOf(this.#recorded(entry), now).length + (this.#tape.isUsed(entry) ? 1 : 0)
        if (nearest === undefined || distance < nearest.distance) nearest = { entry, distance }
      }
    }
    return nearest?.entry
  }

  #now(act: Act): Canonical {
    return (act.canonical ??= canonicalOf(act.call, this.#tape.names, this.#ignored))
  }

  #recorded(entry: number): Canonical {
    return canonicalOf(this.#tape.call(entry), this.#tape.names, this.#ignored)
  }
}

/** What comes nearest to a call that was not recorded. */
function nearText(nearest: number | undefined, differences: readonly FieldDifference[]): string {
  if (nearest === undefined || differences.length === 0) return ''
  return `; entry ${nearest} comes nearest: ${textOfDifferences(differences)}`
}
