import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort } from 'node:worker_threads'

import { ReplayError } from '@x07-lab/msg-core/playback'
import type { MatchRule } from '@x07-lab/msg-core/driver'
import { openRun, socketRulesOf, type RecordingRun, type ReplayRun } from '@x07-lab/msg-core/run'

import { type Clock, PlayedClock, pinClock, RecordedClock } from '../pins/clock.ts'
import { freshPins, pin, type Pins } from '../pins/pin.ts'
import { startAtFirstPartition } from '../pins/partitions.ts'
import { protocols } from '../protocols.ts'
import { interceptDials, interceptSignals } from '../seam/globals.ts'
import { shareServers } from '../seam/own-servers.ts'
import { watchNativeClients } from '../seam/native-clients.ts'
import { Patches } from '../seam/patches.ts'
import { OutsideDials } from '../seam/outside.ts'
import { realTimers } from '../seam/timers.ts'
import { readClock, readPins, readTimers } from '../session/entries.ts'
import { recognise, RecordingSession, type RecordingSessionOptions } from '../session/recording-session.ts'
import { ReplaySession } from '../session/replay-session.ts'
import { socketConfig } from '../session/limits.ts'
import { isMissingRun, MissingSession, type MissingRun } from '../session/missing-session.ts'
import type { Session, SessionReport } from '../session/session.ts'
import { say } from '../report/say.ts'
import { reportLines } from '../report/text.ts'
import { patchTimers } from '../time/patch-timers.ts'
import { FiredTimers, TimerJournal } from '../time/timer-journal.ts'
import { VirtualTime } from '../time/virtual-time.ts'
import { watchTimers } from '../time/watch-timers.ts'
import { interceptChildren } from './children.ts'
import { noteSentSignals, takeSentSignal } from './sent-signals.ts'
import { fromEnvironment, toEnvironment, type Settings } from './settings.ts'
import { hasWorkers, workerName } from './workers.ts'
import { claimNumber, claimSlot, type Slot } from './slot.ts'

/** How long a program has in its own time, after it was told that it stalled, to end by itself. */
const lastChanceMs = 2_000

/** How much a process that is killed may lose, in milliseconds. */
const keptEveryMs = 10

/**
 * Makes this process, or worker thread, one that is recorded or replayed, as the environment says. It has a cassette of its
 * own, and where it dials no broker, none.
 *
 * @param self the URL of the module that does so, for the children of this process
 */
export async function attach(self: string): Promise<void> {
  const given = settingsOfProcess()
  const { preload = self } = given
  const settings = ownFolder({ ...given, preload })
  const { runFolder = '' } = settings
  const slot = claimSlot(runFolder, settings.slot)
  shareServers(runFolder)
  interceptChildren(() => ({
    ...toEnvironment({ ...settings, slot: claimNumber(runFolder) }),
    NODE_OPTIONS: `--import=${preload}`,
  }))
  const cassette = slot.number === 0 ? settings.cassette : workerName(settings.cassette, slot.number)
  let run: RecordingRun | ReplayRun
  try {
    run = await openRun({ config: socketConfig, cassette, root: settings.root, mode: settings.mode })
  } catch (error) {
    // A process that dials nobody needs no cassette.
    return refuseDials(cassette, settings, slot, error)
  }
  // Before pins, whose values are other ones.
  startAtFirstPartition(new Patches())
  const session = run.mode === 'record' ? record(run, slot, settings) : replay(run, slot, settings)
  interceptDials(() => (socket, dialled) => session.dial(socket, dialled))
  const end = onExit(session, slot, settings)
  if (!isMainThread) return
  let hasHeard = false
  if (isRecording(settings)) noteSentSignals(runFolder, () => hasHeard)
  interceptSignals({
    heard(signal) {
      hasHeard = true
      return session.signal(signal, takeSentSignal(runFolder, signal))
    },
    dying: end,
  })
}

/** A setting that cannot be is the caller's mistake, not a divergence and not the program's. */
function settingsOfProcess(): Settings {
  try {
    return fromEnvironment(process.env, process.argv[1] ?? 'program')
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    process.exit(2)
  }
}

