import { AsyncLocalStorage } from 'node:async_hooks'
import net from 'node:net'
import tls from 'node:tls'

import type { MatchRule, ToldDivergence } from '@x07-lab/msg-core/driver'
import { emptyReport, ReplayError } from '@x07-lab/msg-core/playback'
import { DriverError } from '@x07-lab/msg-core'
import { openRun, socketRulesOf, type RecordingRun, type ReplayRun, type RunMode } from '@x07-lab/msg-core/run'

import { PlayedClock, pinClock, RecordedClock, type Clock } from './pins/clock.ts'
import { startAtFirstPartition } from './pins/partitions.ts'
import { freshPins, pin, type Pins } from './pins/pin.ts'
import type { Realm } from './pins/replace-date.ts'
import { protocols } from './protocols.ts'
import { reportText } from './report/text.ts'
import type { Dialled } from './seam/endpoint.ts'
import { interceptDials } from './seam/globals.ts'
import { Patches } from './seam/patches.ts'
import { realTimers } from './seam/timers.ts'
import { readClock, readPins, readTimers } from './session/entries.ts'
import { RecordingSession } from './session/recording-session.ts'
import { ReplaySession } from './session/replay-session.ts'
import { socketConfig } from './session/limits.ts'
import { isMissingRun, MissingSession, type MissingRun } from './session/missing-session.ts'
import type { Session, SessionReport } from './session/session.ts'
import { patchTimers } from './time/patch-timers.ts'
import { FiredTimers, TimerJournal } from './time/timer-journal.ts'
import { VirtualTime } from './time/virtual-time.ts'
import { watchTimers } from './time/watch-timers.ts'

/** How {@link vcr} is told what to do. */
export interface TapeOptions {
  /** Name below `.x07_rr/`, with `.rrbin` or without: `orders`, `shop/orders`. */
  readonly cassette: string
  /**
   * `auto` (default, or what the environment variable `VCR_MODE` says): replay where the cassette is there, else record, but
   * never in CI; `record`: record anew; `record_new`: only where there is none; `record_missing`: play what is there, and add
   * connections that it does not have; `replay`: never touch a broker.
   */
  readonly mode?: RunMode
  /**
   * What a replay compares otherwise: paths that are ignored, acts in another order; before the contracts
   * `arch/vcr/*.match.json` of the root. Counted in the report.
   */
  readonly rules?: readonly MatchRule[]
  /**
   * `HOST:PORT` or `HOST` to which a replay may connect beside this machine: services that are not brokers. What the recording
   * dialled and found not to be a broker is let through anyway.
   */
  readonly passthrough?: readonly string[]
  /**
   * A recording fixes random values, the clock and the facts of the machine, as `vcr record --pin` does; default false. A replay
   * has those of its cassette. They are the whole process's: one such tape at a time.
   */
  readonly pin?: boolean
  /**
   * In a replay the timers of the process fire when the brokers have given what is due, and time jumps to them, as in `vcr
   * replay`; default false. It is the whole process's too. A recording made with it knows in which order timers fired.
   */
  readonly virtualTime?: boolean
  /** Globals of the code under test where they are not this module's own, as jest has them: what is pinned is pinned there too. */
  readonly realm?: Realm
  /** The folder that holds `.x07_rr/`; default the working directory. */
  readonly root?: string
  /** Whether this is a CI run, which never records; default: the environment variable `CI` is set. */
  readonly ci?: boolean
}

/** What kafkajs gives its option `socketFactory`. */
export interface SocketFactoryOptions {
  readonly host: string
  readonly port: number
  readonly ssl?: tls.ConnectionOptions | boolean
  readonly onConnect: () => void
}

/** A cassette in use. All broker connections that are dialled in its scope go to it. */
export interface Tape extends AsyncDisposable {
  readonly mode: 'record' | 'replay'
  /** What was seen so far. */
  report(): SessionReport
  /**
   * Resolves when a replay stalls: the program waits for what comes only after something that it does not do. Its connections
   * are reset then; a client that waits for an answer all the same is told nothing more.
   */
  readonly stalled: Promise<ToldDivergence>
  /** Runs a function in the scope of this tape, whatever the scope of the caller is. */
  run<Result>(body: () => Result): Result
  /** For kafkajs's option of this name: the sockets belong to this tape, wherever they are dialled. */
  readonly socketFactory: (options: SocketFactoryOptions) => net.Socket
  /**
   * Ends the recording with its seal, or the replay with its verdict; close the clients first. Again is harmless.
   *
   * @throws ReplayError `diverged` or `stalled` with the report; Error where nothing was recorded, or a connection was not
   *   understood, or the disk refused
   */
  close(): Promise<void>
  /** Ends it for a run that failed: what was recorded does not become the cassette, and a replay has no verdict. */
  abandon(): SessionReport
}

