import type { Patches } from '../seam/patches.ts'
import { replaceDate, type Realm } from './replace-date.ts'
import { callingPackage } from './streams.ts'

/** What gives the program's clock. */
export interface Clock {
  /**
   * The time for a package that asks.
   *
   * @param now the process's own, in milliseconds since 1970
   */
  timeFor(name: string, now: number): number
}

/** Times that a package was given, in milliseconds since 1970, in the order in which it asked. */
export interface ClockTimes {
  readonly name: string
  readonly times: readonly number[]
}

/** Most times that are kept of one package; what it asks beyond them is answered by the clock that runs. */
const keptTimes = 100_000

/** Who asks for timeouts of its own, and often. What such a client writes into its frames is not compared. */
const clients =
  /^(?:@x07-lab\/.*|amqplib|amqp-connection-manager|rabbitmq-client|@cloudamqp\/amqp-client|kafkajs|@platformatic\/kafka)$/

/** The clock of a recording: the process's own. What each package was given is handed over to be recorded. */
export class RecordedClock implements Clock {
  readonly #counts = new Map<string, number>()
  #kept = new Map<string, number[]>()
  #pending = 0

  timeFor(name: string, now: number): number {
    const count = this.#counts.get(name) ?? 0
    if (count >= keptTimes) return now
    this.#counts.set(name, count + 1)
    const times = this.#kept.get(name)
    if (times === undefined) this.#kept.set(name, [now])
    else times.push(now)
    this.#pending++
    return now
  }

  /** Times that nobody has taken yet. */
  get pending(): number {
    return this.#pending
  }

  take(): ClockTimes[] {
    const taken = [...this.#kept].map(([name, times]) => ({ name, times }))
    this.#kept = new Map()
    this.#pending = 0
    return taken
  }
}

/** The clock of a replay: what each package was given, then on from there. */
export class PlayedClock implements Clock {
  readonly #played = new Map<string, { readonly times: number[]; at: number; ahead: number }>()

  constructor(recorded: Iterable<ClockTimes>) {
    for (const { name, times } of recorded) {
      const known = this.#played.get(name)
      if (known === undefined) this.#played.set(name, { times: [...times], at: 0, ahead: 0 })
      else for (const time of times) known.times.push(time)
    }
  }

  timeFor(name: string, now: number): number {
    const played = this.#played.get(name)
    if (played === undefined) return now
    const time = played.times[played.at]
    if (time === undefined) return now + played.ahead
    played.at++
    played.ahead = time - now
    return time
  }
}

/** Makes `Date` tell the time of a clock. Clients of brokers keep the one they have. */
export function pinClock(clock: Clock, realms: readonly Realm[], patches: Patches): void {
  const timeOf = (time: number): number => {
    const name = callingPackage(new Error().stack ?? '')
    return clients.test(name) ? time : clock.timeFor(name, time)
  }
  for (const realm of realms) replaceDate(timeOf, realm, patches)
}
