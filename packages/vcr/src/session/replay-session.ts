import type { Divergence } from '@x07-lab/msg-core'
import type {
  Awaited,
  Conversation,
  Endpoint,
  Line,
  MatchRule,
  PlayScheduler,
  Protocol,
  ProtocolPlayer,
  ToldDivergence,
} from '@x07-lab/msg-core/driver'
import { decodeEntry } from '@x07-lab/msg-core/format'
import type { ReplayRun } from '@x07-lab/msg-core/run'
import type { Socket } from 'node:net'

import type { Dialled } from '../seam/endpoint.ts'
import { resetText } from '../seam/failure.ts'
import { OutsideDials } from '../seam/outside.ts'
import { PlayedSocket } from '../seam/played-socket.ts'
import type { Timers } from '../seam/timers.ts'
import type { VirtualTime } from '../time/virtual-time.ts'
import type { Session, SessionReport } from './session.ts'
import { awaitedText } from '../report/text.ts'
import { entriesOf, isSignalFromRun, signalOp } from './entries.ts'
import { recognise } from './recording-session.ts'
import { Pace } from './pace.ts'
import { StallWatch } from './stall-watch.ts'

/** Divergences that a report lists; all are counted. */
const listedDivergences = 100

/** What {@link ReplaySession} needs beside its run. */
export interface ReplaySessionOptions {
  readonly protocols: readonly Protocol[]
  readonly timers: Timers
  /** Departures from the default comparison. */
  readonly rules?: readonly MatchRule[]
  /** `HOST:PORT` or `HOST` to which the program may connect, beside what the recording found not to be brokers. */
  readonly passthrough?: readonly string[]
  /** The program's time, where it is not the real one; the players' timers are in it too. */
  readonly time?: VirtualTime
  /** How long the program may wait at least before it has stalled, in milliseconds; default none. */
  readonly leastWaitMs?: () => number
  /** Told at the moment at which a divergence is found. */
  readonly onDivergence: (divergence: ToldDivergence) => void
  /** The program waits and nothing can come: told once, before its connections are reset. */
  readonly onStall: (stall: ToldDivergence) => void
  /** The program waits for what it does not do, and somebody outside may make it go on yet: told once an entry, of a few. */
  readonly onWait?: (text: string) => void
  /** A signal that the program got at this place; absent where signals are not to be raised. */
  readonly onSignal?: (signal: string) => void
}

interface Played {
  readonly name: string
  readonly protocol: Protocol
  readonly player: ProtocolPlayer
}

/** A recorded signal. */
interface RecordedSignal {
  readonly entry: number
  readonly name: string
  /** How long after the entry before it it came. */
  readonly pauseMs: number
  /** Whether a process of the run sent it, and will send it again. */
  readonly isFromRun: boolean
}

/** Waits that are told before they are stalls. */
const toldWaits = 5

/** What is waited for before a signal at most: a service may have idled for hours before it was told to stop. */
const longestSignalMs = 5_000

/** Plays the brokers of a recording to the program's own sockets. */
export class ReplaySession implements Session {
  readonly #run: ReplayRun
  readonly #options: ReplaySessionOptions
  readonly #played: readonly Played[]
  readonly #told: ToldDivergence[] = []
  readonly #lines = new Set<Line>()
  readonly #watch: StallWatch
  readonly #pace = new Pace()
  readonly #progress = new Map<ProtocolPlayer, number>()
  readonly #signals: RecordedSignal[]
  /** The signal that comes next, once its time has come. */
  #coming: RecordedSignal | undefined
  /** Whether the next signal, one of the run, was sent before its time had come. */
  #isHeld = false
  readonly #scheduler: PlayScheduler
  readonly #outside: OutsideDials
  /** Endpoints, `host:port`, over whose connections TLS is laid. */
  readonly #carriers: ReadonlySet<string>
  /** Divergences that no player tells of. */
  readonly #own: ToldDivergence[] = []
  #toldCount = 0
  /** Texts of what players found missing at the end, behind a stall. */
  #behindStall: Set<string> | undefined
  #looking = false
  /** A connection ended after a divergence, and nothing of the recording has happened since. */
  #isBroken = false
  /** Entries of which it was told that the recording waits for them. */
  readonly #waits = new Set<number>()
  #stall: ToldDivergence | undefined
  #stalledFor: readonly Awaited[] | undefined
  #report: SessionReport | undefined