function record(run: RecordingRun, slot: Slot, settings: Settings): RecordingSession | MissingSession {
  if (isMissingRun(run)) return recordMissing(run, slot, settings)
  const { pin: isPinned, root } = settings
  const own = isPinned ? { pins: freshPins(), clock: new RecordedClock() } : undefined
  const timers = new TimerJournal(() => session.recordedMicros)
  const session: RecordingSession = new RecordingSession(run, {
    protocols,
    root,
    timers,
    ...own,
    onSummary: (summary) => slot.write({ final: false, report: session.report(), summary, partial: run.partial }),
  })
  watchTimers(timers, [globalThis], new Patches())
  if (own !== undefined) pinAll(own.pins, own.clock)
  watchNativeClients((name) => session.nativeClient(name))
  const write = (): void => void (run.failure === undefined && run.entries > 0 && run.flush())
  if (parentPort !== null) writeBefore(parentPort, 'postMessage', write)
  if (process.send !== undefined) writeBefore(process, 'send', write)
  return session
}

function recordMissing(run: MissingRun, slot: Slot, { root, passthrough }: Settings): MissingSession {
  if (readPins(run.recorded.reader) !== undefined) {
    run.discard()
    const why = `record what is missing in ${run.cassette}: it was recorded with pins, and is recorded anew whole`
    return giveUp('record', run.cassette, slot, new Error(why))
  }
  const timers = new TimerJournal(() => session.recordedMicros)
  let summary: Readonly<Record<string, unknown>> = {}
  const keep = (): void => {
    const [report, missing] = [session.report(), session.progress]
    slot.write({ final: false, report, summary, partial: run.partial, missing })
  }
  const onSummary: RecordingSessionOptions['onSummary'] = (now) => {
    summary = now
    keep()
  }
  const session: MissingSession = new MissingSession(
    run,
    { protocols, root, timers, onSummary },
    {
      protocols,
      timers: realTimers,
      passthrough,
      rules: contractRules(root, run.recorded, slot),
      onDivergence({ text }) {
        say(`diverged: ${text}`)
        setImmediate(keep)
      },
      onStall({ text }) {
        say(`stalled: ${text}`)
        keep()
      },
    },
  )
  watchTimers(timers, [globalThis], new Patches())
  let kept = 0
  // For a process that is killed, as often as what it records is written.
  const keepNew = (): void => {
    if (run.entries === kept || run.entries === 0) return
    kept = run.entries
    keep()
  }
  realTimers.setInterval(keepNew, keptEveryMs).unref()
  return session
}

/** Who started a thread or a process may end it as soon as it hears from it: what happened before is written by then. */
function writeBefore(sender: object, method: 'postMessage' | 'send', write: () => void): void {
  const send = Reflect.get(sender, method) as (...args: unknown[]) => unknown
  Reflect.set(sender, method, (...args: unknown[]) => {
    write()
    return send.apply(sender, args)
  })
}

function pinAll(pins: Pins, clock: Clock): void {
  const patches = new Patches()
  pin(pins, [globalThis], patches)
  pinClock(clock, [globalThis], patches)
}

function replay(run: ReplayRun, slot: Slot, { root, passthrough, realTime }: Settings): ReplaySession {
  const pins = readPins(run.reader)
  const time = realTime ? undefined : new VirtualTime(() => session.isBusy)
  const session: ReplaySession = new ReplaySession(run, {
    protocols,
    timers: realTimers,
    passthrough,
    rules: contractRules(root, run, slot),
    ...(time === undefined ? {} : { time }),
    onDivergence({ text }) {
      say(`diverged: ${text}`)
      setImmediate(() => slot.write({ final: false, report: session.report() }))
    },
    onStall({ text }) {
      say(`stalled: ${text}`)
      slot.write({ final: false, report: session.report() })
      const exit = (): void => process.exit(1)
      if (time === undefined) realTimers.setTimeout(exit, lastChanceMs).unref()
      else time.set(lastChanceMs, exit, 'player')
    },
    onWait: (text) => say(`waits: ${text}`),
    // `kill` sees to the report, where nobody listens.
    ...(isMainThread ? { onSignal: (signal: string) => void process.kill(process.pid, signal) } : {}),
  })
  if (time !== undefined) patchTimers(time, new FiredTimers(readTimers(run.reader)), [globalThis], new Patches())
  slot.write({ final: false, report: session.report() })
  let told = 0
  const tell = (): void => {
    const report = session.report()
    if (report.entries !== told) slot.write({ final: false, report })
    told = report.entries
  }
  if (parentPort !== null) writeBefore(parentPort, 'postMessage', tell)
  // Behind the timers: what is left of the recorded times goes on as the program's own time does.
  if (pins !== undefined) pinAll(pins, new PlayedClock(readClock(run.reader)))
  return session
}

