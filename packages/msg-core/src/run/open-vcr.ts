import { DriverError, type Driver } from '../port/index.ts'
import { forwarded } from '../port/forwarded.ts'
import { oneLine } from '../kit/index.ts'
import type { Log } from '../kit/log.ts'
import type { DriverObserver } from '../port/observer.ts'
import { recording, type RecordingDriver } from '../port/recording/index.ts'
import { isTestRun } from '../kit/ci.ts'
import { emptyReport, ReplayError, type ReplayReport } from '../playback/index.ts'
import { openMissing, type MissingDriver } from '../port/missing/missing-driver.ts'
import { openReplay, replaying, type ReplayMatchOptions } from '../port/replaying/index.ts'
import { redactingDriver, type RedactionRules } from '../redact/index.ts'
import { matchRulesOf, withOwnRules } from './match-rules.ts'
import { defaultLostAfterMs, endingWhenLost } from './lost-messages.ts'
import { usedContracts } from './project-contracts.ts'
import type { MatchMode, RrConfig } from '../rr/index.ts'
import { defaultLimits, openRun, type RunOptions } from './open-run.ts'
import type { RecordingRun } from './recording-run.ts'
import { lanesOf } from '../port/replaying/parts.ts'
import type { ReplayRun } from './replay-run.ts'

/** How {@link openVcr} is told what to do. */
export interface VcrOptions extends ReplayMatchOptions {
  /** Name below `.x07_rr/`: `orders`, `orders.rrbin` and `.x07_rr/orders.rrbin` are the same. */
  readonly cassette: string
  /** Opens the real broker's driver. Called for a recording only; where what is missing is recorded, at the first miss. */
  readonly live: () => Promise<Driver>
  /**
   * - `auto` (default): replay where the cassette is there; else record, unless `ci`;
   * - `record`: record anew, in place of what is there;
   * - `record_new`: record, but never over what is there;
   * - `record_missing`: answer from the cassette what it has, ask the broker for the rest, and record both in its place; see
   *   `docs/adr/0010-recording-what-is-missing.md`;
   * - `replay`: never touch a broker.
   *
   * X07's names are taken too: `rewrite_v1` is `record`, `record_v1` is `record_new`, `record_missing_v1` and `replay_v1` are the last two.
   */
  readonly mode?: RunOptions['mode']
  /** Whether this is a CI run, which never records; default: the environment variable `CI` is set. */
  readonly ci?: boolean
  /** The folder that holds `.x07_rr/`; default the working directory. */
  readonly root?: string
  /** Budgets; default 4 GiB of cassette, 8,000,000 entries, 16 MiB a request and a response, 1 KiB a key. */
  readonly limits?: RrConfig['limits']
  /**
   * Time without a delivery after which a recording ends because messages were lost: the program's own, confirmed and never
   * delivered, though others of their topic and key were, and the broker says that it has no more (a purge, a time to live,
   * retention, a queue made anew). The iteration throws `timeout`, `close()` too, and the recording keeps its partial name. Default
   * 25,000 ms; `false` where messages may vanish.
   */
  readonly lostAfterMs?: number | false
  readonly observer?: DriverObserver
  /** How `record_missing` finds what is recorded: `lookup_v1` (default) by message, `transcript_v1` in the recorded order. */
  readonly matchMode?: MatchMode
  /**
   * What is left out of a recording beside what is always a secret and what `arch/vcr/*.redact.json` says, and of what a replay
   * compares with it; `false` for nothing at all. The program itself is given what the broker delivers.
   */
  readonly redact?: Partial<RedactionRules> | false
  /** Hears what a person should know and no call says, such as where a failed recording is; default: standard error. */
  readonly log?: Log
}

/** A driver that records or replays; the program need not know which. */
export interface VcrDriver extends Driver {
  readonly mode: 'record' | 'replay'
  /**
   * Ends the run. A replay that diverged has said so on standard error when it did. With `onDivergence: 'throw'`, and in a test run
   * by default, this rejects with ReplayError, as `withVcr` always does; elsewhere the program may read {@link report} afterwards,
   * and one that does not ends with exit code 1. `await using` rejects unless the program has read in the report all that was
   * found.
   */
  close(): Promise<void>
  /** Where the program did something else than the recording; empty while recording. */
  report(): ReplayReport
}