/** Filled when the cassette is open: the scope is entered before. */
interface Scope {
  session: Session | undefined
  /** What was changed of the process for it; undefined where nothing was. */
  restore?: () => void
  /** What a run left behind may dial on; it must not reach the tape of the next one. */
  closed?: boolean
}

const scopes = new AsyncLocalStorage<Scope>()
const open = new Set<Scope>()
let takeBack: (() => void) | undefined

/**
 * Records or replays the broker connections of the code that follows, in this process, with the clients as they are:
 *
 * ```ts
 * await using tape = await vcr({ cassette: 'orders' })
 * const connection = await amqplib.connect('amqp://localhost')
 * ```
 *
 * Where several are open at once each has the connections that were dialled after it in its own asynchronous context
 * (`AsyncLocalStorage`); a connection dialled in no scope belongs to the only open one.
 *
 * @throws DriverError where nothing may be recorded, or the cassette does not fit; RrError where it is damaged
 */
// Not an async function: the scope must be entered in the caller's own turn, so that it holds after its `await`.
export function vcr(options: TapeOptions): Promise<Tape> {
  const scope: Scope = { session: undefined }
  scopes.enterWith(scope)
  return openTape(options, scope)
}

async function openTape(options: TapeOptions, scope: Scope): Promise<Tape> {
  const { cassette, root = process.cwd(), ci } = options
  const mode = options.mode ?? (process.env['VCR_MODE'] as RunMode | undefined) ?? 'auto'
  const run = await openRun({ config: socketConfig, cassette, root, mode, ...(ci === undefined ? {} : { ci }) })
  const { promise: stalled, resolve: onStall } = Promise.withResolvers<ToldDivergence>()
  let made: Made
  try {
    made =
      run.mode === 'replay' ? replayTape(run, options, { root, onStall }) : recordTape(run, options, { root, onStall })
    if ([...open].some(({ restore }) => restore !== undefined || made.change !== undefined)) {
      const what = `open ${run.cassette}: pins and virtual time are the whole process's`
      throw new DriverError('invalid_config', `${what}, one such tape at a time; close the other one first`)
    }
  } catch (error) {
    if (run.mode === 'record') run.discard()
    else run.close()
    throw error
  }
  const { session, change } = made
  takeBack ??= takeOver()
  if (change !== undefined) scope.restore = change()
  scope.session = session
  open.add(scope)
  return tapeOf(run.mode, session, scope, stalled)
}

/** What is changed as long as any tape is open; gives what takes it back. */
function takeOver(): () => void {
  const patches = new Patches()
  startAtFirstPartition(patches)
  const release = interceptDials(() => {
    const scope = scopes.getStore()
    if (scope?.closed === true) return refuseClosed
    const own = scope?.session ?? only()?.session
    if (own !== undefined) return (socket, dialled) => own.dial(socket, dialled)
    return open.size > 1 ? refuse : undefined
  })
  return () => {
    release()
    patches.undo()
  }
}

interface Made {
  readonly session: Session
  /** Changes what is the whole process's, and gives what puts it back; absent where nothing is to be changed. */
  readonly change?: () => () => void
}

interface Place {
  readonly root: string
  readonly onStall: (stall: ToldDivergence) => void
}

/** @throws DriverError `invalid_config` where the cassette has pins */
function missingSession(run: MissingRun, options: TapeOptions, { root, onStall }: Place): Session {
  if (options.pin === true || options.virtualTime === true || readPins(run.recorded.reader) !== undefined) {
    const why = 'with pins or virtual time it is recorded whole; record it anew, with mode record'
    throw new DriverError('invalid_config', `record what is missing in ${run.cassette}: ${why}`)
  }
  return new MissingSession(
    run,
    { protocols, root },
    {
      protocols,
      timers: realTimers,
      rules: [...(options.rules ?? []), ...socketRulesOf(root, run.cassette)],
      passthrough: options.passthrough ?? [],
      onDivergence: () => undefined,
      onStall,
    },
  )
}

function recordTape(run: RecordingRun, options: TapeOptions, place: Place): Made {
  const { root } = place
  if (isMissingRun(run)) return { session: missingSession(run, options, place) }
  const realms = realmsOf(options)
  const own = options.pin === true ? { pins: freshPins(), clock: new RecordedClock() } : undefined
  const timers = options.virtualTime === true ? new TimerJournal(() => session.recordedMicros) : undefined
  const session: RecordingSession = new RecordingSession(run, {
    protocols,
    root,
    ...own,
    ...(timers === undefined ? {} : { timers }),
  })
  if (own === undefined && timers === undefined) return { session }
  return {
    session,
    change() {
      const patches = new Patches()
      if (timers !== undefined) watchTimers(timers, realms, patches)
      if (own !== undefined) pinAll(own.pins, own.clock, realms, patches)
      return () => patches.undo()
    },
  }
}