function contractRules(root: string, run: ReplayRun, slot: Slot): MatchRule[] {
  try {
    return socketRulesOf(root, run.cassette)
  } catch (error) {
    return giveUp('replay', run.cassette, slot, error)
  }
}

/** Ends the process before it has begun: what it is to do cannot be done. */
function giveUp(mode: 'record' | 'replay', cassette: string, slot: Slot, error: unknown): never {
  const problem = error instanceof Error ? error.message : String(error)
  slot.write({ final: true, report: { ...nothing, mode, cassette, problem } })
  if (process.env['VCR_SUPERVISED'] === undefined) say(problem)
  process.exit(3)
}

const nothing = { entries: 0, divergences: [], divergenceCount: 0, relaxed: {}, notUnderstood: [], waitingFor: [] }

/** Reports when the process ends; gives what does so before. */
function onExit(session: Session, slot: Slot, settings: Settings): () => void {
  let ended = false
  const end = (): void => {
    if (ended) return
    ended = true
    const report = session.close(true)
    if (report.mode === 'record' && report.entries === 0 && report.notUnderstood.length === 0 && slot.number > 0) return
    slot.write({ final: true, report })
    if (settings.supervised) return
    say(...reportLines(report))
    if (failed(report)) process.exitCode = 1
  }
  process.once('exit', end)
  return end
}

function failed({ mode, divergenceCount, problem, notUnderstood }: SessionReport): boolean {
  return mode === 'replay' ? divergenceCount > 0 : problem !== undefined || notUnderstood.length > 0
}

function refuseDials(cassette: string, settings: Settings, slot: Slot, error: unknown): void {
  const problem = error instanceof Error ? error.message : String(error)
  // Where the first process dialled nobody, its workers' cassettes are all there is.
  const isLauncher = slot.number === 0 && !isRecording(settings) && hasWorkers(settings.root, cassette)
  if ((slot.number === 0 && !isLauncher) || isRecording(settings)) {
    say(problem)
    process.exit(error instanceof ReplayError && error.code === 'stale' ? 1 : 3)
  }
  const outside = new OutsideDials({
    timers: realTimers,
    passthrough: settings.passthrough,
    failures: new Map(),
    recognise: (first) => recognise(protocols, first),
    refused({ host, port }, protocol) {
      if (protocol === undefined) {
        say(`a replay makes no connection to ${host}:${port}; let it through with --passthrough ${host}:${port}`)
        return
      }
      say(`${problem}; ${host}:${port} is not dialled in a replay`)
      slot.write({ final: true, report: { ...nothing, mode: 'replay', cassette, problem } })
    },
  })
  interceptDials(() => (socket, dial) => outside.dial(socket, dial))
}

function isRecording({ mode }: Settings): boolean {
  return mode === 'record' || mode === 'record_missing'
}

/** The first process of a run that no `vcr` command started makes the folder for those that it starts itself. */
function ownFolder(settings: Settings): Settings {
  if (settings.runFolder !== undefined) return settings
  const runFolder = mkdtempSync(join(tmpdir(), 'vcr-'))
  const own = { ...settings, runFolder }
  // Nobody reads it: each process tells its own report.
  process.once('exit', () => rmSync(runFolder, { recursive: true, force: true }))
  if (isMainThread) Object.assign(process.env, toEnvironment(own))
  return own
}
