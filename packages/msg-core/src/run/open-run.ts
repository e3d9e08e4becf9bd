import { isCi } from '../kit/index.ts'
import type { RrConfig } from '../rr/index.ts'
import { findCassette } from './cassette-file.ts'
import { decideRun, type RunMode } from './mode.ts'
import { openRecording, type RecordingRun, type Secrecy } from './recording-run.ts'
import { openRecorded, type ReplayRun } from './replay-run.ts'

/** What {@link openRun} is told. */
export interface RunOptions {
  /** Name below `.x07_rr/`: `orders`, `orders.rrbin` or `.x07_rr/orders.rrbin` are the same; `shop/orders` is in a folder. */
  readonly cassette: string
  /** Default `auto`. */
  readonly mode?: RunMode
  /** Whether this is a CI run, which never records; default: the environment variable `CI` is set. */
  readonly ci?: boolean
  /** The folder that holds `.x07_rr/`; default the working directory. */
  readonly root?: string
  /** Budgets, and X07's match mode for its own readers; default {@link defaultLimits}, `lookup_v1`. */
  readonly config?: Pick<RrConfig, 'limits' | 'matchMode'>
  /** What keeps secrets out of a recording; by default what is always a secret. */
  readonly secrecy?: Secrecy
}

/** 4 GiB of cassette, which is the most that one can hold; the other bounds catch a program that runs away. */
export const defaultLimits: RrConfig['limits'] = {
  maxCassetteBytes: 4_294_967_295n,
  maxEntries: 8_000_000,
  maxReqBytes: 16_777_216,
  maxRespBytes: 16_777_216,
  maxKeyBytes: 1_024,
}

/**
 * The one composition of a run: finds the cassette, decides what is done with it, and opens it. Every face stands on this:
 * `openVcr` and `withVcr`, the lab, the socket.
 *
 * ```ts
 * const run = await openRun({ cassette: 'orders', mode: 'auto' })
 * if (run.mode === 'replay') {
 *   play(run.reader, run.openBegins) // then run.close()
 * } else {
 *   run.appendEntry(fields) // throws once the recording has failed: let nothing happen that is not on the tape
 *   run.complete({ open, more }) // the run went well: seal, take the name; or
 *   run.abandon() // it did not: keep the partial file, and the cassette as it was
 * }
 * ```
 *
 * @throws DriverError `invalid_config`, `not_found`, `precondition_failed` where the mode, CI, or what is there refuses it;
 *   RrError for a name that cannot be, or a cassette that is damaged, over a limit, or out of reach
 */
export async function openRun(options: RunOptions): Promise<RecordingRun | ReplayRun> {
  const { root = process.cwd(), mode = 'auto', ci = isCi(process.env), cassette } = options
  const config = options.config ?? { limits: defaultLimits, matchMode: 'lookup_v1' }
  const file = findCassette(root, cassette)
  const action = decideRun(file.name, mode, file.state, ci)
  return action === 'record'
    ? openRecording({ root, file, config, ...(options.secrecy === undefined ? {} : { secrecy: options.secrecy }) })
    : openRecorded({ root, file, config })
}
