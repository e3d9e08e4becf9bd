import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { DriverError, type Driver, type JsonObject } from '@x07-lab/msg-core'
import {
  openMissing,
  recording,
  type MissingCounts,
  type MissingDriver,
  type RecordingDriver,
} from '@x07-lab/msg-core/driver'
import { CASSETTE_FOLDER, changeText, NO_LIMITS, openReader, staleContracts } from '@x07-lab/msg-core/format'
import {
  redactingDriver,
  redactingObserver,
  SecretsFound,
  secretsOf,
  type Redactor,
  type SecretFinding,
} from '@x07-lab/msg-core/redact'
import { oneLine } from '@x07-lab/msg-core/kit'
import { loadPolicy, type MatchMode } from '@x07-lab/msg-core/rr'
import {
  findCassette,
  openRecorded,
  openRecording,
  type Completion,
  type RecordingRun,
  type ReplayRun,
} from '@x07-lab/msg-core/run'
import { contractsLockHash, recordedUnder } from '../contracts.ts'
import { watched } from '../delivery/feed.ts'
import { DeliveryOracle } from '../delivery/oracle.ts'
import { summaryOf, type DeliveryReport, type DeliverySummary } from '../delivery/report.ts'
import { openLiveDriver, secretVariable, type LiveDriver } from '../drivers/open-driver.ts'
import type { EventSource } from '../events/event.ts'
import { openLabMetrics, type LabMetrics } from '../pipeline/lab-metrics.ts'
import { patience } from '../pipeline/patience.ts'
import { counted, runPipeline, type PipelineResult, type PipelineWork } from '../pipeline/pipeline.ts'
import { makeArtefacts, withForeign, type Artefacts } from '../results/artefacts.ts'
import { recordedInputs, recordedSeed } from '../results/recorded-inputs.ts'
import { appendResults, readResults } from '../results/result-entries.ts'
import { prepareFolder } from '../results/folder.ts'
import { writeTrace } from '../results/trace-file.ts'
import { writeResults } from '../results/write.ts'
import { dialerCheck } from '../sandbox/dialer.ts'
import { readRedaction } from '../redaction.ts'
import type { Log, Metrics } from '@x07-lab/obs'
import type { SandboxPolicy } from '../sandbox/policy.ts'
import { exitCodes, UserError } from '../user-error.ts'
import { reportError } from '../cli/report-error.ts'
import { noteRemark, type Console } from '../cli/console.ts'
import { seedDefaults, type InputRequest, type RecordRequest } from './request.ts'
import { checkRoom } from './room.ts'
import { openSource } from './sources.ts'

/** What a recording came to. */
export interface RecordOutcome {
  /** Path below the root; null where nothing was recorded. */
  readonly cassette: string | null
  readonly entries: number
  readonly out: string
  readonly published: number
  /** Messages of others that were consumed and recorded. */
  readonly foreign: number
  readonly duplicates: number
  readonly notCanonical: number
  readonly delivery: DeliverySummary
  readonly aggregate: JsonObject
  /** What the cassette had and what it had not, where only what is missing was recorded. */
  readonly missing?: MissingCounts
  readonly driver: { readonly client: string; readonly broker: string }
  /** Names on the broker that stay there: with `--keep`, or where they could not be removed. */
  readonly kept: Readonly<Record<string, string>>
}

/** What a recording works with. */
export interface RecordContext {
  readonly root: string
  readonly policy: SandboxPolicy
  readonly out: string
  readonly console: Console
  readonly stdin: () => Readable
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly log?: Log
  /** Shows the metrics while it runs; the result is called when they are final. */
  readonly serve?: (metrics: Metrics) => () => Promise<void>
  /** Opens the live driver; default as the contracts say. */
  readonly open?: typeof openLiveDriver
  readonly work?: PipelineWork
  /** The addresses that were dialled so far, for the seal. */
  readonly dialled?: () => string[]
  /** Looks through the recording in this one's place; default: it does so itself, with the secrets of `env`. */
  readonly scan?: (partial: string) => Promise<readonly SecretFinding[]>
}

/**
 * Runs the pipeline against a live broker and writes the cassette, or none in the mode `off`. It is written beside the old
 * one and takes its place when it is complete; a run that fails leaves what it recorded, and the old cassette as it was.
 * Which modes come here at all is told by `runAction`.
 */
export async function record(request: RecordRequest, context: RecordContext): Promise<RecordOutcome> {
  const { root, console, signal, log, open = openLiveDriver } = context
  prepareFolder(root, context.out)
  if (request.mode !== 'off') await checkRoom(root, request, (line) => console.note(line))
  const before = await openBefore(request, root)
  const source = await openSource(root, before?.input ?? request.input, context.stdin, request.worker?.shard)
  const lab = await openLabMetrics(root)
  const redactor = await readRedaction(root, request.policy, context.env)
  const openBroker = (): Promise<LiveDriver> =>
    open(request.driver, {
      root,
      run: request.run ?? randomBytes(6).toString('hex'),
      authorize: dialerCheck(context.policy),
      secret: (id) => context.env[secretVariable(id)] ?? missingSecret(id, context.policy),
      log(line) {
        log?.warn(line)
        console.passing(line)
      },
      worker: request.worker,
    })
  const live = before === undefined ? await openBroker() : missingLive(before, openBroker, redactor)
  log?.info('broker connected', { driver: request.driver, ...live.made, names: live.names })
  const run = { request, context, source, lab, live, redactor, before }
  try {
    await live.driver.ensureTopology({ signal })
    const outcome = request.mode === 'off' ? await runOnly(run) : await runRecorded(run)
    if (request.keep) return outcome
    const isRemoved = await removed(
      () => live.remove(),
      (line) => console.note(line),
    )
    return isRemoved ? outcome : { ...outcome, kept: live.names }
  } finally {
    await live.driver.close()
  }
}

