import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DriverObserver } from '../port/observer.ts'
import { DriverError, type Driver } from '../port/index.ts'
import { recording, type RecordingDriver } from '../port/recording/index.ts'
import { emptyReport, type ReplayReport } from '../playback/index.ts'
import { replaying } from '../port/replaying/index.ts'
import { CASSETTE_FOLDER, openCassette, resolveCassette, RrError, type RrConfig, type RrHandle } from '../rr/index.ts'
import { appendSeal, checkSeal } from '../format/seal.ts'
import { errorCode } from '../format/cassette/open-file.ts'
import { isCi, makeFolder } from '../kit/index.ts'
import { recordingFile, type RecordingFile } from './recording-file.ts'

/** How {@link openVcr} is told what to do. */
export interface VcrOptions {
  /** Name below `.x07_rr/`: `orders.rrbin`, `shop/orders.rrbin`. A program with several drivers has a cassette for each. */
  readonly cassette: string
  /** Opens the real broker's driver. Called for a recording only. */
  readonly live: () => Promise<Driver>
  /**
   * - `auto` (default): replay where the cassette is there; else record, unless `ci`;
   * - `record`: record anew, in place of what is there;
   * - `replay`: never touch a broker.
   */
  readonly mode?: 'auto' | 'record' | 'replay'
  /** Whether this is a CI run, which never records; default: the environment variable `CI` is set. */
  readonly ci?: boolean
  /** The folder that holds `.x07_rr/`; default the working directory. */
  readonly root?: string
  /** Budgets; default 4 GiB of cassette, 8,000,000 entries, 16 MiB a request and a response, 1 KiB a key. */
  readonly limits?: RrConfig['limits']
  readonly observer?: DriverObserver
}

/** A driver that records or replays; the program need not know which. */
export interface VcrDriver extends Driver {
  readonly mode: 'record' | 'replay'
  /** Where the program did something else than the recording; empty while recording. */
  report(): ReplayReport
}

const modes = ['auto', 'record', 'replay']

const unfinishedReason = 'it has no seal, so that it was cut short or its recording never ended'

const defaultLimits: RrConfig['limits'] = {
  maxCassetteBytes: 4_294_967_295n,
  maxEntries: 8_000_000,
  maxReqBytes: 16_777_216,
  maxRespBytes: 16_777_216,
  maxKeyBytes: 1_024,
}

/**
 * The one line a service changes: in place of its driver it opens this one. The first run records the real broker, every
 * later one replays the cassette with no broker and no network. Closing it ends the recording with a seal and gives it its
 * name; until then it is `NAME.<8 hex digits>.partial.rrbin`, and so it stays where the process ends without closing: the next
 * run records again. A close after the program has failed is a close: delete the cassette, or record with `mode: 'record'`.
 *
 * @throws DriverError `not_found` where the cassette is missing and nothing may be recorded, or its seal does not fit,
 *   `invalid_config` for another mode; RrError where the cassette is damaged or cannot be written; what `live` throws. The
 *   close of a recording rejects with `precondition_failed` where another has taken the name meanwhile; both are kept.
 */
export async function openVcr(options: VcrOptions): Promise<VcrDriver> {
  const root = options.root ?? process.cwd()
  const path = join(root, CASSETTE_FOLDER, options.cassette)
  const mode = decide(options, existsSync(path))
  const config = { matchMode: 'lookup_v1', limits: options.limits ?? defaultLimits, path: options.cassette } as const
  if (mode === 'replay') {
    return replay(await openCassette({ ...config, mode: 'replay_v1' }, { root, readOnly: true }), path, options)
  }
  // Not touched before the first append: this checks the name and the limits.
  const check = await openCassette({ ...config, mode: 'rewrite_v1' }, { root })
  check.close()
  const file = placeFor(root, options.cassette)
  const live = await options.live()
  try {
    const handle = await openCassette({ ...config, path: file.name, mode: 'rewrite_v1' }, { root, flush: 'turn' })
    return record(live, handle, file, options)
  } catch (error) {
    await live.close()
    throw error
  }
}

