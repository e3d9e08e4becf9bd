import type { Driver } from '../port/index.ts'
import type { DriverObserver } from '../port/observer.ts'
import { recording } from '../port/recording/index.ts'
import { emptyReport, type ReplayReport } from '../playback/index.ts'
import { replaying, type ReplayMatchOptions } from '../port/replaying/index.ts'
import type { RrConfig } from '../rr/index.ts'
import type { RunMode } from './mode.ts'
import { defaultLimits, openRun } from './open-run.ts'
import type { RecordingRun } from './recording-run.ts'
import type { ReplayRun } from './replay-run.ts'

/** How {@link openVcr} is told what to do. */
export interface VcrOptions extends ReplayMatchOptions {
  /**
   * Name below `.x07_rr/`: `orders`, `orders.rrbin` and `.x07_rr/orders.rrbin` are the same. A program with several drivers
   * has a cassette for each.
   */
  readonly cassette: string
  /** Opens the real broker's driver. Called for a recording only. */
  readonly live: () => Promise<Driver>
  /**
   * - `auto` (default): replay where the cassette is there; else record, unless `ci`;
   * - `record`: record anew, in place of what is there;
   * - `record_new`: record, but never over what is there;
   * - `replay`: never touch a broker.
   */
  readonly mode?: RunMode
  /** Whether this is a CI run, which never records; default: the environment variable `CI` is set. */
  readonly ci?: boolean
  /** The folder that holds `.x07_rr/`; default the working directory. */
  readonly root?: string
  /** Budgets; default 4 GiB of cassette, 8,000,000 entries, 16 MiB a request and a response, 1 KiB a key. */
  readonly limits?: RrConfig['limits']
  readonly observer?: DriverObserver
  /** Hears what a person should know and no call says, such as where a failed recording is; default: standard error. */
  readonly log?: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: VcrLogFields) => void
}

/** What a log line is about. */
export type VcrLogFields = Readonly<Record<string, string | number | boolean>>

/** A driver that records or replays; the program need not know which. */
export interface VcrDriver extends Driver {
  readonly mode: 'record' | 'replay'
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
 * @throws DriverError `not_found` where the cassette is missing and nothing may be recorded, or its seal is missing or does
 *   not fit, `invalid_config` for another mode; RrError where the cassette is damaged or cannot be written; what `live`
 *   throws. The close of a recording rejects with RrError where an entry could not be written, with DriverError
 *   `precondition_failed` where another recording has got the name meanwhile; what was recorded is kept. The close of a
 *   replay rejects with ReplayError where the program did something else than it did when it was recorded, unless
 *   `onDivergence` is `report`.
 */
export async function openVcr(options: VcrOptions): Promise<VcrDriver> {
  return (await openVcrRun(options)).driver
}

/** A driver and how its run ends. */
export interface VcrRun {
  readonly driver: VcrDriver
  /** Ends it because the program failed: a recording keeps its partial name. Errors of the broker in closing are passed over. */
  fail(): Promise<void>
}

/** What {@link openVcr} and `withVcr` share. */
export async function openVcrRun(options: VcrOptions): Promise<VcrRun> {
  const { cassette, mode, ci, root, limits } = options
  const run = await openRun({
    cassette,
    ...(mode === undefined ? {} : { mode }),
    ...(ci === undefined ? {} : { ci }),
    ...(root === undefined ? {} : { root }),
    config: { limits: limits ?? defaultLimits, matchMode: 'lookup_v1' },
  })
  return run.mode === 'replay' ? replay(run, options) : record(run, options)
}

function replay(run: ReplayRun, options: VcrOptions): VcrRun {
  try {
    const driver = replaying(run.reader, {
      ...options,
      cassette: run.cassette,
      openBegins: run.openBegins,
    })
    const close = once(() => driver.close().finally(() => run.close()))
    const vcr = { ...portOf(driver), mode: 'replay', report: () => driver.report(), close } as const
    return { driver: { ...vcr, [Symbol.asyncDispose]: close }, fail: () => close().catch(() => {}) }
  } catch (error) {
    run.close()
    throw error
  }
}

async function record(run: RecordingRun, options: VcrOptions): Promise<VcrRun> {
  const { observer, log = toStandardError } = options
  let live: Driver
  try {
    live = await options.live()
  } catch (error) {
    run.abandon()
    throw error
  }
  const driver = recording(live, run, observer === undefined ? {} : { observer })
  const giveUp = (why: string): void => {
    const kept = run.abandon()
    if (kept !== undefined) log('warn', `record ${run.cassette}: ${why}; ${kept}`, { cassette: run.cassette })
  }
  let ended: Promise<void> | undefined
  const end = (finish: () => void): Promise<void> =>
    (ended ??= driver.close().then(finish, (error: unknown) => {
      giveUp('the driver could not be closed')
      throw error
    }))
  const complete = (): void => {
    if (run.complete({ open: driver.openBegins() })) return
    log('warn', `record ${run.cassette}: nothing was recorded, so there is no new cassette`, { cassette: run.cassette })
  }
  const vcr: VcrDriver = {
    ...portOf(driver),
    mode: 'record',
    report: () => emptyReport,
    close: () => end(complete),
    [Symbol.asyncDispose]: () =>
      end(() => {
        if (!run.replaces || run.failure !== undefined) return complete()
        giveUp(
          'nobody said that the program came to its end: call close() there, or use withVcr, to replace the cassette',
        )
      }),
  }
  const fail = (): Promise<void> => end(() => giveUp('the program failed')).catch(() => {})
  return { driver: vcr, fail }
}

/** The part of a driver that is the same in both. */
function portOf(driver: Driver): Pick<VcrDriver, 'wire' | 'endpoint' | 'ensureTopology' | 'publish' | 'deliveries'> {
  return {
    wire: driver.wire,
    endpoint: driver.endpoint,
    ensureTopology: (options) => driver.ensureTopology(options),
    publish: (envelope, options) => driver.publish(envelope, options),
    deliveries: (options) => driver.deliveries(options),
  }
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= act())
}

const toStandardError: NonNullable<VcrOptions['log']> = (level, message) => {
  if (level !== 'debug') process.stderr.write(`vcr: ${message}\n`)
}