/**
 * Removes what a run made on the broker. The run is whole without that: where the broker refuses it or is gone, as after a password
 * that changed meanwhile, the failure is said and does not become the run's own.
 *
 * @returns whether it is removed
 */
export async function removed(remove: () => Promise<void>, note: Console['note']): Promise<boolean> {
  try {
    await remove()
    return true
  } catch (error) {
    const { line, exitCode } = reportError(error)
    if (exitCode !== exitCodes.environment) throw error
    note(`the run is complete; what it made on the broker could not be removed and stays there: ${line}`)
    return false
  }
}

interface RecordRun {
  readonly request: RecordRequest
  readonly context: RecordContext
  readonly source: EventSource
  readonly lab: LabMetrics
  readonly live: LiveDriver
  readonly redactor: Redactor
  /** The cassette of which only what is missing is recorded. */
  readonly before: Before | undefined
}

/** The cassette that a run takes its hits from, and the events of the run. */
interface Before {
  readonly run: ReplayRun
  readonly matchMode: MatchMode
  readonly input: InputRequest | undefined
}

/** @throws as a replay does, for a cassette that is there and cannot be replayed */
async function openBefore(
  { mode, cassette, policy, replayInput }: RecordRequest,
  root: string,
): Promise<Before | undefined> {
  if (mode !== 'record_missing_v1') return undefined
  const file = findCassette(root, cassette)
  if (file.state !== 'recorded') return undefined
  const config = await loadPolicy({ archRoot: root, policyId: policy, cassettePath: file.name, mode })
  const run = await openRecorded({ root, file, config })
  const [stale] = staleContracts(root, run.seal?.['contracts'])
  if (stale !== undefined) {
    run.close()
    throw new UserError(
      `record what is missing in ${file.name}: it is stale, the contracts are not those it was recorded under: ${oneLine(changeText(stale))}; ` +
        'record it anew with --mode rewrite_v1, or take the change back',
      exitCodes.mismatch,
    )
  }
  const recorded = recordedSeed(recordedInputs(readResults(run.reader)?.['report.json']))
  const { seed, messages } = recorded ?? seedDefaults
  const input: InputRequest | undefined =
    replayInput?.kind === 'seed'
      ? { kind: 'seed', seed: replayInput.seed ?? seed, messages: replayInput.messages ?? messages }
      : replayInput
  return { run, matchMode: config.matchMode, input }
}

/** Answers from the cassette, and opens the broker at the first miss. */
function missingLive({ run, matchMode }: Before, open: () => Promise<LiveDriver>, redactor: Redactor): MissingLive {
  let opened: LiveDriver | undefined
  const driver = openMissing(run.reader, {
    cassette: run.cassette,
    matchMode,
    recordedForm: (envelope) => redactor.envelope(envelope),
    live: async () => (opened = await open()).driver,
  })
  const { client, broker } = (run.seal?.['driver'] ?? {}) as Partial<LiveDriver['made']>
  return {
    driver,
    get made() {
      return opened?.made ?? { client: client ?? 'unknown', broker: broker ?? 'unknown' }
    },
    get names() {
      return opened?.names ?? {}
    },
    remove: async () => opened?.remove(),
    left: async () => (await opened?.left?.()) ?? 0,
  }
}

interface MissingLive extends LiveDriver {
  readonly driver: MissingDriver
}

async function runOnly(run: RecordRun): Promise<RecordOutcome> {
  const { live, lab } = run
  // Without a cassette the wrapper still measures, for the metrics and the delivery report.
  const oracle = new DeliveryOracle()
  let positions = 0
  const sink = watched({ begin: () => positions++, appendEntry: () => void positions++ }, oracle)
  const driver = recording(live.driver, sink, { observer: lab.observer })
  const { result, artefacts, delivery } = await produce(run, driver, oracle)
  writeResults(run.context.root, run.context.out, artefacts, delivery)
  return outcomeOf(run, result, delivery, null, 0)
}

