import type { ContentRedactor, MatchRule } from '@x07-lab/msg-core/driver'
import { Engine, fileOrder, type FieldDifference, type PlaybackEvent } from '@x07-lab/msg-core/playback'
import { apiName } from '../protocol/index.ts'
import { canonicalOf, canonicalText, digestOf, sameCanonical, type Canonical, type Ignored } from './canonical.ts'
import { differencesOf } from './differences.ts'
import { textOf, textOfDifferences, type Divergences } from './divergences.ts'
import { ops, type StoredCall } from './ops.ts'
import { redactCall } from './redact-records.ts'
import { classOf } from './request-class.ts'
import { isSameProduce } from './same-produce.ts'
import type { KafkaTape } from './tape.ts'
import { maskTokens, type TokenBindings } from './token-bind.ts'

/** What the program does, as the engine compares it. */
export interface Act {
  readonly call: StoredCall
  readonly key: string
  canonical: Canonical | undefined
}

/** What {@link Calls} works with. */
export interface CallsOptions {
  readonly tape: KafkaTape
  readonly found: Divergences
  readonly rules: readonly MatchRule[]
  readonly bindings: TokenBindings
  /** What was recorded is without its secrets, and is compared so. */
  readonly redactor: ContentRedactor | undefined
  /** Counts what was ignored or bound, by name. */
  readonly count: (what: string) => void
  /** Whether the broker's next event may be given already. */
  readonly isDue: (event: PlaybackEvent) => boolean
}

/** Recorded calls that are looked at for the nearest one, at most. */
const maxLooked = 2000

/** Puts the calls of the program beside the recorded ones, and tells where they differ. */
export class Calls {
  readonly engine: Engine<Act>
  readonly #options: CallsOptions
  /** By key. */
  readonly #ignored = new Map<string, Ignored>()
  /** Calls that took the place of recorded ones, by digest: as what they were told, and of which entry. */
  readonly #places = new Map<string, { readonly name: string; readonly entry: number }>()

