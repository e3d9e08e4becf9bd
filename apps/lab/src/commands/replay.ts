import type { Readable } from 'node:stream'
import {
  CodecError,
  describeDivergence,
  DriverError,
  ReplayError,
  type Divergence,
  type Driver,
  type JsonObject,
  type ReplayReport,
} from '@x07-lab/msg-core'
import { replaying } from '@x07-lab/msg-core/driver'
import { changeText, staleContracts, type CassetteReader } from '@x07-lab/msg-core/format'
import { redactingDriver } from '@x07-lab/msg-core/redact'
import { loadPolicy } from '@x07-lab/msg-core/rr'
import { oneLine } from '@x07-lab/msg-core/kit'
import { findCassette, openRecorded, type ReplayRun } from '@x07-lab/msg-core/run'
import { noteRemark, type Console } from '../cli/console.ts'
import { contractsLockHash, labTopic } from '../contracts.ts'
import { summaryOf, type DeliverySummary } from '../delivery/report.ts'
import type { EventSource } from '../events/event.ts'
import { recordedEvents } from '../events/recorded.ts'
import { seededEvents } from '../events/seeded.ts'
import { openLabMetrics } from '../pipeline/lab-metrics.ts'
import { counted, runPipeline, type PipelineWork } from '../pipeline/pipeline.ts'
import { makeArtefacts, withForeign } from '../results/artefacts.ts'
import { compareArtefacts, type Comparison } from '../results/compare.ts'
import { recordedInputs, recordedSeed } from '../results/recorded-inputs.ts'
import { readResults } from '../results/result-entries.ts'
import { prepareFolder } from '../results/folder.ts'
import { writeTrace } from '../results/trace-file.ts'
import { writeDivergences, writeResults } from '../results/write.ts'
import { readRedaction } from '../redaction.ts'
import { parseShard, type Shard } from '../shards/shard.ts'
import { openChecks, type BesideThread } from '../threads/checks.ts'
import { speedGate, stepGate, type Gate } from '../timing/gates.ts'
import { exitCodes, UserError } from '../user-error.ts'
import type { Log } from '@x07-lab/obs'
import { seedDefaults, type ReplayRequest } from './request.ts'
import { openSource } from './sources.ts'

/** What the replay of one cassette came to. */
export interface ReplayOutcome {
  /** Name below `.x07_rr/`. */
  readonly cassette: string
  readonly entries: number
  readonly sealed: boolean
  readonly out: string
  readonly published: number
  /** Messages of others that were consumed. */
  readonly foreign: number
  readonly duplicates: number
  readonly divergences: readonly Divergence[]
  readonly divergenceCount: number
  readonly comparisons: readonly Comparison[]
  readonly delivery: DeliverySummary
  /** Nothing differed, and everything recorded was used. */
  readonly identical: boolean
  /** The failure with which the recorded run ended, and this one did too: then there are no results. */
  readonly failed?: string
  /** Why this run could not go on where the recorded one did: then there are no results either. */
  readonly stopped?: string
  readonly aggregate: JsonObject | null
}

/** What a replay works with. */
export interface ReplayContext {
  /** Holds the contracts. */
  readonly root: string
  /** Holds `.x07_rr/`. */
  readonly cassetteRoot: string
  readonly console: Console
  readonly stdin: () => Readable
  readonly signal: AbortSignal
  readonly log?: Log
  /** Checks the replays of large recordings. */
  readonly beside?: BesideThread
  /** The same as in the recording, or the replay differs. */
  readonly work?: PipelineWork
}

/**
 * Runs the pipeline over a cassette: the same processing, the broker played. Results are written to `out` and compared with
 * the recorded ones.
 *
 * @throws DriverError where the seal is missing or does not fit, or the cassette has nothing to replay; RrError where it is
 *   damaged
 */
export async function replayOne(
  given: string,
  out: string,
  request: ReplayRequest,
  context: ReplayContext,
): Promise<ReplayOutcome> {
  const { root, cassetteRoot, console } = context
  const file = findCassette(cassetteRoot, given)
  const policy = { archRoot: root, policyId: request.policy, cassettePath: file.name, mode: 'replay_v1' } as const
  const run = await openRecorded({ root: cassetteRoot, file, config: await loadPolicy(policy) })
  try {
    refuseStale(root, run, console)
    return await replayRun(run, out, request, context)
  } finally {
    run.close()
  }
}