async function runRecorded(work: RecordRun): Promise<RecordOutcome> {
  const { request, context } = work
  const { root } = context
  const file = findCassette(root, request.cassette)
  const policy = {
    archRoot: root,
    policyId: request.policy,
    cassettePath: file.name,
    mode: request.mode === 'off' ? 'rewrite_v1' : request.mode,
  } as const
  const secrecy = { redactor: work.redactor, secrets: secretsOf(context.env), scan: context.scan === undefined }
  const { run: before } = work.before ?? {}
  const run = await openRecording({
    root,
    file,
    config: await loadPolicy(policy),
    secrecy,
    ...(before && { recorded: before }),
  })
  const missing = work.before === undefined ? undefined : (work.live.driver as MissingDriver)
  let recorded: Awaited<ReturnType<typeof recordInto>>
  try {
    recorded = await recordInto(work, run)
    const difference = missing?.difference()
    if (difference !== undefined) throw difference
    await refuseSecrets(run, context)
  } catch (error) {
    throw withNote(error, run.abandon(), context.console)
  }
  const { result, artefacts, delivery, completion } = recorded
  const counts = missing?.counts()
  if (counts?.misses === 0) run.discard()
  else run.complete(completion)
  writeResults(root, context.out, artefacts, delivery)
  context.log?.info('cassette complete', { cassette: run.cassette, entries: run.entries })
  using cassette = openReader(file.path, { limits: NO_LIMITS })
  writeTrace(root, context.out, cassette)
  return {
    ...outcomeOf(work, result, delivery, join(CASSETTE_FOLDER, run.cassette), cassette.count),
    ...(counts === undefined ? {} : { missing: counts }),
  }
}

async function refuseSecrets(run: RecordingRun, { scan }: RecordContext): Promise<void> {
  if (scan === undefined) return
  run.flush()
  const findings = await scan(run.partial)
  if (findings.length > 0) throw new SecretsFound(run.cassette, findings)
}

/** The failure of a run, and where what it recorded is, in one line. */
function withNote(error: unknown, note: string | undefined, console: Console): unknown {
  if (note === undefined) return error
  const { line, exitCode } = reportError(error)
  if (exitCode !== exitCodes.bug) return new UserError(`${line}; ${note}`, exitCode, { cause: error })
  console.note(note)
  return error
}

async function recordInto(work: RecordRun, run: RecordingRun): Promise<Produced & { completion: Completion }> {
  const { request, context, live, lab, redactor } = work
  const oracle = new DeliveryOracle()
  const driver: RecordingDriver = recording(
    live.driver,
    watched(run, oracle, (fields) => run.recordingOf(fields)),
    {
      observer: redactingObserver(lab.observer, redactor),
    },
  )
  // The results are made from what a replay will see.
  const produced = await produce(work, redactingDriver(driver, redactor, { deliveries: true }), oracle)
  appendResults(run, produced.artefacts)
  const more = {
    driver: { endpoint: live.driver.endpoint, wire: live.driver.wire, ...live.made },
    policy: request.policy,
    ...(context.dialled === undefined ? {} : { dialled: context.dialled() }),
    sanitizer: 'sanitize_none_v1',
    contracts_lock_sha256: contractsLockHash(context.root),
    contracts: await recordedUnder(context.root, request.driver, request.policy, request.worker),
    recorded_at: new Date().toISOString().slice(0, 10),
  }
  return { ...produced, completion: { open: driver.openBegins(), more } }
}

/** What a run came to. */
interface Produced {
  readonly result: PipelineResult
  readonly artefacts: Artefacts
  readonly delivery: DeliveryReport
}

async function produce(run: RecordRun, driver: Driver, oracle: DeliveryOracle): Promise<Produced> {
  const { request, context, source, lab } = run
  const progress = context.console.progress(source.total)
  const served = context.serve?.(lab.metrics)
  try {
    const result = await runPipeline({
      ...context.work,
      driver,
      source,
      foreign: request.foreign,
      worker: request.worker !== undefined,
      idleMs: request.worker?.idleMs,
      ...(run.live.left === undefined ? {} : { left: () => run.live.left?.() ?? Promise.resolve(0) }),
      patience: patience(request.lostAfterMs),
      onProgress: progress.update,
      onDuplicate: lab.duplicate,
      signal: context.signal,
    })
    await served?.()
    context.log?.info('run complete', counted(result))
    noteRemark(context.console, source.remark?.())
    // A worker has not waited for what others got; their merge has.
    const delivery = oracle.report(request.worker === undefined)
    const inputs = withForeign(source.describe(), request.worker === undefined ? request.foreign : result.foreign)
    return { result, artefacts: makeArtefacts(result, lab.metrics, inputs), delivery }
  } finally {
    progress.end()
  }
}

function outcomeOf(
  run: RecordRun,
  result: PipelineResult,
  delivery: DeliveryReport,
  cassette: string | null,
  entries: number,
): RecordOutcome {
  return {
    cassette,
    entries,
    out: run.context.out,
    published: result.published,
    foreign: result.foreign,
    duplicates: result.duplicates,
    notCanonical: result.notCanonical,
    delivery: summaryOf(delivery),
    aggregate: result.aggregate.toJson(),
    driver: run.live.made,
    kept: run.request.keep ? run.live.names : {},
  }
}

function missingSecret(id: string, { file }: SandboxPolicy): never {
  const variable = secretVariable(id)
  throw new DriverError(
    'invalid_config',
    `connect to the broker: secret ${id} is not there; set ${variable} in the environment and list it in env.allow_keys of ${file}`,
  )
}