  constructor(run: ReplayRun, options: ReplaySessionOptions) {
    this.#run = run
    this.#options = options
    const { timers } = options
    this.#scheduler = schedulerOf(options)
    const diverged = (divergence: Divergence, text: string): void => {
      const told = { ...divergence, text }
      if (this.#behindStall !== undefined && this.#isBehindStall(told)) {
        this.#behindStall.add(text)
        return
      }
      this.#toldCount++
      if (this.#told.length < listedDivergences) this.#told.push(told)
      options.onDivergence(told)
    }
    this.#played = options.protocols.map((protocol) => ({
      name: protocol.name,
      protocol,
      player: protocol.player({
        reader: run.reader,
        scheduler: schedulerOf(options),
        diverged,
        rules: options.rules ?? [],
        ...(run.redactor && { redactor: run.redactor }),
      }),
    }))
    const elsewhere = run.seal?.['elsewhere']
    const carriers = run.seal?.['carriers']
    this.#carriers = new Set(Array.isArray(carriers) ? carriers.map(String) : [])
    const refused = run.seal?.['refused']
    this.#outside = new OutsideDials({
      timers,
      passthrough: [...(options.passthrough ?? []), ...(Array.isArray(elsewhere) ? elsewhere.map(String) : [])],
      failures: new Map(Object.entries((refused ?? {}) as Record<string, string>)),
      recognise: (first) => recognise(options.protocols, first),
      refused: (endpoint, protocol) => {
        const told = refusedDial(endpoint, protocol)
        this.#own.push(told)
        diverged(told, told.text)
      },
    })
    this.#signals = options.onSignal === undefined ? [] : recordedSignals(run)
    this.#watch = new StallWatch({
      timers,
      time: options.time,
      isWaiting: () => this.#isWaiting(),
      allowedMs: () => this.#allowedMs(),
      stalled: () => this.#onStall(),
      waits: (outsideMs) => this.#onWait(outsideMs),
    })
  }

  dial(socket: Socket, { endpoint, listener, over }: Dialled): boolean {
    if (this.#report !== undefined) return false
    if (over === undefined && !endpoint.tls && this.#carriers.has(`${endpoint.host}:${endpoint.port}`)) {
      new PlayedSocket(socket, endpoint, this.#options.timers).connect(listener, carrying)
      return true
    }
    if (over !== undefined) socket.once('close', () => over.destroy())
    const played = this.#played.find(({ player }) => player.knows(endpoint))
    if (played === undefined) return this.#outside.dial(socket, { endpoint, listener })
    const { timers, time } = this.#options
    const own = new PlayedSocket(socket, endpoint, timers, (handle) => time?.forget(handle))
    own.connect(listener, () =>
      this.#stall === undefined ? this.#converse(played.player, endpoint, own) : refused(own),
    )
    return true
  }

  /** Whether the recording has this connection, one that was not dialled yet. */
  expects({ endpoint, over }: Dialled): boolean {
    if (over === undefined && !endpoint.tls && this.#carriers.has(`${endpoint.host}:${endpoint.port}`)) return true
    return this.#played.some(({ player }) => player.expects(endpoint))
  }

  /** Whether a broker has something to give that is due. */
  get isBusy(): boolean {
    return this.#played.some(({ player }) => player.busy)
  }

  /** Whether all that was recorded has happened. */
  get playedAll(): boolean {
    return this.#played.every(({ player }) => player.hasReached(this.#run.reader.count))
  }

  close(_complete: boolean): SessionReport {
    if (this.#report !== undefined) return this.#report
    this.#watch.stop()
    this.#behindStall = new Set()
    const now = this.report()
    let entries = 0
    const divergences = [...this.#own]
    // It is what the others led to, and told behind them.
    const last = this.#stall === undefined ? [] : [this.#stall]
    let divergenceCount = divergences.length + last.length
    const relaxed: Record<string, number> = {}
    for (const { player } of this.#played) {
      const report = player.close()
      entries += report.used
      const told = report.divergences.filter((one) => !this.#isConsequence(one))
      divergenceCount += report.divergenceCount - (report.divergences.length - told.length)
      divergences.push(...told)
      for (const [law, count] of Object.entries(report.relaxed)) relaxed[law] = (relaxed[law] ?? 0) + count
    }
    this.#report = {
      ...now,
      entries,
      divergenceCount,
      divergences: [...divergences.slice(0, listedDivergences - last.length), ...last],
      relaxed,
      waitingFor: this.#stalledFor ?? [],
    }
    for (const line of this.#lines) if (line instanceof PlayedSocket) line.release()
    this.#run.close()
    return this.#report
  }

  #isConsequence(divergence: ToldDivergence): boolean {
    if (this.#behindStall?.has(divergence.text) === true) return true
    const isTold = this.#told.some(({ text }) => text === divergence.text)
    return divergence.kind === 'unused' && !isTold && this.#isBehindStall(divergence)
  }

  /** What the replay waits for is told as the stall, and what lies behind it had no chance. */
  #isBehindStall(divergence: ToldDivergence): boolean {
    const at = this.#stall !== undefined && 'entry' in this.#stall ? this.#stall.entry : null
    return at !== null && 'entry' in divergence && divergence.entry !== null && divergence.entry >= at
  }

  report(): SessionReport {
    return (
      this.#report ?? {
        mode: 'replay',
        cassette: this.#run.cassette,
        entries: this.#played.reduce((sum, { player }) => sum + player.used, 0),
        divergences: this.#told,
        divergenceCount: this.#toldCount,
        relaxed: {},
        notUnderstood: [],
        waitingFor: this.#waitingFor(),
      }
    )
  }

  #waitingFor(): Awaited[] {
    return this.#played.flatMap(({ player }) => [...player.waitingFor()])
  }

  /** A connection of another face than this process's sockets. */
  converse(protocol: string, endpoint: Endpoint, line: Line): Conversation {
    const played = this.#played.find(({ name }) => name === protocol)
    if (played === undefined || this.#stall !== undefined) return refused(line)
    return this.#converse(played.player, endpoint, line)
  }

  #converse(player: ProtocolPlayer, endpoint: Endpoint, line: Line): Conversation {
    const moves = (act: () => void): void => this.#moves(player, act)
    const moved: Line = {
      up: (tls) => moves(() => line.up(tls)),
      send: (bytes) => moves(() => line.send(bytes)),
      end: () => moves(() => line.end()),
      reset: (failure) => moves(() => this.#reset(line, failure)),
      get drained() {
        return line.drained
      },
    }
    this.#lines.add(line)
    const conversation = player.dial(endpoint, moved)
    moves(() => undefined)
    return {
      fromClient: (bytes) => moves(() => conversation.fromClient(bytes)),
      clientEnd: () => moves(() => conversation.clientEnd()),
      detach: () => {
        this.#lines.delete(line)
        moves(() => conversation.detach())
      },
    }
  }

  /** A client whose connection a divergence has broken may dial again and again, and be without one at any moment. */
  #isWaiting(): boolean {
    // Whoever killed it then does so again.
    if (this.#run.seal?.['killed'] === 1 && this.#toldCount === 0 && this.#waitingFor().length === 0) return false
    if (this.#coming !== undefined || this.isBusy || this.#played.some(({ player }) => player.isHeld)) return false
    return this.#lines.size > 0 || this.#isBroken || (this.#toldCount > 0 && this.#waitingFor().length > 0)
  }

  /** Something goes over a connection; whether that is a movement, the player knows. */
  #moves(player: ProtocolPlayer, act: () => void): void {
    act()
    this.#options.time?.moved()
    if (this.#signals.length > 0 && !this.#looking) this.#lookForSignal()
    const { progress } = player
    if (progress !== undefined && this.#progress.get(player) === progress) return
    if (progress !== undefined) this.#progress.set(player, progress)
    this.#pace.moved(this.#scheduler.now())
    this.#isBroken = false
    this.#watch.moved()
  }

  #reset(line: Line, failure: string): void {
    line.reset(failure)
    this.#isBroken = this.#toldCount > 0
  }

  /** The next recorded signal, once all that was recorded before it has happened. */
  #lookForSignal(): void {
    this.#looking = true
    // Two turns: one in which the player notices that something is due, one in which it is given.
    this.#options.timers.setImmediate(() => this.#options.timers.setImmediate(() => this.#raiseSignal()))
  }

  #raiseSignal(): void {
    this.#looking = false
    const [next] = this.#signals
    if (next === undefined || this.#report !== undefined) return
    if (this.isBusy) return this.#lookForSignal()
    if (this.#coming !== undefined || !this.#played.every(({ player }) => player.hasReached(next.entry))) return
    this.#coming = next
    // It comes from its sender, if it has not come yet; meanwhile this process waits for another one, in real time.
    this.#setAwaits(next.isFromRun && !this.#isHeld)
    if (next.isFromRun && !this.#isHeld) return
    this.#scheduler.after(Math.min(longestSignalMs, next.pauseMs), () => {
      if (this.#coming === next && this.#report === undefined) this.#options.onSignal?.(next.name)
    })
  }

  /**
   * The program is about to hear a signal, whoever sent it: a program that sends it to itself is not sent it once more. One that
   * another process of the run sends comes at its place: that process may be further on in its recording than this one.
   *
   * @returns false where its time has not come yet
   */
  signal(name: string): boolean {
    const [next] = this.#signals
    if (next?.name !== name || this.#report !== undefined) return true
    if (next.isFromRun && this.#coming === undefined && this.#stall === undefined) {
      this.#isHeld = true
      return false
    }
    this.#coming = undefined
    this.#isHeld = false
    this.#setAwaits(false)
    this.#signals.shift()
    if (this.#signals.length > 0) this.#lookForSignal()
    return true
  }

  #setAwaits(awaits: boolean): void {
    if (this.#options.time !== undefined) this.#options.time.awaitsOther = awaits
  }

  #allowedMs(): number {
    const idle = this.#run.seal?.['idle_ticks']
    const idleMs = typeof idle === 'number' ? idle / 1_000 : 0
    // What a program that has diverged still waits for may never come.
    const readMs = this.#toldCount > 0 ? 0 : Math.max(...this.#played.map(({ player }) => player.lookedAtMs))
    const allowed = this.#pace.allowedMs(this.#waitingFor(), { endMs: readMs + idleMs, idleMs })
    const pauseMs = Math.max(...this.#played.map(({ player }) => player.clientPauseMs ?? 0))
    return Math.max(this.#options.leastWaitMs?.() ?? 0, allowed + pauseMs)
  }

  #onWait(outsideMs: number): void {
    const waitingFor = this.#waitingFor()
    const [first] = waitingFor
    if (first === undefined || this.#waits.has(first.entry) || this.#waits.size >= toldWaits) return
    this.#waits.add(first.entry)
    this.#options.onWait?.(
      `${awaitedText(waitingFor)}; it listens to somebody outside, who has ${outsideMs / 1_000} s to make it go on`,
    )
  }

  #onStall(): void {
    const waitingFor = this.#waitingFor()
    const [first] = waitingFor
    const text = awaitedText(waitingFor)
    this.#stalledFor = waitingFor
    this.#stall = {
      kind: 'stalled',
      op: first?.op ?? '',
      key: first?.key ?? '',
      entry: first?.entry ?? null,
      wanted: null,
      text,
    }
    this.#toldCount++
    this.#told.push(this.#stall)
    this.#options.onStall(this.#stall)
    for (const line of this.#lines) line.reset(resetText(`the replay has stalled, ${text}`))
  }
}

function schedulerOf({ timers, time }: ReplaySessionOptions): PlayScheduler {
  const turn = (act: () => void): void => void timers.setImmediate(act)
  if (time !== undefined) {
    return {
      now: () => time.now(),
      turn,
      after: (ms, act) => {
        const timer = time.set(ms, act, 'player')
        return () => (timer.isGone = true)
      },
      untilDue: time.recordedTime(),
    }
  }
  return {
    now: timers.now,
    turn,
    after: (ms, act) => {
      const timer = timers.setTimeout(act, ms)
      timer.unref()
      return () => timers.clearTimeout(timer)
    },
  }
}

function recordedSignals({ reader }: ReplayRun): RecordedSignal[] {
  const signals = Array.from(entriesOf(reader, signalOp), ({ entry, key }) => {
    const fields = decodeEntry(reader.entry(entry))
    return {
      entry,
      name: key,
      pauseMs: (fields.latencyTicks ?? 0) / 1_000,
      isFromRun: isSignalFromRun(fields),
    }
  })
  return signals.toSorted((a, b) => a.entry - b.entry)
}

/** Below TLS that is laid over it nothing is said in a replay: it is there, and that is all. */
function carrying(line: Line): Conversation {
  line.up()
  return { fromClient: () => undefined, clientEnd: () => undefined, detach: () => undefined }
}

/** After a stall nothing more is played: a program that dials again is refused. */
function refused(line: Line): Conversation {
  line.reset('ECONNREFUSED')
  return { fromClient: () => undefined, clientEnd: () => undefined, detach: () => undefined }
}

function refusedDial({ host, port }: Endpoint, protocol: string | undefined): ToldDivergence {
  const place = `${host}:${port}`
  const what = protocol === undefined ? '' : `, which is a broker's (${protocol}),`
  const more = protocol === undefined ? `; if it is not a broker, let it through with --passthrough ${place}` : ''
  return {
    kind: 'extra',
    op: protocol === undefined ? 'dial' : `std.msg.${protocol}.client_dial_v1`,
    key: place,
    recorded: 0,
    text: `a connection to ${place}${what} was not recorded, and a replay makes none${more}`,
  }
}
