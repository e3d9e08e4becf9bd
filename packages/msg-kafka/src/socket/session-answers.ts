import type { KafkaTape } from './tape.ts'

/** How far the answers to one question have got. */
interface Asked {
  /** The next entry of each lane. */
  readonly next: (number | undefined)[]
  /** The answer given last, and what was given last: an answer, or the end of the connection. */
  answer?: number
  given?: number
}

/**
 * Answers to what clients ask again and again. To one question the recorded answers come one after the other, each when the
 * acts of the program before it have happened, and the last one stays. A connection that ended without an answer is one of them,
 * which does not stay.
 */
export class SessionAnswers {
  readonly #tape: KafkaTape
  readonly #causesHappened: (entry: number) => boolean
  readonly #asked = new Map<string, Asked>()

  constructor(tape: KafkaTape, causesHappened: (entry: number) => boolean) {
    this.#tape = tape
    this.#causesHappened = causesHappened
  }

  /** The entry that answers a question, or that ends the connection; undefined for a question that was never asked. */
  next(key: string): number | undefined {
    const lanes = this.#tape.sessions.get(key)
    if (lanes === undefined) return undefined
    const asked: Asked = this.#asked.get(key) ?? { next: lanes.map((lane) => this.#tape.firstIn(lane)) }
    this.#asked.set(key, asked)
    const next = Math.min(...asked.next.map((entry) => entry ?? Infinity))
    const isDue = next !== Infinity && (asked.answer === undefined || this.#causesHappened(next))
    if (!isDue) return asked.answer ?? asked.given
    asked.next[asked.next.indexOf(next)] = this.#tape.nextInLane(next)
    asked.given = next
    if (this.#tape.lane(next).op === 'session') asked.answer = next
    this.#tape.use(next)
    return next
  }

  /** The answers to all questions to an API, those of which the time has come first, the latest of them in front. */
  *latest(api: string): Generator<number> {
    const due: number[] = []
    const later: number[] = []
    for (const [key, lanes] of this.#tape.sessions) {
      if (key !== api && !key.startsWith(`${api}/`)) continue
      for (const entry of lanes.flatMap((lane) => [...this.#tape.entries(lane)])) {
        if (this.#tape.lane(entry).op === 'session') (this.#causesHappened(entry) ? due : later).push(entry)
      }
    }
    yield* due.sort((a, b) => b - a)
    yield* later.sort((a, b) => a - b)
  }
}
