import { decodePlayed, type PlayedEntry } from '../../format/cassette/entry-decode.ts'
import type { CassetteReader } from '../../format/cassette/index.ts'
import { decodeEnvelope } from '../../format/envelope/index.ts'
import type { Player } from './player.ts'
import { isRequest, requestOf } from './answers.ts'
import type { DivergenceLog } from './divergence-log.ts'
import { Overtaken } from './overtaken.ts'

/** The port has one publish: the calls of all connections and channels of an endpoint are one lane of the player. */
export const publishLane = 0

/** A publish of the program, put beside the recording. */
export interface Placed {
  /** Whose place it takes in the order. */
  readonly entry: number
  /** Whose answer it gets. */
  readonly recorded: PlayedEntry
  /** Whether the place is that of its own bytes. */
  readonly inPlace: boolean
}

/** The recorded publishes of an endpoint: what the program publishes is compared with them, one after the other. */
export class RecordedPublishes {
  readonly #cassette: CassetteReader
  readonly #player: Player
  readonly #log: DivergenceLog
  readonly #strict: boolean
  readonly #overtaken: Overtaken
  /** Publishes so far: when the recording has no more, all there were. */
  #count = 0

  /** @param strict false: whatever is published is answered in the order of the lane, as by X07 */
  constructor(cassette: CassetteReader, player: Player, log: DivergenceLog, strict: boolean) {
    this.#cassette = cassette
    this.#player = player
    this.#log = log
    this.#strict = strict
    this.#overtaken = new Overtaken({
      isRequest: (entry, envelope) => isRequest(this.#entry(entry), envelope),
      later: (offset) => player.expected(publishLane, offset),
    })
  }

  /**
   * The program publishes.
   *
   * @throws CodecError for bytes that are not an envelope, as a live driver does before the broker hears of them: they take
   *   no place; DriverError `not_found` beyond the last recorded publish
   */
  take(envelope: Uint8Array): Placed {
    const entry = this.#player.expected(publishLane)
    if (entry === undefined) {
      decodeEnvelope(envelope)
      throw this.#log.extra(this.#count)
    }
    const recorded = this.#entry(entry)
    const own = isRequest(recorded, envelope)
    if (!own) decodeEnvelope(envelope)
    this.#player.offer({ kind: 'call', lane: publishLane })
    this.#count++
    this.#cassette.consume(entry)
    return this.#place(entry, recorded, own, envelope)
  }

  #place(entry: number, recorded: PlayedEntry, own: boolean, envelope: Uint8Array): Placed {
    if (!this.#strict) return { entry, recorded, inPlace: true }
    const answer = this.#overtaken.answerTo(entry, own, envelope)
    if (answer === entry) return { entry, recorded, inPlace: true }
    if (!own) this.#log.changed(entry, requestOf(recorded), envelope, answer)
    return { entry, recorded: answer === undefined ? recorded : this.#entry(answer), inPlace: false }
  }

  #entry(index: number): PlayedEntry {
    return decodePlayed(this.#cassette.entry(index))
  }
}