/**
 * The one line a service changes: in place of its driver it opens this one. The first run records the real broker, every
 * later one replays the cassette with no broker and no network.
 *
 * `close()` at the end of the program's work completes a recording: it gets a seal and its name. Until then it is
 * `NAME.<8 hex digits>.partial.rrbin`, and so it stays where the process ends first, or an entry could not be written. An
 * `await using` cannot tell whether the program failed: it completes a recording where there was none before, and otherwise
 * leaves it under its partial name and the cassette as it was, and says so. {@link withVcr} knows.
 *
 * @throws DriverError `not_found` where the cassette is missing and nothing may be recorded, `invalid_config` for another mode;
 *   ReplayError `unsealed` where its seal is missing or does not fit, `stale` where a contract of the project is not the one it was
 *   recorded under; RrError where the cassette is damaged or cannot be written; what `live`
 *   throws. The close of a recording rejects with RrError where an entry could not be written, with DriverError
 *   `precondition_failed` where another recording has got the name meanwhile; what was recorded is kept. The end of a
 *   replay rejects with ReplayError where the program did something else than it did when it was recorded, unless
 *   `onDivergence` is `report`; see {@link VcrDriver.close}.
 */
export async function openVcr(options: VcrOptions): Promise<VcrDriver>
/**
 * Opens several drivers of one program under names of its own: one cassette, and one order, so that what one driver does
 * because of another comes again. Closing the scope closes them all.
 */
export async function openVcr<Name extends string>(options: VcrScopeOptions<Name>): Promise<VcrScope<Name>>
export async function openVcr<Name extends string>(
  options: VcrOptions | VcrScopeOptions<Name>,
): Promise<VcrDriver | VcrScope<Name>> {
  const run = await openVcrRun(options)
  return run.driver ?? run.scope
}

/** As {@link VcrOptions}, for several drivers. */
export interface VcrScopeOptions<Name extends string = string> extends Omit<VcrOptions, 'live'> {
  /** Opens each real broker's driver, in the order of the names. Called for a recording only. */
  readonly live: Readonly<Record<Name, () => Promise<Driver>>>
}

/** Several drivers that record or replay in one order. */
export interface VcrScope<Name extends string = string> extends AsyncDisposable {
  readonly mode: 'record' | 'replay'
  readonly drivers: Readonly<Record<Name, Driver>>
  /** As that of a {@link VcrDriver}. */
  report(): ReplayReport
  close(): Promise<void>
}

/** A scope, its driver where it has one without a name, and how its run ends. */
export interface VcrRun {
  readonly scope: VcrScope
  readonly driver: VcrDriver | undefined
  /** Ends it at the end of the program's work. */
  finish(): Promise<void>
  /** Ends it because the program failed: a recording keeps its partial name. Errors of the broker in closing are passed over. */
  fail(): Promise<void>
}

/** A driver of a scope; the only one of a program has no name. */
interface Opened {
  readonly name: string | undefined
  readonly driver: Driver
}

/** What {@link openVcr} and `withVcr` share. */
export async function openVcrRun(options: VcrOptions | VcrScopeOptions): Promise<VcrRun> {
  const { cassette, mode, ci, root, limits, redact, matchMode = 'lookup_v1' } = options
  const run = await openRun({
    cassette,
    ...(mode === undefined ? {} : { mode }),
    ...(ci === undefined ? {} : { ci }),
    ...(root === undefined ? {} : { root }),
    config: { limits: limits ?? defaultLimits, matchMode },
    ...(redact === undefined ? {} : { redact }),
  })
  return run.mode === 'replay' ? replay(run, options) : record(run, options)
}