function decide({ mode = 'auto', ci, cassette }: VcrOptions, there: boolean): 'record' | 'replay' {
  if (!modes.includes(mode)) {
    // A program without types, or a mode from the environment: another mode would record over what is there.
    const message = `open cassette ${cassette}: mode "${mode}" is none of ${modes.join(', ')}`
    throw new DriverError('invalid_config', message)
  }
  const inCi = ci ?? isCi(process.env)
  if (mode === 'replay' || (mode === 'auto' && there)) return 'replay'
  if (!inCi) return 'record'
  throw new DriverError(
    'not_found',
    mode === 'record'
      ? `record ${cassette}: CI is set, and CI never records; record on a machine with the broker and commit the cassette`
      : `replay ${cassette}: there is no such cassette, and CI never records; record it on a machine with the broker and commit it`,
  )
}

function placeFor(root: string, cassette: string): RecordingFile {
  try {
    const folder = dirname(join(root, CASSETTE_FOLDER, cassette))
    if (!existsSync(folder)) {
      // Not through a symlink: that may lead anywhere.
      resolveCassette(root, Buffer.from(cassette))
      makeFolder(folder)
    }
    return recordingFile(root, cassette)
  } catch (cause) {
    if (cause instanceof RrError) throw cause
    const why = errorCode(cause)
    throw new RrError(
      2002,
      `record ${cassette}: no file can be made there (${why}); check its name, its folder and their permissions`,
      { cause },
    )
  }
}

function replay(handle: RrHandle, path: string, { cassette, observer }: VcrOptions): VcrDriver {
  const { reader } = handle
  if (reader === undefined) throw new TypeError('a replaying handle has a reader')
  try {
    const check = checkSeal(reader, path)
    // Begin positions are this family's own, and its finished recordings have a seal; X07's have neither.
    const unfinished = check.kind === 'unsealed' && reader.count > 0 && reader.begin(0) !== undefined
    const reason = unfinished ? unfinishedReason : check.kind === 'broken' ? check.reason : undefined
    if (reason !== undefined) {
      throw new DriverError('not_found', `replay ${cassette}: ${reason}; restore it, or record it again`)
    }
    const driver = replaying(reader, {
      ...(observer === undefined ? {} : { observer }),
      ...(check.kind === 'sealed' ? { openBegins: new Set(check.seal.open) } : {}),
    })
    return around(
      driver,
      'replay',
      () => driver.report(),
      () => void handle.close(),
    )
  } catch (error) {
    handle.close()
    throw error
  }
}

function record(live: Driver, handle: RrHandle, file: RecordingFile, { observer }: VcrOptions): VcrDriver {
  let entries = 0
  const sink = {
    begin: () => handle.begin(),
    appendEntry: (fields: Parameters<RrHandle['appendEntry']>[0]) => {
      handle.appendEntry(fields)
      entries++
    },
  }
  const driver: RecordingDriver = recording(live, sink, observer === undefined ? {} : { observer })
  return around(
    driver,
    'record',
    () => emptyReport,
    () => {
      try {
        if (entries > 0) appendSeal(handle, { path: file.path, entries, open: driver.openBegins() })
      } finally {
        handle.close()
      }
      file.complete()
    },
  )
}

/** The driver with its cassette: closing the one ends the other, once. */
function around(driver: Driver, mode: VcrDriver['mode'], report: () => ReplayReport, end: () => void): VcrDriver {
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= driver.close().finally(end))
  return {
    mode,
    report,
    wire: driver.wire,
    endpoint: driver.endpoint,
    ensureTopology: (options) => driver.ensureTopology(options),
    publish: (envelope, options) => driver.publish(envelope, options),
    deliveries: (options) => driver.deliveries(options),
    close,
    [Symbol.asyncDispose]: close,
  }
}
