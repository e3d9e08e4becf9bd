import { changeText, staleContracts } from '../format/contracts.ts'
import { isCi, oneLine } from '../kit/index.ts'
import { ReplayError } from '../playback/index.ts'
import { createRedactor, joinRules, type RedactionRules, type Redactor } from '../redact/index.ts'
import type { RrConfig } from '../rr/index.ts'
import { findCassette, type CassetteFile } from './cassette-file.ts'
import { decideRun, runModeOf, type RunMode, type runModes } from './mode.ts'
import { projectRules } from './project-contracts.ts'
import { openRecording } from './recording.ts'
import type { RecordingRun } from './recording-run.ts'
import { openRecorded, type ReplayRun } from './replay-run.ts'

/** What {@link openRun} is told. */
export interface RunOptions {
  /** Name below `.x07_rr/`: `orders`, `orders.rrbin` or `.x07_rr/orders.rrbin` are the same; `shop/orders` is in a folder. */
  readonly cassette: string
  /** Default `auto`; X07's names mean the rows of {@link runModes}. */
  readonly mode?: RunMode | keyof typeof runModes
  /** Whether this is a CI run, which never records; default: the environment variable `CI` is set. */
  readonly ci?: boolean
  /** The folder that holds `.x07_rr/`; default the working directory. */
  readonly root?: string
  /** Budgets, and X07's match mode for its own readers; default {@link defaultLimits}, `lookup_v1`. */
  readonly config?: Pick<RrConfig, 'limits' | 'matchMode'>
  /**
   * What is left out beside what is always a secret and what `arch/vcr/*.redact.json` says; `false` for nothing at all. The
   * run has it as `redactor`: a recording is written through it, and a replay compares what it gives.
   */
  readonly redact?: Partial<RedactionRules> | false
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
 *   RrError for a name that cannot be, or a cassette that is damaged, over a limit, or out of reach; ReplayError `stale` where
 *   a contract is not the one that the cassette was recorded under
 */
export async function openRun(options: RunOptions): Promise<RecordingRun | ReplayRun> {
  const { root = process.cwd(), ci = isCi(process.env), cassette } = options
  const mode = runModeOf(options.mode ?? 'auto')
  const config = options.config ?? { limits: defaultLimits, matchMode: 'lookup_v1' }
  const file = findCassette(root, cassette)
  const action = decideRun(file.name, mode, file.state, ci)
  const redactor = redactorOf(root, options.redact, action !== 'replay')
  if (action === 'record') return openRecording({ root, file, config, secrecy: { redactor: redactor ?? false } })
  const recorded = await openFresh(root, file, config)
  if (action === 'replay') return redactor === undefined ? recorded : { ...recorded, redactor }
  try {
    return await openRecording({ root, file, config, secrecy: { redactor: redactor ?? false }, recorded })
  } catch (error) {
    recorded.close()
    throw error
  }
}

/** The cassette, where its contracts are those of now. */
async function openFresh(
  root: string,
  file: CassetteFile,
  config: Pick<RrConfig, 'limits' | 'matchMode'>,
): Promise<ReplayRun> {
  const run = await openRecorded({ root, file, config })
  try {
    refuseStale(root, run)
    return run
  } catch (error) {
    run.close()
    throw error
  }
}

function redactorOf(root: string, redact: RunOptions['redact'], records: boolean): Redactor | undefined {
  if (redact === false) return undefined
  // A replay has no salt: what was recorded is replaced already, and what the program makes itself becomes the token.
  return createRedactor(joinRules(...projectRules(root, records ? process.env : undefined), redact ?? {}))
}

/** @throws ReplayError `stale` naming file and field */
function refuseStale(root: string, { cassette, seal }: ReplayRun): void {
  const [first, ...more] = staleContracts(root, seal?.['contracts'])
  if (first === undefined) return
  const others = more.length > 0 ? ` (and ${more.length} more)` : ''
  throw new ReplayError(
    'stale',
    `replay ${cassette}: it is stale, the contracts are not those it was recorded under: ${oneLine(changeText(first))}${others}; record it again, or take the change back`,
  )
}