function replay(run: ReplayRun, { live, ...options }: VcrOptions | VcrScopeOptions): VcrRun {
  const { redactor } = run
  // What is published is compared in the form that was recorded.
  const compared = (driver: Driver): Driver =>
    redactor === undefined ? driver : redactingDriver(driver, redactor, { publishes: true })
  try {
    const contracts = matchRulesOf(options.root ?? '.', run.cassette, run.reader)
    const matched = withOwnRules(contracts, options)
    const known = { ...options, ...matched, cassette: run.cassette, openBegins: run.openBegins }
    if (typeof live === 'function') {
      const driver = replaying(run.reader, known)
      const end = once(() => driver.close().finally(() => run.close()))
      return runOf(
        [{ name: undefined, driver: compared(driver) }],
        'replay',
        replayEnds(() => driver.report(), end, options.onDivergence),
      )
    }
    const names = Object.keys(live)
    const played = openReplay(run.reader, { ...known, names })
    return runOf(
      names.map((name) => ({ name, driver: compared(played.driver({ name })) })),
      'replay',
      replayEnds(
        () => played.report(),
        once(() => played.close().finally(() => run.close())),
        options.onDivergence,
      ),
    )
  } catch (error) {
    run.close()
    throw error
  }
}

/**
 * How a replay ends: see {@link VcrDriver.close}. What a program has read in the report it knows; only what was found since has to be
 * said to it.
 */
function replayEnds(
  report: () => ReplayReport,
  end: () => Promise<void>,
  onDivergence: VcrOptions['onDivergence'],
): RunEnds {
  if (onDivergence !== undefined) return { report, close: end }
  let known = 0
  let isClosed = false
  const isKnown = (): boolean => report().divergenceCount <= known
  const close = once(async () => {
    isClosed = true
    try {
      await end()
    } catch (error) {
      if (!(error instanceof ReplayError) || isTestRun(process.env)) throw error
      process.once('exit', (code) => {
        if (code === 0 && !isKnown()) process.exitCode = 1
      })
    }
  })
  return {
    report: () => {
      const read = report()
      known = read.divergenceCount
      return read
    },
    close,
    dispose: async () => {
      if (isClosed) return close()
      await end().catch((error: unknown) => {
        if (!(error instanceof ReplayError) || !isKnown()) throw error
      })
    },
    finish: end,
  }
}

async function record(run: RecordingRun, options: VcrOptions | VcrScopeOptions): Promise<VcrRun> {
  const { log = toStandardError } = options
  let lost: DriverError | undefined
  const missing: MissingDriver[] = []
  const opened = await openLive(options, run, missing, (error) => (lost ??= error))
  const drivers = opened.map(({ driver }) => driver)
  const giveUp = (why: string): void => {
    const kept = run.abandon()
    if (kept !== undefined) log('warn', `record ${run.cassette}: ${why}; ${kept}`, { cassette: run.cassette })
  }
  let ended: Promise<void> | undefined
  const end = (finish: () => void): Promise<void> =>
    (ended ??= closeAll(drivers).then(finish, (error: unknown) => {
      // An entry that could not be written is told with where the others are.
      if (run.failure !== undefined) return finish()
      giveUp('the driver could not be closed')
      throw error
    }))
  const complete = (): void => {
    if (lost !== undefined) {
      giveUp('the broker lost messages')
      throw lost
    }
    const difference = missing.map((driver) => driver.difference()).find((one) => one !== undefined)
    if (difference !== undefined) {
      giveUp('what is missing could not be recorded')
      throw difference
    }
    const counts = missing.map((driver) => driver.counts())
    // A driver that is new in the scope is none of the missing ones: all of its calls are.
    if (missing.length === drivers.length && counts.every(({ misses }) => misses === 0)) return run.discard()
    const contracts = usedContracts(options.root ?? process.cwd(), {
      profiles: drivers.map(({ endpoint }) => endpoint),
    })
    const more = Object.keys(contracts).length === 0 ? {} : { more: { contracts } }
    if (run.complete({ open: drivers.flatMap((driver) => driver.openBegins()), ...more })) {
      const unused = counts.reduce((sum, count) => sum + count.unused, 0)
      if (unused === 0) return
      const what = `${unused} recorded publishes and deliveries were not asked for again, and are not in it any more`
      return log('warn', `record ${run.cassette}: ${what}`, { cassette: run.cassette })
    }
    log('warn', `record ${run.cassette}: nothing was recorded, so there is no new cassette`, { cassette: run.cassette })
  }
  return runOf(opened, 'record', {
    report: () => emptyReport,
    close: () => end(complete),
    dispose: () =>
      end(() => {
        if (!run.replaces || run.failure !== undefined) return complete()
        giveUp(
          'nobody said that the program came to its end: call close() there, or use withVcr, to replace the cassette',
        )
      }),
    fail: () => end(() => giveUp('the program failed')).catch(() => {}),
  })
}