/** @throws UserError naming file and field where the contracts are others than those the cassette was recorded under */
function refuseStale(root: string, { cassette, seal }: ReplayRun, console: Console): void {
  const under = seal?.['contracts_lock_sha256']
  if (seal?.['contracts'] === undefined && typeof under === 'string' && under !== contractsLockHash(root)) {
    console.note(
      `note: ${cassette} was recorded under another arch/contracts.lock.json, and does not say which contract changed; record it again`,
    )
  }
  const changes = staleContracts(root, seal?.['contracts'])
  const [first] = changes
  if (first === undefined) return
  const more = changes.length > 1 ? ` (and ${changes.length - 1} more)` : ''
  throw new UserError(
    `replay ${cassette}: it is stale, the contracts are not those it was recorded under: ${oneLine(changeText(first))}${more}; record it again, or take the change back`,
    exitCodes.mismatch,
  )
}

async function replayRun(
  { cassette: name, reader: cassette, seal, openBegins }: ReplayRun,
  out: string,
  request: ReplayRequest,
  { root, cassetteRoot, console, stdin, signal, log, beside, work }: ReplayContext,
): Promise<ReplayOutcome> {
  prepareFolder(cassetteRoot, out)
  log?.info('cassette opened', { cassette: name, entries: cassette.count, sealed: seal !== undefined })
  const recorded = readResults(cassette)
  const lab = await openLabMetrics(root)
  const redactor = await readRedaction(root, request.policy)
  const checks = openChecks(cassette, seal, beside)
  const driver = replaying(cassette, {
    match: request.match,
    onDivergence: 'report',
    cassette: name,
    observer: lab.observer,
    openBegins,
    onEvent: checks.happened,
    ...gateOf(cassette, request, { console, stdin, signal }),
  })
  try {
    const inputs = recordedInputs(recorded?.['report.json'])
    const source = await sourceOf(cassette, driver, inputs, request, { root, stdin })
    const progress = console.progress(source.total)
    const run = await runPipeline({
      ...work,
      worker: inputs['shard'] !== undefined,
      // What is published is compared in the form that was recorded.
      driver: redactingDriver(driver, redactor, { publishes: true, deliveries: true }),
      source,
      foreign: foreignOf(inputs),
      transcript: request.input === undefined && isTranscript(cassette, inputs),
      tally: checks.tally,
      onProgress: progress.update,
      onDuplicate: lab.duplicate,
      signal,
    })
      .then(
        (result) => ({ result }),
        (error: unknown) => ({
          ending: endedAs(name, error, {
            aborted: signal.aborted,
            isRecorded: driver.isRecordedFailure(error),
            report: driver.report(),
          }),
        }),
      )
      .finally(progress.end)
    const { divergences, divergenceCount } = driver.report()
    for (const divergence of divergences) log?.warn(describeDivergence(divergence), { divergence })
    const known = {
      cassette: name,
      entries: cassette.count,
      sealed: seal !== undefined,
      out,
      divergences,
      divergenceCount,
    }
    writeTrace(cassetteRoot, out, cassette, divergences)
    writeDivergences(cassetteRoot, out, { cassette: name, divergences, divergenceCount })
    const delivery = await checks.delivery('result' in run && recorded !== undefined && inputs['shard'] === undefined)
    if ('ending' in run) {
      writeResults(cassetteRoot, out, undefined, delivery)
      const none = { published: 0, foreign: 0, duplicates: 0, comparisons: [], aggregate: null }
      return { ...known, ...none, ...run.ending, delivery: summaryOf(delivery), identical: 'failed' in run.ending }
    }
    const { result } = run
    log?.info('run complete', counted(result))
    noteRemark(console, source.remark?.())
    const artefacts = makeArtefacts(result, lab.metrics, withForeign(source.describe(), foreignOf(inputs)))
    writeResults(cassetteRoot, out, artefacts, delivery)
    const isDerived = seal?.['derived'] !== undefined
    // Of a derived cassette report and metrics tell of its faults; the aggregate does not.
    const comparisons = compareArtefacts(recorded, artefacts).filter(
      ({ name: one }) => !isDerived || one === 'aggregate.json',
    )
    for (const comparison of comparisons) {
      log?.[comparison.outcome === 'differs' ? 'warn' : 'info'](`compared ${comparison.name}`, { ...comparison })
    }
    return {
      ...known,
      published: result.published,
      foreign: result.foreign,
      duplicates: result.duplicates,
      comparisons,
      delivery: summaryOf(delivery),
      identical: divergenceCount === 0 && comparisons.every(({ outcome }) => outcome !== 'differs'),
      aggregate: result.aggregate.toJson(),
    }
  } finally {
    await driver.close()
  }
}

