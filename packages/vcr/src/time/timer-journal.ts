// As it is before somebody fakes it.
const { setImmediate } = globalThis

/**
 * When the timers of a program fired. What it does at a time is decided by the clock alone: of two handlers that wait 5 ms and
 * 7 ms the second may come first on a busy machine, and only the recording knows. A timer is known by its kind, its delay and
 * the how-manieth of these it is, so that one which is new shifts none of another delay.
 */
export class TimerNumbers {
  readonly #counts = new Map<string, number>()
  #firing = 0

  /**
   * The next timer of this delay, in whole milliseconds; undefined for the rounds of a loop that looks again at once, which
   * some clients have for each connection: they are many, and what they do no order depends on.
   */
  next(kind: TimerKind, ms: number): NumberedTimer | undefined {
    if (ms <= 1 && this.#firing > 0) return undefined
    const name = `${kind}${ms}`
    const number = this.#counts.get(name) ?? 0
    if (number === 0 && this.#counts.size >= keptNames) return undefined
    this.#counts.set(name, number + 1)
    return { name, number }
  }

  /** Runs what a timer fires. */
  during(fire: () => void): void {
    this.#firing++
    try {
      fire()
    } finally {
      this.#firing--
    }
  }
}

export type TimerKind = 'timeout' | 'interval'

/** One timer: of which kind and delay, and the how-manieth of these, from 0. */
export interface NumberedTimer {
  readonly name: string
  readonly number: number
}

/** Longest delay that Node takes, in milliseconds. */
export const longestDelay = 0x7fff_ffff

/** A delay as Node takes it: whole milliseconds, 1 for whatever is out of its range. */
export function wholeDelay(delay: unknown): number {
  const given = Math.trunc(Number(delay))
  return given >= 1 && given <= longestDelay ? given : 1
}

/** Most kinds and delays that are told apart. */
const keptNames = 10_000

/** Most firings that are kept; those after them are as on time as the machine of the replay. */
const keptFirings = 100_000

/** Firings as an entry has them: name, number, and microseconds since the recording began. */
export type FiredTimer = readonly [name: string, number: number, at: number]

/**
 * Notes when timers fire, to be recorded. Those that fire in one pass of the event loop have one time: nothing comes between
 * them, as what a client writes in between goes out together.
 */
export class TimerJournal {
  readonly numbers = new TimerNumbers()
  readonly #now: () => number | undefined
  /** Time of the pass in which timers fire now. */
  #pass: number | undefined
  #fired: FiredTimer[] = []
  #count = 0

  /** @param now microseconds since the recording began; undefined where it has not */
  constructor(now: () => number | undefined) {
    this.#now = now
  }

  fired(timer: NumberedTimer | undefined): void {
    if (timer === undefined || this.#count >= keptFirings) return
    const at = this.#pass ?? this.#now()
    if (at === undefined) return
    if (this.#pass === undefined) {
      this.#pass = at
      // Behind the timers of this pass, and before those of the next.
      setImmediate(() => (this.#pass = undefined)).unref()
    }
    this.#count++
    this.#fired.push([timer.name, timer.number, at])
  }

  /** Firings that nobody has taken yet. */
  get pending(): number {
    return this.#fired.length
  }

  take(): FiredTimer[] {
    const taken = this.#fired
    this.#fired = []
    return taken
  }
}

/** So far apart are timers of one pass, in milliseconds, which keeps them in their order. */
const apartMs = 1e-8

/** So far apart are at most the timers of one pass, in milliseconds: less than the times of two passes. */
export const samePassMs = 5e-4

/** When the timers of a recording fired, in milliseconds since it began. */
export class FiredTimers {
  readonly numbers = new TimerNumbers()
  readonly #fired = new Map<string, Map<number, number>>()

  constructor(fired: Iterable<FiredTimer>) {
    let [last, inPass] = [-1, 0]
    for (const [name, number, at] of fired) {
      inPass = at === last ? inPass + 1 : 0
      last = at
      let own = this.#fired.get(name)
      if (own === undefined) this.#fired.set(name, (own = new Map<number, number>()))
      own.set(number, at / 1_000 + inPass * apartMs)
    }
  }

  /** Undefined where the timer did not fire, or is a new one. */
  firedAt(timer: NumberedTimer | undefined): number | undefined {
    return timer && this.#fired.get(timer.name)?.get(timer.number)
  }
}
