import type { ToldDivergence } from '@x07-lab/msg-core/driver'
import type { RecordingRun, ReplayRun } from '@x07-lab/msg-core/run'
import type { Socket } from 'node:net'

import type { Dialled } from '../seam/endpoint.ts'
import { RecordingSession, type RecordingSessionOptions } from './recording-session.ts'
import { ReplaySession, type ReplaySessionOptions } from './replay-session.ts'
import type { Session, SessionReport } from './session.ts'

/** A recording of what a cassette does not have. */
export type MissingRun = RecordingRun & { readonly recorded: ReplayRun }

export function isMissingRun(run: RecordingRun): run is MissingRun {
  return run.recorded !== undefined
}

/** How long a program may wait for a broker that is dialled, in milliseconds, while what is played waits for the program. */
const liveWaitMs = 30_000

/**
 * Records the connections that a cassette does not have: those that it has are played, the others go to the broker, and both
 * are recorded as they happen now, in one order, by a tap on the program's own sockets. Where nothing is missing, or what is
 * played goes otherwise than it is recorded, the cassette stays as it was. See docs/adr/0012-missing-connections.md.
 */
export class MissingSession implements Session {
  readonly #run: MissingRun
  readonly #recording: RecordingSession
  readonly #replay: ReplaySession
  /** Connections that the cassette does not have, `HOST:PORT`. */
  readonly #missing: string[] = []
  #report: SessionReport | undefined

  constructor(run: MissingRun, recording: RecordingSessionOptions, replay: ReplaySessionOptions) {
    this.#run = run
    this.#recording = new RecordingSession(run, recording)
    const recorded = { ...run.recorded, ...(run.redactor && { redactor: run.redactor }) }
    const leastWaitMs = (): number => (this.#missing.length > 0 ? liveWaitMs : 0)
    this.#replay = new ReplaySession(recorded, { ...replay, leastWaitMs })
  }

  dial(socket: Socket, dialled: Dialled): boolean {
    const { endpoint } = dialled
    const isPlayed = this.#report === undefined && this.#replay.expects(dialled)
    if (isPlayed) this.#replay.dial(socket, dialled)
    else if (this.#report === undefined) this.#missing.push(`${endpoint.host}:${endpoint.port}`)
    // Above the player's bottom, where that is one.
    this.#recording.dial(socket, dialled)
    return isPlayed
  }

  /** Microseconds since the recording began; see {@link RecordingSession.recordedMicros}. */
  get recordedMicros(): number | undefined {
    return this.#recording.recordedMicros
  }

  /** A signal that the program heard. */
  signal(name: string, isFromRun: boolean): boolean {
    return this.#recording.signal(name, isFromRun)
  }

  report(): SessionReport {
    return this.#report ?? { ...this.#recording.report(), ...this.#divergences(this.#replay.report()) }
  }

  close(complete: boolean): SessionReport {
    if (this.#report !== undefined) return this.#report
    const played = this.#replay.close(complete)
    const { divergences } = this.#divergences(played)
    const before = this.#recording.report()
    const [first] = divergences
    if (first !== undefined) {
      const problem = staysText(this.#run.cassette, played)
      return (this.#report = { ...this.#recording.close(false), ...this.#divergences(played), problem })
    }
    if (complete && !this.#hasNew(before)) {
      this.#run.discard()
      return (this.#report = { ...before, mode: 'replay', entries: played.entries, relaxed: played.relaxed })
    }
    return (this.#report = this.#recording.close(complete))
  }

  /** Whether the cassette has all that was dialled so far, and whether the program has done all that is in it. */
  get progress(): { readonly nothingNew: boolean; readonly playedAll: boolean } {
    return { nothingNew: !this.#hasNew(this.#recording.report()), playedAll: this.#replay.playedAll }
  }

  #hasNew({ notUnderstood, problem }: SessionReport): boolean {
    return notUnderstood.length > 0 || problem !== undefined || this.#recording.isBroker(this.#missing)
  }

  #divergences({
    divergences,
    divergenceCount,
    waitingFor,
  }: SessionReport): Pick<SessionReport, 'divergences' | 'divergenceCount' | 'waitingFor'> {
    return { divergences: divergences satisfies readonly ToldDivergence[], divergenceCount, waitingFor }
  }
}

/** Why a cassette that was played otherwise than it is recorded is not replaced. */
export function staysText(
  cassette: string,
  { divergences, divergenceCount }: Pick<SessionReport, 'divergences' | 'divergenceCount'>,
): string {
  const more = divergenceCount > 1 ? ` (and ${divergenceCount - 1} more)` : ''
  return `${cassette} stays as it was: ${divergences[0]?.text}${more}; only whole connections can be added, record it anew`
}