/** What keeps the broker of the replay back, where that was asked for. */
function gateOf(
  cassette: CassetteReader,
  { speed, step }: ReplayRequest,
  { console, stdin, signal }: Pick<ReplayContext, 'console' | 'stdin' | 'signal'>,
): { gate?: Gate } {
  if (step === true) return { gate: stepGate(cassette, { lines: stdin(), say: (line) => console.note(line), signal }) }
  return speed === undefined ? {} : { gate: speedGate(cassette, speed, { signal }) }
}

/**
 * Whether the publishes to play are those of another program, whose refusals and failures are its own affair. A recording of
 * ours that failed has no results either, but begin positions, and its failure is to be repeated.
 */
function isTranscript(cassette: CassetteReader, inputs: JsonObject): boolean {
  return inputs['source'] === 'cassette' && cassette.begin(0) === undefined
}

/** What a run showed before it failed. */
interface Ended {
  readonly aborted: boolean
  /** Whether it is a failure of the recording, played again. */
  readonly isRecorded: boolean
  readonly report: ReplayReport
}

/**
 * What the failure of a replayed run means: the recorded failure, played again; or a program that does something else than
 * was recorded.
 *
 * @throws what has nothing to do with the recording
 */
function endedAs(
  name: string,
  error: unknown,
  { aborted, isRecorded, report }: Ended,
): Pick<Required<ReplayOutcome>, 'failed'> | Pick<Required<ReplayOutcome>, 'stopped'> {
  if (error instanceof CodecError) {
    const message = `cassette ${name}: ${error.message}; restore it, or record it again`
    throw new UserError(message, exitCodes.environment, { cause: error })
  }
  if (!(error instanceof DriverError || error instanceof ReplayError) || aborted) throw error
  const other = report.divergences.some(({ kind }) => kind !== 'unused')
  return isRecorded && !other ? { failed: error.message } : { stopped: error.message }
}

/**
 * The events to publish: those asked for, else those that the recorded report names by seed, else the very messages of the
 * cassette.
 */
async function sourceOf(
  cassette: CassetteReader,
  driver: Driver,
  inputs: JsonObject,
  request: ReplayRequest,
  { root, stdin }: Pick<ReplayContext, 'root' | 'stdin'>,
): Promise<EventSource> {
  const { input } = request
  if (input?.kind === 'file') return openSource(root, input, stdin)
  const recorded = recordedSeed(inputs)
  if (input === undefined && recorded === undefined) return recordedEvents(cassette, driver, inputs)
  const { seed, messages } = recorded ?? seedDefaults
  return seededEvents({
    topic: labTopic,
    seed: input?.seed ?? seed,
    messages: input?.messages ?? messages,
    shard: recordedShard(inputs),
  })
}

/** Which worker's events they are. */
function recordedShard({ shard }: JsonObject): Shard | undefined {
  return typeof shard === 'string' ? parseShard(shard) : undefined
}

/** Messages of others in the recording; a cassette that does not say is consumed to its end. */
function foreignOf(inputs: JsonObject): number {
  if (inputs['source'] === 'cassette') return Number.POSITIVE_INFINITY
  return typeof inputs['foreign'] === 'number' ? inputs['foreign'] : 0
}