/** Opens the real drivers, one after the other; what is open is closed again where one fails. */
async function openLive(
  { live, observer, lostAfterMs = defaultLostAfterMs, ...options }: VcrOptions | VcrScopeOptions,
  run: RecordingRun,
  missing: MissingDriver[],
  onLost: (error: DriverError) => void,
): Promise<{ readonly name: string | undefined; readonly driver: RecordingDriver }[]> {
  const seen = observer === undefined ? {} : { observer }
  const opened: { readonly name: string | undefined; readonly driver: RecordingDriver }[] = []
  const watched = (driver: Driver): Driver =>
    lostAfterMs === false ? driver : endingWhenLost(driver, lostAfterMs, onLost)
  const openDriver = async (open: () => Promise<Driver>, name?: string): Promise<Driver> => {
    const { recorded, cassette, redactor } = run
    if (recorded === undefined || !hasPart(recorded, name)) return watched(await open())
    const { matchMode = 'lookup_v1' } = options
    const matched = withOwnRules(matchRulesOf(options.root ?? '.', cassette, recorded.reader), options)
    const driver = openMissing(recorded.reader, {
      ...options,
      ...matched,
      cassette,
      name,
      matchMode,
      recordedForm: redactor && ((envelope) => redactor.envelope(envelope)),
      live: async () => watched(await open()),
    })
    missing.push(driver)
    return driver
  }
  try {
    if (typeof live === 'function') return [{ name: undefined, driver: recording(await openDriver(live), run, seen) }]
    for (const [name, open] of Object.entries(live)) {
      if (!isName(name)) {
        throw new DriverError('invalid_config', `open driver "${name}": a name is letters, digits, "-", "_" and "."`)
      }
      opened.push({ name, driver: recording(await openDriver(open, name), run, { ...seen, name }) })
    }
    return opened
  } catch (error) {
    await closeAll(opened.map(({ driver }) => driver)).catch(() => {})
    run.abandon()
    throw error
  }
}

/** Whether a driver of this name, or the only one, has recorded anything: one that is new has nothing to find. */
function hasPart({ reader }: ReplayRun, name: string | undefined): boolean {
  return lanesOf(reader).some(({ part }) => part !== undefined && part.name === name)
}

/** A name stands in the key of entries, behind the endpoint. */
function isName(name: string): boolean {
  return /^[\w.-]{1,64}$/.test(name)
}

async function closeAll(drivers: readonly Driver[]): Promise<void> {
  const ends = await Promise.allSettled(drivers.map((driver) => driver.close()))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** How a scope ends; `dispose` where nobody said that the program came to its end. */
interface RunEnds {
  readonly report: () => ReplayReport
  readonly close: () => Promise<void>
  readonly dispose?: () => Promise<void>
  /** Ends it where nobody can read the report afterwards; default as `close`. */
  readonly finish?: () => Promise<void>
  readonly fail?: () => Promise<void>
}

function runOf(opened: readonly Opened[], mode: 'record' | 'replay', ends: RunEnds): VcrRun {
  const { report, close, dispose = close, finish = close } = ends
  const common = { mode, report, close, [Symbol.asyncDispose]: dispose }
  const [first] = opened
  return {
    scope: { ...common, drivers: Object.fromEntries(opened.map(({ name, driver }) => [name, driver])) },
    driver: first?.name === undefined && first !== undefined ? { ...forwarded(first.driver), ...common } : undefined,
    finish,
    fail: ends.fail ?? (() => close().catch(() => {})),
  }
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= act())
}

const toStandardError: Log = (level, message) => {
  if (level !== 'debug') process.stderr.write(`vcr: ${oneLine(message)}\n`)
}