function replayTape(run: ReplayRun, options: TapeOptions, { root, onStall }: Place): Made {
  const realms = realmsOf(options)
  const pins = readPins(run.reader)
  const time: VirtualTime | undefined =
    options.virtualTime === true ? new VirtualTime(() => session.isBusy, false) : undefined
  const session: ReplaySession = new ReplaySession(run, {
    protocols,
    rules: [...(options.rules ?? []), ...socketRulesOf(root, run.cassette)],
    passthrough: options.passthrough ?? [],
    timers: realTimers,
    ...(time === undefined ? {} : { time }),
    onDivergence: () => undefined,
    onStall,
  })
  if (time === undefined && pins === undefined) return { session }
  return {
    session,
    change() {
      const patches = new Patches()
      if (time !== undefined) {
        patchTimers(time, new FiredTimers(readTimers(run.reader)), realms, patches)
        patches.onUndo(() => time.stop())
      }
      if (pins !== undefined) pinAll(pins, new PlayedClock(readClock(run.reader)), realms, patches)
      return () => patches.undo()
    },
  }
}

function realmsOf({ realm }: TapeOptions): Realm[] {
  return realm === undefined ? [globalThis] : [globalThis, realm]
}

function pinAll(pins: Pins, clock: Clock, realms: readonly Realm[], patches: Patches): void {
  pin(pins, realms, patches)
  pinClock(clock, realms, patches)
}

function tapeOf(mode: Tape['mode'], session: Session, scope: Scope, stalled: Tape['stalled']): Tape {
  let closed: SessionReport | undefined
  const end = (complete: boolean): SessionReport => {
    if (closed !== undefined) return closed
    closed = session.close(complete)
    scope.restore?.()
    scope.session = undefined
    scope.closed = true
    open.delete(scope)
    if (open.size === 0) {
      takeBack?.()
      takeBack = undefined
    }
    return closed
  }
  const close = async (): Promise<void> => {
    if (closed === undefined) verdict(end(true))
  }
  return {
    mode,
    report: () => session.report(),
    stalled,
    run: (body) => scopes.run(scope, body),
    socketFactory: ({ host, port, ssl, onConnect }) =>
      scopes.run(scope, () =>
        ssl === undefined || ssl === false
          ? net.connect({ host, port }, onConnect)
          : tls.connect(
              { host, port, ...(net.isIP(host) ? {} : { servername: host }), ...(ssl === true ? {} : ssl) },
              onConnect,
            ),
      ),
    close,
    abandon: () => end(false),
    [Symbol.asyncDispose]: close,
  }
}

/** Which of several tapes it belongs to cannot be known, and a replay must not reach a broker. */
function refuse(socket: net.Socket, dialled: Dialled): boolean {
  return refused(socket, dialled, `${open.size} tapes are open and this belongs to none; dial within tape.run(() => …)`)
}

function refuseClosed(socket: net.Socket, dialled: Dialled): boolean {
  return refused(socket, dialled, 'its tape is closed; close the client before the tape')
}

function refused(socket: net.Socket, { endpoint: { host, port } }: Dialled, why: string): boolean {
  process.nextTick(() => socket.destroy(new Error(`dial ${host}:${port}: ${why}`)))
  return true
}

function only(): Scope | undefined {
  return open.size === 1 ? [...open][0] : undefined
}

function verdict(report: SessionReport): void {
  const { mode, entries, notUnderstood, problem } = report
  const isRecorded = problem === undefined && notUnderstood.length === 0 && entries > 0
  if (mode === 'record' && !isRecorded) throw new Error(reportText(report))
  const found = divergedFrom(report)
  if (found !== undefined) throw found
}

/** What a replay found, undefined where it found nothing: for a test that failed, most likely because of it. */
export function divergedFrom(report: SessionReport, cause?: unknown): ReplayError | undefined {
  const { mode, divergences, divergenceCount, relaxed } = report
  if (mode === 'record' || divergenceCount === 0) return undefined
  const code = divergences.some(({ kind }) => kind === 'stalled') ? 'stalled' : 'diverged'
  const found = { ...emptyReport, divergences, divergenceCount, relaxations: relaxed }
  return new ReplayError(code, reportText(report), { report: found, ...(cause === undefined ? {} : { cause }) })
}
