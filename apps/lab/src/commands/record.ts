import { hash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  appendSeal,
  CASSETTE_FOLDER,
  recording,
  withPolicy,
  type Driver,
  type JsonObject,
  type RecordingDriver,
  type RrHandle,
} from '@x07-lab/msg-core'
import { readRegistry } from '../contracts.ts'
import { openLiveDriver, secretVariable, type LiveDriver } from '../drivers/open-driver.ts'
import type { EventSource } from '../events/event.ts'
import { createLabMetrics, type LabMetrics } from '../pipeline/lab-metrics.ts'
import { runPipeline, type PipelineResult } from '../pipeline/pipeline.ts'
import { makeArtefacts, withForeign, type Artefacts } from '../results/artefacts.ts'
import { appendResults } from '../results/result-entries.ts'
import { writeArtefacts } from '../results/write.ts'
import { dialerCheck } from '../sandbox/dialer.ts'
import type { SandboxPolicy } from '../sandbox/policy.ts'
import { exitCodes, UserError } from '../user-error.ts'
import type { Console } from '../cli/console.ts'
import type { RecordRequest } from './request.ts'
import { openSource } from './sources.ts'

/** What a recording came to. */
export interface RecordOutcome {
  /** Path below the root; undefined where nothing was recorded. */
  readonly cassette: string | undefined
  readonly entries: number
  readonly out: string
  readonly published: number
  readonly duplicates: number
  readonly notCanonical: number
  readonly aggregate: JsonObject
  readonly driver: { readonly client: string; readonly broker: string }
  /** Names on the broker that `--keep` left there. */
  readonly kept: Readonly<Record<string, string>>
}

/** What a recording works with. */
export interface RecordContext {
  readonly root: string
  readonly policy: SandboxPolicy
  readonly out: string
  readonly console: Console
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/**
 * Runs the pipeline against a live broker and writes the cassette. It is written beside the old one and takes its place
 * when it is complete; a run that fails leaves what it recorded, and the old cassette as it was.
 */
export async function record(request: RecordRequest, context: RecordContext): Promise<RecordOutcome> {
  const { root, console, signal } = context
  const source = await openSource(root, request.input)
  const lab = createLabMetrics(await readRegistry(root))
  const live = await openLiveDriver(request.driver, {
    root,
    run: request.run ?? randomBytes(6).toString('hex'),
    authorize: dialerCheck(context.policy),
    secret: (id) => context.env[secretVariable(id)],
    log: (line) => console.note(line),
  })
  const run = { request, context, source, lab, live }
  try {
    await live.driver.ensureTopology({ signal })
    const outcome = request.mode === 'off' ? await runOnly(run) : await runRecorded(run)
    if (!request.keep) await live.remove()
    return outcome
  } finally {
    await live.driver.close()
  }
}

interface RecordRun {
  readonly request: RecordRequest
  readonly context: RecordContext
  readonly source: EventSource
  readonly lab: LabMetrics
  readonly live: LiveDriver
}

async function runOnly(run: RecordRun): Promise<RecordOutcome> {
  const { live, lab } = run
  // Without a cassette nothing needs numbering; the wrapper still measures for the metrics.
  const driver = recording(live.driver, { begin: () => 0, appendEntry() {} }, { observer: lab.observer })
  const { result, artefacts } = await produce(run, driver)
  await writeArtefacts(run.context.out, artefacts)
  return outcomeOf(run, result, undefined, 0)
}

async function runRecorded(run: RecordRun): Promise<RecordOutcome> {
  const { request, context } = run
  const paths = cassettePaths(context.root, request.cassette)
  mkdirSync(join(context.root, CASSETTE_FOLDER), { recursive: true })
  rmSync(paths.partial, { force: true })
  try {
    const { result, artefacts, entries } = await withPolicy(
      request.policy,
      paths.partialName,
      'rewrite_v1',
      (handle) => recordInto(run, handle, paths.partial),
      { root: context.root, flush: 'turn' },
    )
    renameSync(paths.partial, paths.final)
    await writeArtefacts(context.out, artefacts)
    return outcomeOf(run, result, join(CASSETTE_FOLDER, request.cassette), entries)
  } catch (error) {
    keepPartial(paths, request.cassette, context.console)
    throw error
  }
}

async function recordInto(
  run: RecordRun,
  handle: RrHandle,
  path: string,
): Promise<{ result: PipelineResult; artefacts: Artefacts; entries: number }> {
  const { request, context, live, lab } = run
  const driver: RecordingDriver = recording(live.driver, handle, { observer: lab.observer })
  const { result, artefacts } = await produce(run, driver)
  appendResults(handle, artefacts)
  const entries = entriesOf(handle)
  const more = {
    driver: { endpoint: live.driver.endpoint, wire: live.driver.wire, ...live.made },
    policy: request.policy,
    sanitizer: 'sanitize_none_v1',
    contracts_lock_sha256: await contractsLockHash(context.root),
  }
  appendSeal(handle, { path, entries, open: driver.openBegins(), more })
  return { result, artefacts, entries: entries + 1 }
}

async function produce(run: RecordRun, driver: Driver): Promise<{ result: PipelineResult; artefacts: Artefacts }> {
  const { request, context, source, lab } = run
  const progress = context.console.progress(source.total)
  try {
    const result = await runPipeline({
      driver,
      source,
      foreign: request.foreign,
      onProgress: progress.update,
      onDuplicate: lab.duplicate,
      signal: context.signal,
    })
    return { result, artefacts: makeArtefacts(result, lab.metrics, withForeign(source.describe(), request.foreign)) }
  } finally {
    progress.end()
  }
}

function outcomeOf(
  run: RecordRun,
  result: PipelineResult,
  cassette: string | undefined,
  entries: number,
): RecordOutcome {
  return {
    cassette,
    entries,
    out: run.context.out,
    published: result.published,
    duplicates: result.duplicates,
    notCanonical: result.notCanonical,
    aggregate: result.aggregate.toJson(),
    driver: run.live.made,
    kept: run.request.keep ? run.live.names : {},
  }
}

interface CassettePaths {
  readonly final: string
  readonly partial: string
  /** The partial one as a cassette path. */
  readonly partialName: string
}

function cassettePaths(root: string, name: string): CassettePaths {
  const partialName = `${name.replace(/\.rrbin$/, '')}.partial.rrbin`
  const folder = join(root, CASSETTE_FOLDER)
  return { final: join(folder, name), partial: join(folder, partialName), partialName }
}

/** What a failed run recorded stays: as the cassette where there was none, else beside it. */
function keepPartial(paths: CassettePaths, name: string, console: Console): void {
  if (!existsSync(paths.partial)) return
  if (existsSync(paths.final)) {
    console.note(
      `what was recorded until then is in ${join(CASSETTE_FOLDER, paths.partialName)}; ${join(CASSETTE_FOLDER, name)} is unchanged`,
    )
    return
  }
  renameSync(paths.partial, paths.final)
  console.note(`what was recorded until then is in ${join(CASSETTE_FOLDER, name)}, unsealed`)
}

function entriesOf(handle: RrHandle): number {
  return (JSON.parse(handle.stats()) as { entries: number }).entries
}

async function contractsLockHash(root: string): Promise<string | null> {
  try {
    return hash('sha256', await readFile(join(root, 'arch', 'contracts.lock.json')))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new UserError(`read arch/contracts.lock.json: ${(cause as Error).message}`, exitCodes.environment, { cause })
  }
}
