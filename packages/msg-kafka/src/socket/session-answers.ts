import type { KafkaTape } from './tape.ts'

/**
 * Answers to what clients ask again and again. To one question the recorded answers come one after the other, each when the
 * acts of the program before it have happened, and the last one stays.
 */
export class SessionAnswers {
  readonly #tape: KafkaTape
  readonly #causesHappened: (entry: number) => boolean
  /** The entry given last, by lane. */
  readonly #given = new Map<number, number>()

  constructor(tape: KafkaTape, causesHappened: (entry: number) => boolean) {
    this.#tape = tape
    this.#causesHappened = causesHappened
  }

  /** The entry that answers a question, undefined for one that was never asked. */
  answer(key: string): number | undefined {
    const lane = this.#tape.sessions.get(key)
    if (lane === undefined) return undefined
    const given = this.#given.get(lane)
    const next = given === undefined ? this.#tape.firstIn(lane) : this.#tape.nextInLane(given)
    const entry = next !== undefined && (given === undefined || this.#causesHappened(next)) ? next : given
    if (entry === undefined) return undefined
    this.#given.set(lane, entry)
    this.#tape.use(entry)
    return entry
  }

  /** The entries of all questions to an API, those of which the time has come first, the latest of them in front. */
  *latest(api: string): Generator<number> {
    const due: number[] = []
    const later: number[] = []
    for (const [key, lane] of this.#tape.sessions) {
      if (key !== api && !key.startsWith(`${api}/`)) continue
      for (const entry of this.#tape.entries(lane)) (this.#causesHappened(entry) ? due : later).push(entry)
    }
    yield* due.sort((a, b) => b - a)
    yield* later.sort((a, b) => a - b)
  }
}