  constructor(options: CallsOptions) {
    this.#options = options
    const { tape, isDue } = options
    this.engine = new Engine<Act>(
      fileOrder(tape),
      {
        same: (event, act) => this.#same(event.entry, act) !== undefined,
        digest: (act) => digestOf(maskTokens(canonicalText(this.#now(act)))),
        digestOf: (event) => digestOf(maskTokens(canonicalText(this.#recorded(event.entry)))),
        keep: (act) => act,
      },
      { mayHappen: isDue },
    )
  }

  /**
   * The recorded call that a call is, or whose place it takes; undefined where there is none, which is told.
   *
   * `again`: its answer may have been given already.
   */
  offer(call: StoredCall, key: string): { readonly entry: number; readonly again: boolean } | undefined {
    const lane = this.#options.tape.callLanes.get(this.boundKey(this.#options.tape.callLanes, key))
    const act: Act = { call, key, canonical: undefined }
    const offered = lane === undefined ? undefined : this.engine.offer(lane, act)
    if (offered === undefined || offered.kind === 'extra') {
      this.unknown(call, key)
      return undefined
    }
    if (offered.kind === 'matched') this.#bind(this.#same(offered.event.entry, act) ?? [])
    else this.#differs(offered.event, act, offered.kind)
    return { entry: offered.event.entry, again: offered.kind === 'matched' && offered.repeated }
  }

  /** Tells of a call that the recording does not have, with what comes nearest. */
  unknown(call: StoredCall, key: string): void {
    const now = this.#now({ call, key, canonical: undefined })
    const isSession = classOf(call.apiKey) === 'session'
    const op = isSession ? ops.session : ops.call
    const { tape } = this.#options
    const lanes = isSession ? tape.sessionAnswers : tape.callLanes
    const name = `${key} ${digestOf(canonicalText(now))}`
    const nearest = this.#nearest(lanes, apiName(call.apiKey), now)
    const differences = nearest === undefined ? [] : differencesOf(this.#recorded(nearest), now)
    if (nearest !== undefined && differences.length > 0 && !tape.isUsed(nearest)) {
      this.#options.found.tell({ kind: 'changed', op, key, entry: nearest, differences }, name)
      return
    }
    const lane = lanes.get(key)
    const recorded = lane === undefined ? 0 : [...tape.entries(lane)].length
    const extra = { kind: 'extra', op, key, recorded } as const
    this.#options.found.tell(extra, name, `${textOf(extra)}${nearText(nearest, differences)}`)
  }

  /** A call that took the place of another, which came after all: it is one more than were recorded. */
  correctExtra(act: Act): void {
    const now = this.#now(act)
    const place = this.#places.get(digestOf(canonicalText(now)))
    if (place === undefined) return
    const { name, entry } = place
    const { key } = this.#options.tape.lane(entry)
    const differences = textOfDifferences(differencesOf(this.#recorded(entry), now))
    const text = `${key}: a call that was not recorded, before entry ${entry}, from which it differs: ${differences}`
    this.#options.found.correct(name, { kind: 'extra', op: ops.call, key, before: entry }, text)
  }

  /** The key under which something was recorded: itself, or one that differs in made-up values alone, which are bound then. */
  boundKey(lanes: ReadonlyMap<string, unknown>, key: string): string {
    const known = this.#options.bindings.toRecorded(key)
    if (lanes.has(known)) return known
    const masked = maskTokens(known)
    // Keys without made-up values have no other name.
    if (masked === known) return known
    for (const recorded of lanes.keys()) {
      const pairs = maskTokens(recorded) === masked ? this.#options.bindings.compare(recorded, key) : undefined
      if (pairs === undefined) continue
      this.#bind(pairs)
      return recorded
    }
    return known
  }

  /** The made-up values in which a call differs from a recorded one; undefined where it differs in more. */
  #same(entry: number, act: Act): [string, string][] | undefined {
    if (isSameProduce(this.#options.tape.call(entry), act.call)) return []
    const recorded = this.#recorded(entry)
    const now = this.#now(act)
    if (sameCanonical(recorded, now)) return []
    return this.#options.bindings.compare(canonicalText(recorded), canonicalText(now))
  }

  #bind(pairs: readonly [string, string][]): void {
    this.#options.bindings.bind(pairs)
    for (const _ of pairs) this.#options.count('values bound')
  }

  #differs(event: PlaybackEvent, act: Act, kind: 'moved' | 'changed'): void {
    const { entry } = event
    const { key } = this.#options.tape.lane(entry)
    const now = this.#now(act)
    // What is sent back under a made-up value finds the call that took the place of the recorded one.
    const differences = differencesOf(this.#recorded(entry), now, (was, is) =>
      this.#bind(this.#options.bindings.compare(was, is) ?? []),
    )
    const digest = digestOf(canonicalText(now))
    const name = `${key} ${digest} ${entry}`
    if (kind === 'changed') this.#places.set(digest, { name, entry })
    this.#options.found.tell(
      { kind: 'changed', op: ops.call, key, entry, differences, ...(kind === 'moved' ? { sameAs: entry } : {}) },
      name,
      kind === 'moved' ? this.#movedText(event) : undefined,
    )
  }

  /** It is this call, and others of its lane were to come before it. */
  #movedText({ entry, lane }: PlaybackEvent): string {
    const { key } = this.#options.tape.lane(entry)
    const before = [...this.engine.cut.undoneBefore(entry)].filter((event) => event.lane === lane)
    const [first] = before
    const what =
      first === undefined
        ? 'what was recorded before it was left out'
        : `entry ${first.entry}${before.length > 1 ? ` and ${before.length - 1} more` : ''} before it ${before.length > 1 ? 'were' : 'was'} left out`
    return `${key}: this call is entry ${entry}, which was not next: ${what}`
  }

  /** The recorded call of this API that differs least, one that was not made yet before others. */
  #nearest(lanes: ReadonlyMap<string, number>, api: string, now: Canonical): number | undefined {
    let nearest: { entry: number; distance: number } | undefined
    let looked = 0
    for (const [key, lane] of lanes) {
      if (key !== api && !key.startsWith(`${api}/`)) continue
      for (const entry of this.#options.tape.entries(lane)) {
        if (++looked > maxLooked) return nearest?.entry
        const distance =
          2 * differencesOf(this.#recorded(entry), now).length + (this.#options.tape.isUsed(entry) ? 1 : 0)
        if (nearest === undefined || distance < nearest.distance) nearest = { entry, distance }
      }
    }
    return nearest?.entry
  }

  #now(act: Act): Canonical {
    const { tape, redactor } = this.#options
    return (act.canonical ??= canonicalOf(redactCall(act.call, redactor), tape.names, this.#ignoredOf(act.key)))
  }

  #recorded(entry: number): Canonical {
    const { tape } = this.#options
    return canonicalOf(tape.call(entry), tape.names, this.#ignoredOf(tape.lane(entry).key))
  }

  /** What the rules for a key leave out. */
  #ignoredOf(key: string): Ignored {
    let ignored = this.#ignored.get(key)
    if (ignored === undefined) {
      const { rules, count } = this.#options
      const paths = rules.flatMap((rule) => (key.startsWith(rule.key ?? '') ? (rule.ignore ?? []) : []))
      this.#ignored.set(key, (ignored = { paths, count: (path) => count(`ignored ${path}`) }))
    }
    return ignored
  }
}

/** What comes nearest to a call that was not recorded. */
function nearText(nearest: number | undefined, differences: readonly FieldDifference[]): string {
  if (nearest === undefined || differences.length === 0) return ''
  return `; entry ${nearest} comes nearest: ${textOfDifferences(differences)}`
}
